package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"tungnha/api/accesslog"
	"tungnha/api/guard"
	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
)

// How much one post may bring.
const (
	maxVisits     = 10_000
	maxVisitsBody = 8 << 20 // bytes
)

// postTimeout bounds how long a post may take to arrive and become durable. A phone on a
// bad line is slow, so it is long.
const postTimeout = 2 * time.Minute

// postWait is how long posted visits wait for room in a transaction, and for its end.
const postWait = 45 * time.Second

// visitResult is what became of one visit.
type visitResult struct {
	VisitID string `json:"visit_id" doc:"as it was sent; empty where it could not be read"`
	Status  string `json:"status" enum:"created,duplicate,error"`
	Field   string `json:"field,omitempty" doc:"of an error or a warning: which field"`
	Reason  string `json:"reason,omitempty" doc:"of an error: what is wrong with it"`
	Warning string `json:"warning,omitempty" doc:"the visit is kept, but look at this"`

	Code       problem.Code   `json:"code,omitempty" doc:"of an error or a warning: what it is, for programs"`
	Params     map[string]any `json:"params,omitempty" doc:"what the code is said of, by name"`
	RetryAfter int            `json:"retry_after,omitempty" doc:"of an error that passes: send the visit again after so many seconds"`
	ReasonVI   string         `json:"reason_vi,omitempty" doc:"reason in Vietnamese"`
	WarningVI  string         `json:"warning_vi,omitempty" doc:"warning in Vietnamese"`
}

type postVisitsInput struct {
	contentType string
	encoding    string
	length      int64 // of the body, -1: not declared
	body        io.Reader
}

// Resolve takes the body as it streams in: huma would read it whole, and would refuse all
// visits for the sake of one.
func (in *postVisitsInput) Resolve(ctx huma.Context) []error {
	r, w := humachi.Unwrap(ctx)
	in.contentType = r.Header.Get("Content-Type")
	in.encoding = r.Header.Get("Content-Encoding")
	in.length = r.ContentLength
	in.body = guard.NewBody(w, http.MaxBytesReader(w, r.Body, maxVisitsBody), guard.DefaultPace, postTimeout)
	return nil
}

// visitsPosted is what became of the visits of one post.
type visitsPosted struct {
	Created    int           `json:"created"`
	Duplicates int           `json:"duplicates"`
	Errors     int           `json:"errors"`
	Results    []visitResult `json:"results" doc:"one a visit, in the order in which they were sent"`
}

type postVisitsOutput struct{ Body visitsPosted }

func (s *Server) routeVisits() {
	schema := s.huma.OpenAPI().Components.Schemas
	s.describeVisit(schema)
	least, most := 0, maxVisits
	register(s, huma.Operation{
		OperationID: "post-visits", Method: http.MethodPost, Path: "/api/v1/visits",
		Summary: "Report visits", Tags: []string{"visits"},
		Description: fmt.Sprintf("A JSON array of at most %d visits and %d MiB. Each visit is answered for itself: "+
			"created, duplicate (a visit with this visit_id is there already; nothing was changed) or error. An error "+
			"with retry_after is not final: keep the visit, and send it again after so many seconds. When "+
			"the answer comes, every created visit is on the disk; while files are being imported it shows only "+
			"after the import. Sending the same visits again changes "+
			"nothing, so after a broken connection, and after status 503 when the seconds of Retry-After "+
			"are over, send them again. Where households are not shown, created says that the visit is kept: whether the "+
			"register has its household and team, and whether the visit_id was used by others, only the operator "+
			"learns (tungnha revert --list), and duplicate is what the same address sent before. Only where the "+
			"server was started with --open-visits (visits_open in /api/v1/meta); else status 403, and its log and "+
			"metrics count the post.", maxVisits, maxVisitsBody>>20),
		Errors: []int{http.StatusBadRequest, http.StatusForbidden, http.StatusRequestTimeout,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
			http.StatusTooManyRequests,
			http.StatusServiceUnavailable},
	}, s.postVisits)
	// Set after the registration: with the body declared, huma would read it.
	s.huma.OpenAPI().Paths["/api/v1/visits"].Post.RequestBody = &huma.RequestBody{
		Required: true,
		Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: huma.TypeArray, MinItems: &least, MaxItems: &most,
			Items: &huma.Schema{Ref: "#/components/schemas/Visit"},
		}}},
	}
}

