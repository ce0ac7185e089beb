package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/internal/wallclock"
)

// post sends visits and checks that there is an answer for each.
func post(t testing.TB, s http.Handler, body string) visitsPosted {
	t.Helper()
	return read[visitsPosted](t, do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(body)),
		"Content-Type", "application/json"), 200)
}

// visitJSON is a good visit with one field changed.
func visitJSON(field, value string) string {
	fields := [][2]string{{"visit_id", `"p1"`}, {"household_id", `"H2-010"`}, {"team_id", `"T2"`},
		{"visited_at", `"2026-03-30T10:00:00+07:00"`}, {"outcome", `"completed"`}, {"assessed", `["payment"]`},
		{"shown", `["payment"]`}}
	var parts []string
	known := false
	for _, f := range fields {
		if f[0] == field {
			f[1], known = value, true
		}
		parts = append(parts, fmt.Sprintf("%q:%s", f[0], f[1]))
	}
	if field != "" && !known {
		parts = append(parts, fmt.Sprintf("%q:%s", field, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestPostVisits(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	const url = "/api/v1/coverage?level=hamlet&parent=20101"
	before := *read[export.Answer](t, get(s, url), 200).Rows[1].Count("reached")

	p := post(t, s, "["+visitJSON("", "")+"]")
	if p.Created != 1 || !reflect.DeepEqual(p.Results[0], visitResult{VisitID: "p1", Status: "created"}) {
		t.Fatalf("first: got %+v", p)
	}
	if after := *read[export.Answer](t, get(s, url), 200).Rows[1].Count("reached"); after != before+1 {
		t.Errorf("reached in H2: %d, then %d; want one more", before, after)
	}
	p = post(t, s, "["+visitJSON("", "")+","+visitJSON("visit_id", `"p2"`)+"]")
	if p.Created != 1 || p.Duplicates != 1 || p.Results[0].Status != "duplicate" || p.Results[1].Status != "created" {
		t.Errorf("again: got %+v", p)
	}
	p = post(t, s, "["+visitJSON("visit_id", `"p3"`)+","+visitJSON("visit_id", `"p3"`)+"]")
	if p.Created != 1 || p.Duplicates != 1 {
		t.Errorf("twice in one post: got %+v", p)
	}
	if p = post(t, s, "[]"); p.Created != 0 || p.Results == nil {
		t.Errorf("none: got %+v", p)
	}
}

// TestPostedAreDurable reads the database, not the index, after a post.
func TestPostedAreDurable(t *testing.T) {
	store := newStore(t)
	s, live := newClosedServer(t, store, nil)
	s.Open(live, 0)
	post(t, s, "["+visitJSON("", "")+"]")
	found := 0
	_, err := store.Read(context.Background(), data.RecordHandler{
		Area: func(*data.Area) error { return nil }, Team: func(*data.Team) error { return nil },
		Household: func(*data.Household) error { return nil },
		Visit: func(v *data.Visit) error {
			if v.ID == "p1" && v.HouseholdID == "H2-010" && v.Assessed == 1<<2 {
				found++
			}
			return nil
		},
	})
	if err != nil || found != 1 {
		t.Errorf("found the visit %d times, error %v; want once", found, err)
	}
}

// TestBadVisits posts each bad visit between two good ones: they go in.
func TestBadVisits(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for i, c := range []struct{ name, visit, field, reason string }{
		{"no id", visitJSON("visit_id", `""`), "visit_id", ""},
		{"id is a number", visitJSON("visit_id", `7`), "visit_id", "number"},
		{"unknown household", visitJSON("household_id", `"H9-999"`), "household_id", "H9-999"},
		{"unknown team", visitJSON("team_id", `"T9"`), "team_id", "T9"},
		{"future", visitJSON("visited_at", `"2026-04-02T08:00:00+07:00"`), "visited_at", "future"},
		{"in a month", visitJSON("visited_at", `"2026-05-01"`), "visited_at", "future"},
		{"31 February", visitJSON("visited_at", `"2026-02-31"`), "visited_at", ""},
		{"no such day", visitJSON("visited_at", `"yesterday"`), "visited_at", ""},
		{"before 1900", visitJSON("visited_at", `"1815-06-18"`), "visited_at", ""},
		{"no outcome", visitJSON("outcome", `""`), "outcome", "completed"},
		{"unknown outcome", visitJSON("outcome", `"done"`), "outcome", "done"},
		{"unknown skill", visitJSON("assessed", `["juggling"]`), "assessed", "juggling"},
		{"shown, not assessed", visitJSON("shown", `["safety"]`), "shown", "safety"},
		{"shown is text", visitJSON("shown", `"safety"`), "shown", "list"},
		{"unknown field", visitJSON("asessed", `[]`), "asessed", "not a field"},
		{"nested", visitJSON("assessed", deep), "assessed", ""},
		{"null", `null`, "", "object"},
		{"a number", `3`, "", "object"},
		{"an array", `[]`, "", "object"},
	} {
		first, last := fmt.Sprintf(`"ok-%d-a"`, i), fmt.Sprintf(`"ok-%d-b"`, i)
		bad := strings.Replace(c.visit, `"p1"`, fmt.Sprintf(`"bad-%d"`, i), 1)
		p := post(t, s, "["+visitJSON("visit_id", first)+","+bad+","+visitJSON("visit_id", last)+"]")
		got := p.Results[1]
		if p.Created != 2 || p.Errors != 1 || got.Status != "error" || got.Field != c.field ||
			got.Reason == "" || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%s: created %d, result %+v; want field %q and a reason with %q", c.name, p.Created, got, c.field,
				c.reason)
		}
	}
}

// A visit that is dated ahead of the server's clock by less than a day is to be sent again, and then taken; one further
// ahead is not.
func TestVisitAheadOfTheClock(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	now := clock()
	s.config.Clock = func() time.Time { return now }
	dated := func(ahead time.Duration) visitResult {
		visit := visitJSON("visited_at", `"`+now.Add(ahead).Format(time.RFC3339)+`"`)
		return post(t, s, "["+visit+"]").Results[0]
	}
	got := dated(3 * time.Hour)
	if got.Status != "error" || got.Code != "ahead_of_clock" || got.Field != "visited_at" || got.ReasonVI == "" ||
		got.RetryAfter < 2*3600 || got.RetryAfter > 3*3600 {
		t.Fatalf("three hours ahead: %+v", got)
	}
	if got := dated(25 * time.Hour); got.Code != "in_future" || got.RetryAfter != 0 {
		t.Errorf("a day ahead: %+v, want it final", got)
	}
	visit := now.Add(3 * time.Hour)
	now = now.Add(time.Duration(got.RetryAfter) * time.Second)
	if got := dated(visit.Sub(now)); got.Status != "created" {
		t.Errorf("sent again after %d s: %+v", got.RetryAfter, got)
	}
}

func TestClockJump(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Time, 1)
	ticks <- clock()
	readings := 0
	err := s.WatchClock(ctx, ticks, func() wallclock.Reading {
		readings++
		if readings == 2 {
			cancel()
			return wallclock.Reading{Wall: clock().Add(-time.Hour), Elapsed: time.Second}
		}
		return wallclock.Reading{Wall: clock()}
	})
	body, _ := io.ReadAll(get(s, "/metrics").Body)
	if !errors.Is(err, context.Canceled) || !strings.Contains(string(body), "tungnha_clock_jumps_total 1\n") ||
		!strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "by=-1h0m1s") {
		t.Errorf("%v, log %s", err, &log)
	}
}

