package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/internal/problem"
)

// State is what is in memory, and how it compares with the database.
type State struct {
	Version    string         `json:"version" doc:"of the data"`
	Revision   int64          `json:"revision" doc:"how many writes that changed something the database has had, as far as they are in memory"`
	Households int            `json:"households" doc:"in the register, also those that no longer count"`
	Visits     int            `json:"visits" doc:"reports as they came"`
	Teams      int            `json:"teams"`
	Areas      map[string]int `json:"areas" doc:"of today, by level"`
	FirstVisit *string        `json:"first_visit" format:"date"`
	LastVisit  *string        `json:"last_visit" format:"date"`
	AsOf       string         `json:"as_of" format:"date-time" doc:"when memory was last known to hold all that the database does"`
	AgeSeconds int            `json:"age_seconds" doc:"since then, where that is longer than it should be; else 0"`
	Readable   bool           `json:"readable" doc:"whether the database could be read when it was last tried"`
	Altered    *string        `json:"altered" doc:"which records are not those that the program wrote last, because another program edited them; null: none, or somebody has accepted them"`
	AlteredVI  *string        `json:"altered_vi" doc:"the same in Vietnamese"`
	Writable   bool           `json:"writable" doc:"whether the database could be written when that was last known"`
}

// DescribeState describes State.
func (s *Server) DescribeState(op *huma.Operation, schemas huma.Registry) {
	op.OperationID, op.Summary, op.Tags = "get-state", "What is in memory, and how it stands to the database",
		[]string{"imports"}
	op.Description = "For the operator: status 403 where counts are those of the public, see --admin-addr."
	op.Responses["200"] = httpx.JSONResponse[State](schemas, "The state")
}

// State is a plain route: the state changes while the data do not.
func (s *Server) State(w http.ResponseWriter, r *http.Request) error {
	a, err := request.From(r.Context())
	if err != nil {
		return err
	}
	s.writeState(w, a.Live, a.View, a.Today)
	return nil
}

func (s *Server) writeState(w http.ResponseWriter, live *live.Live, view *coverage.View, today data.Date) {
	totals, fresh := view.Totals(), live.Freshness()
	out := State{
		Version: view.Version(), Revision: view.Revision(),
		Households: totals.Households, Visits: totals.Visits, Teams: len(view.Teams()), Areas: map[string]int{},
		FirstVisit: totals.First.OrNull(), LastVisit: totals.Last.OrNull(),
		AsOf: fresh.AsOf.UTC().Format(time.RFC3339), AgeSeconds: int(s.Age(fresh).Seconds()),
		Readable: fresh.Err == nil, Writable: live.Writable() == nil,
	}
	if a := fresh.Altered; a != nil {
		en, vi := a.Problem().Sentence(problem.English), a.Problem().Sentence(problem.Vietnamese)
		out.Altered, out.AlteredVI = &en, &vi
	}
	for level, n := range view.BoundariesOn(today).Counts() {
		out.Areas[string(level)] = n
	}
	httpx.WriteFresh(w, http.StatusOK, &out)
}

// WhyUnwritable is why visits are not taken, by the error of live.Live.Writable; empty where they are.
func WhyUnwritable(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, data.ErrReadOnly):
		return "the database may only be read, until somebody changes that"
	case errors.Is(err, data.ErrFull):
		return "the disk of the database is full, until somebody makes room"
	case errors.Is(err, data.ErrUnsound):
		return "the database was taken away, replaced, cut or altered beside this server, until somebody mends it: see its log"
	}
	return "the database cannot be reached or written at the moment; it is tried again by itself"
}