// describeVisit adds the schema of a visit as it is sent.
func (s *Server) describeVisit(schemas huma.Registry) {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	skills := func(doc string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, Description: doc}
	}
	schemas.Map()["Visit"] = &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			"visit_id":     text("made by the client, one for each visit: a UUID, say"),
			"household_id": text(""),
			"team_id":      text(""),
			"visited_at":   text("RFC 3339, or YYYY-MM-DD"),
			"outcome": {Type: huma.TypeString, Enum: []any{"completed", "partial", "refused", "absent", "moved",
				"ineligible", "inaccessible"}},
			"assessed": skills("keys of the skills looked at"),
			"shown":    skills("those of them that the household showed"),
		},
		Required:             []string{"visit_id", "household_id", "team_id", "visited_at", "outcome"},
		AdditionalProperties: false,
	}
}

func (s *Server) postVisits(ctx context.Context, in *postVisitsInput) (*postVisitsOutput, error) {
	if !s.config.OpenVisits {
		accesslog.Refuse(ctx, accesslog.VisitsClosed)
		return nil, httpx.Coded(http.StatusForbidden, problem.VisitsClosed())
	}
	a, err := request.From(ctx)
	if err != nil {
		return nil, err
	}
	if len(a.Viewer.Scope) > 0 { // the answer would disclose which households there are elsewhere
		return nil, coverage.ErrOutOfScope
	}
	if t, _, err := mime.ParseMediaType(in.contentType); err != nil || t != "application/json" {
		return nil, request.MediaType(in.contentType, "application/json")
	}
	if in.encoding != "" && in.encoding != "identity" {
		return nil, httpx.Problem(http.StatusUnsupportedMediaType, "the body is encoded; send it as it is",
			&huma.ErrorDetail{Location: "header.Content-Encoding", Message: "want none", Value: in.encoding})
	}
	if in.length > maxVisitsBody { // before any of it is read
		return nil, &http.MaxBytesError{Limit: maxVisitsBody}
	}
	from := guard.ClientOf(ctx)
	bounded := from
	if from.IsLoopback() {
		bounded = netip.Addr{}
	}
	if err := limit.ReserveBody(ctx, bounded, in.length, maxVisitsBody); err != nil {
		return nil, err
	}
	sent, err := request.ReadVisits(in.body, maxVisits)
	if err != nil {
		return nil, err
	}

	out := &postVisitsOutput{}
	results := make([]visitResult, len(sent))
	visits := make([]data.Visit, 0, len(sent))
	place := make([]int, 0, len(sent)) // of each of the visits in results
	now := s.config.Clock()
	sender := guard.Sender(a.View.Config().Secret, from)
	aside := 0 // visits that do not count
	for i, text := range sent {
		fields, wrong := ingest.ReadVisit(text)
		results[i].VisitID = fields.VisitID
		var v data.Visit
		if wrong == nil {
			v, wrong = fields.Visit(a.View.Config().Skills, now)
		}
		if wrong != nil {
			results[i].refuse(wrong)
			continue
		}
		v.Origin.Sender = sender
		visits, place = append(visits, v), append(place, i)
	}
	if after, ok := s.clients.TakeVisits(from, len(visits), now); !ok {
		s.metrics.Visits.WithLabelValues("limited").Add(float64(len(visits)))
		accesslog.Refuse(ctx, accesslog.TooManyRequests)
		return nil, &senderLimitError{after}
	}
	if len(visits) > 0 {
		wait, cancel := context.WithTimeoutCause(ctx, s.postWait, live.ErrUnavailable)
		defer cancel()
		began := time.Now()
		effects, err := a.Live.Post(wait, visits)
		if !a.Viewer.Households {
			guard.UntilTick(ctx, began, len(visits))
		}
		refused := err
		if err != nil && ctx.Err() == nil && wait.Err() != nil {
			err = context.Cause(wait)
		}
		if errors.Is(err, live.ErrUnavailable) {
			s.metrics.Visits.WithLabelValues("unavailable").Add(float64(len(visits)))
		}
		if err != nil {
			written := len(visits) // for all that is known
			if errors.Is(refused, live.ErrUnavailable) {
				written = 0
			}
			s.clients.SettleVisits(from, written, len(visits)-written, now)
			return nil, err
		}
		kept := 0
		for i := range effects {
			if c := effects[i].Change; c == data.Created || c == data.SetAside {
				kept++
			}
			if effects[i].Change == data.SetAside {
				aside++
			}
			if !a.Viewer.Households {
				conceal(&effects[i])
			}
			results[place[i]].take(&effects[i])
		}
		if s.clients.SettleVisits(from, kept, len(visits)-kept, now) {
			s.metrics.Bursts.Inc()
			s.log.LogAttrs(ctx, slog.LevelWarn, "one address sent many visits within a minute",
				slog.String("sender", sender), slog.String("request", request.ID(ctx)))
		}
	}
	for i := range results {
		switch results[i].Status {
		case "created":
			out.Body.Created++
		case "duplicate":
			out.Body.Duplicates++
		default:
			out.Body.Errors++
		}
	}
	s.metrics.Visits.WithLabelValues("set_aside").Add(float64(aside))
	s.metrics.Visits.WithLabelValues("created").Add(float64(out.Body.Created))
	s.metrics.Visits.WithLabelValues("duplicate").Add(float64(out.Body.Duplicates))
	s.metrics.Visits.WithLabelValues("error").Add(float64(out.Body.Errors))
	out.Body.Results = results
	return out, nil
}

