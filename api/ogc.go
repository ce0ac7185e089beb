package api

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/ogc"
	"tungnha/internal/problem"
)

// answerFeatures makes a route of OGC API Features of a handler.
func (s *Server) answerFeatures(handle httpx.Handler) http.HandlerFunc {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		err := handle(w, r)
		if p := featuresProblem(err); p != nil {
			return p
		}
		return err
	})
}

// featuresProblem is the part of the table from error to answer that OGC API Features fixes: what is wrong with
// a parameter is a 400 there. It returns nil for any other error.
func featuresProblem(err error) *huma.ErrorModel {
	var (
		parameter *problem.ParameterError
		accept    *ogc.NotAcceptableError
		gone      *ogc.GoneError
	)
	switch {
	case errors.As(err, &parameter):
		return httpx.Problem(http.StatusBadRequest, parameter.Error(), parameterDetail(parameter))
	case errors.As(err, &accept):
		return httpx.Problem(http.StatusNotAcceptable, err.Error(),
			&huma.ErrorDetail{Location: "header.Accept", Message: "want JSON or HTML", Value: accept.Accept})
	case errors.As(err, &gone):
		return httpx.Problem(http.StatusGone, err.Error(), &huma.ErrorDetail{Location: "query.cursor",
			Message: "start again from the first page"})
	}
	return nil
}
