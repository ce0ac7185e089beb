package api

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/ogc"
	"tungnha/api/request"
)

// newOGC returns the server of the routes below /ogc. It answers the same viewers with the
// same data, and its errors go through the same table.
func (s *Server) newOGC() *ogc.Server {
	return ogc.New(ogc.Config{
		Programme: s.config.Programme, Sample: s.config.Sample, Build: s.config.Build, Clock: s.config.Clock,
		Ask: func(r *http.Request) (ogc.Asker, error) {
			a, err := request.From(r.Context())
			if err != nil {
				return ogc.Asker{}, err
			}
			return ogc.Asker{View: a.View, Today: a.Today, Version: a.Version(), Base: request.Base(r)}, nil
		},
		Fail: s.fail,
		Stream: func(w http.ResponseWriter) io.Writer {
			return httpx.NewStream(w)
		},
		Log: func(r *http.Request, err error) {
			if r.Context().Err() == nil {
				s.log.LogAttrs(r.Context(), slog.LevelError, "answer cut short", slog.String("request", request.ID(r.Context())), slog.Any("error", err))
			}
		},
		TileClasses: ogcTileConformance, TileLinks: ogcTileLinks, TileCollectionLinks: ogcCollectionTileLinks,
	})
}

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
		return httpx.Problem(http.StatusNotAcceptable, err.Error(), &huma.ErrorDetail{Location: "header.Accept", Message: "want JSON or HTML", Value: accept.Accept})
	case errors.As(err, &gone):
		return httpx.Problem(http.StatusGone, err.Error(), &huma.ErrorDetail{Location: "query.cursor", Message: "start again from the first page"})
	}
	return nil
}