// endless is a body that never ends by itself.
type endless struct{ read int64 }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.read += int64(len(b))
	return len(b), nil
}

func TestBadBodies(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	huge := &endless{}
	many := "[" + strings.Repeat("{},", maxVisits) + "{}]"
	for _, c := range []struct {
		name, contentType string
		body              io.Reader
		status            int
		location          string
	}{
		{"100 MB", "application/json", io.LimitReader(io.MultiReader(strings.NewReader("["), huge), 100<<20), 413,
			"body"},
		{"one visit of 9 MB", "application/json", strings.NewReader(`["` + strings.Repeat("x", 9<<20) + `"]`), 413,
			"body"},
		{"too many", "application/json", strings.NewReader(many), 422, "body"},
		{"an object", "application/json", strings.NewReader("{}"), 422, "body"},
		{"empty", "application/json", strings.NewReader(""), 400, "body"},
		{"cut short", "application/json", strings.NewReader(`[{"visit_id":"x"`), 400, "body"},
		{"not JSON", "application/json", strings.NewReader("visit_id,household_id"), 400, "body"},
		{"more behind", "application/json", strings.NewReader("[] []"), 400, "body"},
		{"nested 20,000 deep", "application/json", strings.NewReader("[" + strings.Repeat("[", 20_000)), 400, "body"},
		{"CSV", "text/csv", strings.NewReader("visit_id"), 415, "header.Content-Type"},
		{"a form", "application/x-www-form-urlencoded", strings.NewReader("visit_id=1"), 415, "header.Content-Type"},
		{"no type", "", strings.NewReader("[]"), 415, "header.Content-Type"},
	} {
		res := do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", c.body), "Content-Type", c.contentType)
		p := read[huma.ErrorModel](t, res, c.status)
		if len(p.Errors) != 1 || p.Errors[0].Location != c.location ||
			res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %+v; want location %s", c.name, res.Header.Get("Content-Type"), p.Errors, c.location)
		}
	}
	if huge.read > 10<<20 {
		t.Errorf("%d bytes of the endless body were read; the limit is %d", huge.read, maxVisitsBody)
	}
	// A page of another site may not post, whatever type it claims.
	res := do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader("[]")),
		"Content-Type", "application/json", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: status %d, want 403", res.StatusCode)
	}
}

// TestPostWhileImporting posts while another transaction locks the database: the post waits
// for its end, and gets 503 with Retry-After where that takes too long.
func TestPostWhileImporting(t *testing.T) {
	store := newStore(t)
	s, live := newClosedServer(t, store, nil)
	s.Open(live, 0)
	tx, err := store.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	s.postWait = 50 * time.Millisecond
	res := do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits",
		strings.NewReader("["+visitJSON("visit_id", `"late"`)+"]")),
		"Content-Type", "application/json")
	if p := read[huma.ErrorModel](t, res, 503); res.Header.Get("Retry-After") == "" ||
		!strings.Contains(p.Detail, "again") {
		t.Errorf("while another writes: Retry-After %q, %q", res.Header.Get("Retry-After"), p.Detail)
	}

	s.postWait = time.Hour
	ended := make(chan error, 1)
	go func() {
		for s.metrics.UnderWay.Load() == 0 { // until the post has come
			runtime.Gosched()
		}
		ended <- tx.Rollback()
	}()
	p := post(t, s, "["+visitJSON("visit_id", `"late"`)+","+visitJSON("visit_id", `"later"`)+"]")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// The first may have been kept after its sender gave up: sent again, it is a duplicate.
	if p.Errors != 0 || p.Results[1].Status != "created" {
		t.Errorf("once the other has ended: got %+v", p)
	}
}
