package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/internal/limit"
)

// newReformedServer merges the two communes of the programme into one on 1 January 2026, and gives the
// second team the hamlet of the first from 1 March on.
func newReformedServer(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	ctx := context.Background()
	store := newStore(t)
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	reform := mustDay(t, "2026-01-01")
	var areas []data.Area
	if err := tx.ReadAreas(ctx, func(a *data.Area) error { areas = append(areas, *a); return nil }); err != nil {
		t.Fatal(err)
	}
	var written []data.Area
	for _, a := range areas {
		if a.Level == data.Commune {
			a.ValidTo = reform - 1
			written = append(written, a)
		}
		if a.Code == "20101" {
			a.ValidFrom, a.ValidTo, a.Name = reform, data.NoDate, "Liên Chiểu"
			a.Geometry = square(108.0, 16.0, 108.4, 16.2)
			written = append(written, a)
		}
	}
	if _, err := tx.PutAreas(ctx, written); err != nil {
		t.Fatal(err)
	}
	from := mustDay(t, "2026-03-01")
	_, err = tx.PutTeams(ctx, []data.Team{{ID: "T2", Name: "Tổ 2", CommuneCode: "20101", Members: 4,
		FormedOn: mustDay(t, "2025-01-01"),
		History:  []data.Assignment{{From: from, HamletCodes: []string{"H1", "H2"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	s, live := newClosedServer(t, store, change)
	s.Open(live, time.Second)
	return s
}

func TestBoundaries(t *testing.T) {
	s := newReformedServer(t, showHouseholds)
	v := read[boundariesFound](t, get(s, "/api/v1/boundaries"), http.StatusOK)
	if len(v.Versions) != 2 || v.Versions[0].From != nil || *v.Versions[0].To != "2025-12-31" ||
		*v.Versions[1].From != "2026-01-01" ||
		v.Versions[0].Areas["commune"] != 2 || v.Versions[1].Areas["commune"] != 1 {
		t.Errorf("got %+v", v.Versions)
	}
	c := read[compared](t, get(s, "/api/v1/boundaries/compare?a=2025-06-01&b=2026-02-01"), http.StatusOK)
	var got []string
	for _, o := range append(c.Old, c.New...) {
		s := o.Code + " " + o.Fate
		for _, p := range o.Parts {
			s += fmt.Sprintf(" %s:%d", p.Code, *p.Households)
		}
		got = append(got, s)
	}
	if want := "[20101 merged 20101:60 20102 merged 20101:15 20101 merged 20101:60 20102:15]"; fmt.Sprint(
		got) != want || *c.Households != 75 {
		t.Errorf("got %v and %d households, want %s and 75", got, *c.Households, want)
	}
	if old := c.Old[0]; *old.KeptShare != 1 || *old.Parts[0].Surface < 0.999 || *old.Parts[0].Surface > 1.001 {
		t.Errorf("20101 kept %v, %v of its surface", *old.KeptShare, *old.Parts[0].Surface)
	}
	answer := read[struct {
		From *string `json:"boundaries_from"`
		To   *string `json:"boundaries_to"`
		Rows []struct {
			Key        string
			Households int
		}
	}](t, get(s, "/api/v1/coverage?boundaries=2025-06-01"), http.StatusOK)
	if answer.From != nil || answer.To == nil || *answer.To != "2025-12-31" || len(answer.Rows) != 2 ||
		answer.Rows[1].Households != 15 {
		t.Errorf("on the boundaries of before: %+v", answer)
	}

	if res := get(newReformedServer(t, nil), "/api/v1/boundaries/compare?a=2025-06-01&b=2026-02-01"); res.StatusCode !=
		http.StatusForbidden {
		t.Errorf("to the public: status %d", res.StatusCode)
	}
	for url, want := range map[string]int{
		"/api/v1/boundaries/compare?a=2025-06-01":                         422,
		"/api/v1/boundaries/compare?a=2025-06-01&b=2025-02-31":            422,
		"/api/v1/boundaries/compare?a=2025-06-01&b=2026-01-01&level=ward": 422,
		"/api/v1/teams/none": 404,
	} {
		if got := get(s, url).StatusCode; got != want && (want != 422 || got != 400) {
			t.Errorf("%s: got %d, want %d", url, got, want)
		}
	}
}

// TestTooManyVersions: a register whose areas begin on more days than a list may have gets a problem in both languages,
// and a day of its boundaries an answer.
func TestTooManyVersions(t *testing.T) {
	store := newStore(t)
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	first := mustDay(t, "2010-01-01")
	areas := make([]data.Area, coverage.MaxVersions)
	for i := range areas {
		areas[i] = data.Area{Code: fmt.Sprintf("X%d", i), Name: "Thôn", Level: data.Hamlet, Parent: "20101",
			ValidFrom: first + data.Date(i)}
	}
	if _, err := tx.PutAreas(t.Context(), areas); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, live := newClosedServer(t, store, showHouseholds)
	s.Open(live, time.Second)
	p := read[huma.ErrorModel](t, get(s, "/api/v1/boundaries"), http.StatusUnprocessableEntity)
	if p.Type != "urn:tungnha:problem:too_many_versions" || !strings.Contains(p.Detail, "4001 versions") ||
		len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, "4001 phiên bản") {
		t.Errorf("got %+v", p)
	}
	if res := get(s, "/api/v1/coverage?level=hamlet&boundaries=2010-01-02"); res.StatusCode != http.StatusOK {
		t.Errorf("on the boundaries of a day: status %d", res.StatusCode)
	}
}

// TestCompareIsBounded: comparing takes its memory from the lane of queries, and is refused where that has none.
func TestCompareIsBounded(t *testing.T) {
	memory := limit.New(limit.Least)
	memory.Wait = time.Millisecond
	s := newReformedServer(t, func(c *Config) { c.Memory, c.Households = memory, true })
	_, _, all := memory.Bytes(limit.Small)
	lease, err := memory.Take(t.Context(), limit.Small, all)
	if err != nil {
		t.Fatal(err)
	}
	const compare = "/api/v1/boundaries/compare?a=2025-06-01&b=2026-02-01"
	if res := get(s, compare); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("without memory: status %d, %v", res.StatusCode, res.Header)
	}
	lease.Release()
	if res := get(s, compare); res.StatusCode != http.StatusOK {
		t.Errorf("with memory: status %d", res.StatusCode)
	}
	if taken, _, _ := memory.Bytes(limit.Small); taken != 0 {
		t.Errorf("%d bytes are still taken", taken)
	}
}

// TestBasis checks that every answer with figures has the state of the data they are computed from.
func TestBasis(t *testing.T) {
	s := newReformedServer(t, showHouseholds)
	for _, route := range []string{"/api/v1/coverage?", "/api/v1/flags?", "/api/v1/hotspots?", "/api/v1/teams/T2?",
		"/api/v1/areas/20102?"} {
		before := read[Basis](t, get(s, route+"from=2026-03-01&to=2026-03-31&boundaries=2025-06-01"), http.StatusOK)
		if before.Version == "" || before.Definition != export.Definition || before.From == nil ||
			*before.From != "2026-03-01" ||
			before.To != "2026-03-31" || before.Boundaries != "2025-06-01" || before.BoundariesFrom != nil ||
			before.BoundariesTo == nil || *before.BoundariesTo != "2025-12-31" {
			t.Errorf("%s on the boundaries of before: got %+v", route, before)
		}
		now := read[Basis](t, get(s, strings.Replace(route, "20102", "20101", 1)+"to=2026-03-31"), http.StatusOK)
		if now.From != nil || now.To != "2026-03-31" || now.Boundaries != "2026-03-31" || now.BoundariesFrom == nil ||
			*now.BoundariesFrom != "2026-01-01" || now.BoundariesTo != nil {
			t.Errorf("%s on those of now: got %+v", route, now)
		}
	}
	c := read[compared](t, get(s, "/api/v1/boundaries/compare?a=2025-06-01&b=2026-02-01"), http.StatusOK)
	if c.Definition != export.Definition {
		t.Errorf("compared: definition %q, want %q", c.Definition, export.Definition)
	}
}

func TestTeam(t *testing.T) {
	s := newReformedServer(t, showHouseholds)
	team := read[teamDetail](t, get(s, "/api/v1/teams/T2"), http.StatusOK)
	if len(team.Assignments) != 2 || team.Assignments[0].From != nil || *team.Assignments[0].To != "2026-02-28" ||
		fmt.Sprint(team.Assignments[0].Hamlets, team.Assignments[1].Hamlets) != "[H2] [H1 H2]" ||
		team.Assignments[1].To != nil {
		t.Errorf("assignments: got %+v", team.Assignments)
	}
	r := team.Record
	if *r.Count("households") != 60 || fmt.Sprint(r.Serves()) != "[H1 H2]" || *r.Count("visits_inside") != 4 ||
		*r.Count("visits_outside") != 0 || *r.Count("days_worked") != 1 || *r.Rate("visits_per_day") != 4 {
		t.Errorf("record: got %+v", r)
	}
	before := read[teamDetail](t, get(s, "/api/v1/teams/T2?to=2026-02-28"), http.StatusOK)
	if *before.Record.Count("households") != 20 || fmt.Sprint(before.Record.Serves()) != "[H2]" {
		t.Errorf("before March: got %d households, serves %v", *before.Record.Count("households"),
			before.Record.Serves())
	}
}