// senderLimitError is a post beyond what one address may send in a day.
type senderLimitError struct{ after time.Duration } // until as many visits are free

func (e *senderLimitError) Error() string { return problem.SenderLimit().Reason(problem.English) }

// conceal makes of what became of a visit what everybody may know who may not see households: whether it is a duplicate
// of what the same sender sent. All else is accepted, whatever the register and the other visits are.
func conceal(e *data.PutResult) {
	switch {
	case e.Change == data.Created && e.Again:
		e.Change, e.Problem = data.Unchanged, nil
	case e.Change == data.Created, e.Change == data.SetAside:
		e.Change, e.Problem = data.Created, nil
	}
}

// take reports what the store did with the visit.
func (r *visitResult) take(e *data.PutResult) {
	switch e.Change {
	case data.Created:
		r.Status = "created"
	case data.Unchanged:
		r.Status = "duplicate"
	case data.SetAside:
		if e.Problem == nil { // somebody else sent it
			r.Status = "duplicate"
			return
		}
		r.refuse(e.Problem)
		return
	default:
		r.refuse(e.Problem)
		return
	}
	if p := e.Problem; p != nil {
		r.Field, r.Code, r.Params = p.Field, p.Code(), p.Params()
		r.Warning, r.WarningVI = p.Reason(problem.English), p.Reason(problem.Vietnamese)
	}
}

// refuse answers that a visit was not taken.
func (r *visitResult) refuse(p *problem.Problem) {
	r.Status, r.Field, r.Code, r.Params, r.RetryAfter = "error", p.Field, p.Code(), p.Params(), p.RetryAfter()
	r.Reason, r.ReasonVI = p.Reason(problem.English), p.Reason(problem.Vietnamese)
}
