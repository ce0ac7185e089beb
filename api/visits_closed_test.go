package api

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/admin"
)

// everyHomeMoved is a post that reports every home of the programme as moved.
func everyHomeMoved(round int) string {
	var visits []string
	for hamlet, n := range map[string]int{"H1": householdsH1, "H2": householdsH2, "H3": householdsH3} {
		for i := range n {
			visits = append(visits, fmt.Sprintf(`{"visit_id":"moved-%[1]d-%[2]s-%03[3]d","household_id":"%[2]s-%03[3]d",`+
				`"team_id":"T1","visited_at":"2026-03-31","outcome":"moved"}`, round, hamlet, i))
		}
	}
	return "[" + strings.Join(visits, ",") + "]"
}

// TestVisitsAreClosed sends six anonymous posts, each of which would take every home out of the figures, to a server
// that nobody opened: all get 403, in both languages, and neither a figure nor the database changes. An open server
// shows that the posts do harm.
func TestVisitsAreClosed(t *testing.T) {
	var log bytes.Buffer
	store := newStore(t)
	s, live := newClosedServer(t, store, func(c *Config) {
		showHouseholds(c)
		c.OpenVisits, c.Log = false, slog.New(slog.NewTextHandler(&log, nil))
	})
	attack := func(s *Server, round int) *http.Response {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(everyHomeMoved(round)))
		return do(s, r, "Content-Type", "application/json")
	}
	if res := attack(s, 0); res.StatusCode != http.StatusForbidden {
		t.Errorf("before the data are read: status %d", res.StatusCode)
	}
	s.Open(live, time.Second)
	seen := func(s *Server) string {
		coverage, _ := io.ReadAll(get(s, "/api/v1/coverage?level=hamlet").Body)
		state := read[admin.State](t, get(s, "/api/v1/state"), 200)
		return fmt.Sprintf("%s %d %d %s", coverage, state.Visits, state.Revision, state.Version)
	}
	revision, err := store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := seen(s)
	for round := range 6 {
		p := read[huma.ErrorModel](t, attack(s, round), http.StatusForbidden)
		if p.Type != "urn:tungnha:problem:visits_closed" || !strings.Contains(p.Detail, "--open-visits") ||
			len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, "lượt thăm") ||
			!strings.Contains(p.Errors[0].Message, "--open-visits") {
			t.Errorf("got %+v", p)
		}
	}
	// No body is read: one that is no JSON, has another type or names no home of the register has the same answer.
	for _, body := range []string{"", "{", "[" + visitJSON("household_id", `"none"`) + "]"} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(body))
		if res := do(s, r, "Content-Type", "text/csv"); res.StatusCode != http.StatusForbidden {
			t.Errorf("%q: status %d", body, res.StatusCode)
		}
	}
	if after := seen(s); after != before {
		t.Errorf("the figures changed from %s to %s", before, after)
	}
	if after, err := store.Revision(t.Context()); err != nil || after != revision {
		t.Errorf("the revision of the store was %d and is %d, %v", revision, after, err)
	}
	metrics, _ := io.ReadAll(get(s, "/metrics").Body)
	if want := `tungnha_refused_total{reason="visits_closed"} 10`; !strings.Contains(string(metrics), want) {
		t.Errorf("the metrics lack %q", want)
	}
	if n := strings.Count(log.String(), `msg=refused reason=visits_closed hint="the server was started without`); n != 10 {
		t.Errorf("%d lines, want 10: %s", n, &log)
	}
	if read[meta](t, get(s, "/api/v1/meta"), 200).VisitsOpen {
		t.Error("meta has visits_open")
	}

	open := newTestServer(t, showHouseholds)
	before = seen(open)
	if p := read[visitsPosted](t, attack(open, 0), 200); p.Created != householdsH1+householdsH2+householdsH3 {
		t.Errorf("an open server: %d created, %d errors", p.Created, p.Errors)
	}
	if after := seen(open); after == before {
		t.Error("an open server shows the same: the attack proves nothing")
	}
	if !read[meta](t, get(open, "/api/v1/meta"), 200).VisitsOpen {
		t.Error("meta of an open server lacks visits_open")
	}
}
