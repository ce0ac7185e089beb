package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/accesslog"
	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/api/transfer"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
)

// problem is the one table from error to answer. It returns nil where nobody waits for an
// answer. Whatever the table does not name is a 500, and its detail goes to the log alone.
func (s *Server) problem(ctx context.Context, err error) *huma.ErrorModel {
	var (
		parameter *problem.ParameterError
		missing   *request.NotFoundError
		nowhere   *request.NoAreaError
		media     *request.MediaTypeError
		syntax    *request.SyntaxError
		timeout   net.Error
		tooLarge  *http.MaxBytesError
		model     *huma.ErrorModel
		coded     *problem.Problem
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // of this request: any other cancellation has to be answered
		return nil
	case errors.As(err, &model):
		return model
	case errors.As(err, &parameter):
		return httpx.Problem(http.StatusUnprocessableEntity, err.Error(), parameterDetail(parameter))
	case errors.As(err, &missing), errors.As(err, &nowhere):
		return httpx.Problem(http.StatusNotFound, err.Error())
	case errors.As(err, &syntax):
		return httpx.Problem(http.StatusBadRequest, err.Error(),
			&huma.ErrorDetail{Location: "body", Message: syntax.Reason})
	case errors.As(err, &media):
		return httpx.Problem(http.StatusUnsupportedMediaType, err.Error(),
			&huma.ErrorDetail{Location: "header.Content-Type", Message: "want " + media.Want, Value: media.Got})
	case errors.As(err, &tooLarge):
		accesslog.Refuse(ctx, accesslog.TooLarge)
		return httpx.Problem(http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit),
			&huma.ErrorDetail{Location: "body", Message: fmt.Sprintf("at most %d bytes", tooLarge.Limit)})
	case errors.Is(err, coverage.ErrNotAllowed):
		return httpx.Problem(http.StatusForbidden,
			"households are not shown by this server: it was started without --households=show")
	case errors.Is(err, coverage.ErrOutOfScope):
		return httpx.Problem(http.StatusForbidden, err.Error())
	case errors.As(err, new(*senderLimitError)):
		return httpx.Coded(http.StatusTooManyRequests, problem.SenderLimit())
	case errors.Is(err, limit.ErrBusy):
		accesslog.Refuse(ctx, accesslog.Busy)
		return httpx.Coded(http.StatusServiceUnavailable, problem.Busy())
	case errors.Is(err, limit.ErrTooLarge):
		accesslog.Refuse(ctx, accesslog.TooLarge)
		return httpx.Coded(http.StatusUnprocessableEntity, problem.AnswerTooLarge())
	case errors.As(err, &coded):
		return httpx.Coded(http.StatusUnprocessableEntity, coded)
	case errors.Is(err, request.ErrLoading):
		return httpx.Problem(http.StatusServiceUnavailable, "the data are still being read; try again in a few seconds")
	case errors.Is(err, export.ErrNoRoom):
		return httpx.Coded(http.StatusInsufficientStorage, problem.NoRoomForFile())
	case errors.Is(err, data.ErrReadOnly):
		return httpx.Coded(http.StatusForbidden, problem.StoreReadOnly())
	case errors.Is(err, live.ErrUnavailable):
		return httpx.Coded(http.StatusServiceUnavailable, live.WhyRefused(err))
	case errors.Is(err, transfer.ErrImportsOff):
		accesslog.Refuse(ctx, accesslog.ImportsClosed)
		return httpx.Problem(http.StatusForbidden, "this server takes no files: start it with --imports, or use "+
			"tungnha import")
	case errors.Is(err, transfer.ErrImporting):
		return httpx.Problem(http.StatusConflict, "another import is under way; send the files again when it has ended")
	case errors.Is(err, transfer.ErrTooManyJobs):
		accesslog.Refuse(ctx, accesslog.Busy)
		return httpx.Problem(http.StatusServiceUnavailable, "too many exports are under way; try again in a minute")
	case errors.Is(err, context.DeadlineExceeded):
		return httpx.Problem(http.StatusServiceUnavailable, "the answer took too long")
	case errors.As(err, &timeout) && timeout.Timeout():
		accesslog.Refuse(ctx, accesslog.Stalled)
		return httpx.Problem(http.StatusRequestTimeout, "the body took too long to arrive")
	}
	id := request.ID(ctx)
	s.log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request", id), slog.Any("error", err))
	p := httpx.Problem(http.StatusInternalServerError, "something went wrong; the log of the server says what, "+
		"under this instance")
	p.Instance = "urn:tungnha:request:" + id
	return p
}

func parameterDetail(e *problem.ParameterError) *huma.ErrorDetail {
	d := &huma.ErrorDetail{Location: e.Location(), Message: e.Problem.Reason(problem.English)}
	if e.In == "" { // of a query of the index
		d.Location = "query." + e.Name
	}
	if e.Value != "" {
		d.Value = e.Value
	}
	return d
}

// fail answers a plain route with the problem that err is. The paths of plain routes are addresses: one with a
// parameter out of bounds is of nothing, while the typed routes answer 422 as for any other parameter.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var parameter *problem.ParameterError
	if errors.As(err, &parameter) && parameter.In == "path" {
		d := parameterDetail(parameter)
		err = httpx.Problem(http.StatusNotFound, parameter.Name+": "+d.Message, d)
	}
	p := s.problem(r.Context(), err)
	if p == nil {
		cut()
	}
	httpx.WriteProblem(w, p)
}

// cut ends the connection of a request that its client gave up. One that only stopped sending would else read an empty
// answer with status 200.
func cut() { panic(http.ErrAbortHandler) }

// answer makes a plain route of a handler: what it returns is answered as the problem that it is.
func (s *Server) answer(handle httpx.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// refuseMethod answers a method that a path does not have, and names in Allow those it has,
// as RFC 9110 requires.
func refuseMethod(w http.ResponseWriter, r *http.Request) {
	routes := chi.RouteContext(r.Context()).Routes
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		if routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	methods := strings.Join(allowed, ", ")
	w.Header().Set("Allow", methods)
	httpx.WriteProblem(w, httpx.Problem(http.StatusMethodNotAllowed,
		fmt.Sprintf("%s is not a method of %s, which has %s", r.Method, r.URL.Path, methods)))
}

// expandProblem names in the detail of a problem which parameters are at fault, where huma reports only
// that there are some.
func expandProblem(_ huma.Context, _ string, body any) (any, error) {
	p, ok := body.(*huma.ErrorModel)
	if !ok || p.Detail != "validation failed" || len(p.Errors) == 0 {
		return body, nil
	}
	faults := make([]string, len(p.Errors))
	for i, e := range p.Errors {
		faults[i] = e.Location + ": " + e.Message
	}
	named := *p
	named.Detail = strings.Join(faults, "; ")
	return &named, nil
}

// register adds a typed route whose errors go through the table.
func register[I, O any](s *Server, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err == nil {
			return out, nil
		}
		p := s.problem(ctx, err)
		if p == nil {
			cut()
		}
		var limited *senderLimitError
		switch {
		case errors.As(err, &limited):
			seconds := strconv.Itoa(int(math.Ceil(limited.after.Seconds())))
			return nil, huma.ErrorWithHeaders(p, http.Header{"Retry-After": {seconds}})
		case errors.Is(err, data.ErrFull), errors.Is(err, data.ErrUnsound): // somebody has to come
			return nil, huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"60"}})
		case p.Status == http.StatusServiceUnavailable:
			return nil, huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"2"}})
		}
		return nil, p
	})
}
