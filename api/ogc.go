package api

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/ogc"
)

// ogcProblem is the part of the table from error to answer that the OGC's standards fix: what
// is wrong with a parameter is a 400 there. It returns nil for any other error.
func ogcProblem(err error) *huma.ErrorModel {
	var (
		parameter *ogc.ParameterError
		missing   *ogc.NotFoundError
		accept    *ogc.NotAcceptableError
		gone      *ogc.GoneError
	)
	switch {
	case errors.As(err, &parameter):
		d := &huma.ErrorDetail{Location: "query." + parameter.Name, Message: parameter.Reason}
		if parameter.Value != "" {
			d.Value = parameter.Value
		}
		return httpx.Problem(http.StatusBadRequest, err.Error(), d)
	case errors.As(err, &missing):
		return httpx.Problem(http.StatusNotFound, err.Error())
	case errors.As(err, &accept):
		return httpx.Problem(http.StatusNotAcceptable, err.Error(),
			&huma.ErrorDetail{Location: "header.Accept", Message: "want JSON or HTML", Value: accept.Accept})
	case errors.As(err, &gone):
		return httpx.Problem(http.StatusGone, err.Error(), &huma.ErrorDetail{Location: "query.cursor",
			Message: "start again from the first page"})
	}
	return nil
}
