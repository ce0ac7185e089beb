package ingest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/recordfile"
)

// awkward are texts that a writer must quote or escape.
var awkward = []string{"", "a", "Tổ dân phố số 1", `"`, `""`, `a"b`, "a,b", "a;b", "a|b", ",", "'", `\`, "é̂", "1e5x", "#", "{}", "a\u2028b"}

// What the writers write, the readers read as it was.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string { return awkward[r.IntN(len(awkward))] }
	id := func(prefix string, i int) string { return fmt.Sprintf("%s%s%05d", prefix, text(), i) }
	date := func() data.Date {
		if r.IntN(3) == 0 {
			return data.NoDate
		}
		return 1 + data.Date(r.IntN(int(data.MaxDate)))
	}
	period := func() (data.Date, data.Date) {
		a, b := date(), date()
		if a != data.NoDate && b != data.NoDate && b < a {
			a, b = b, a
		}
		return a, b
	}
	count := func() int { return r.IntN(1000) - 1 }
	degrees := func(from, to float64) float64 { return math.Round((from+r.Float64()*(to-from))*1e7) / 1e7 }

	want := newMemory()
	var hamlets []string
	var areas []data.Area
	var hamletLines, teamLines, householdLines, visitLines []byte
	for i := range 300 {
		from, to := period()
		a := data.Area{Code: fmt.Sprintf("%05d", i), Name: "N" + text(), NameEN: text(), Kind: text(),
			Level: data.Commune, Parent: "48",
			ValidFrom: from, ValidTo: to, DeclaredHouseholds: count(), Population: count()}
		if i%2 == 0 {
			x, y := degrees(102, 109), degrees(8, 23)
			a.Geometry = orb.MultiPolygon{{{{x, y}, {x + r.Float64(), y}, {x + 1, y + r.Float64()}, {x, y}}}}
		}
		want.areas[areaKey{a.Code, a.ValidFrom}] = a
		areas = append(areas, a)
		h := data.Area{Code: fmt.Sprintf("%08d", i), Name: "N" + text(), Kind: "Thôn", Level: data.Hamlet,
			Parent: a.Code, DeclaredHouseholds: count(), Population: data.Unknown}
		want.areas[areaKey{h.Code, data.NoDate}] = h
		hamlets = append(hamlets, h.Code)
		hamletLines = recordfile.AppendHamlet(hamletLines, &h)
	}
	for i := range 3000 {
		h := data.Household{ID: id("H", i), Point: orb.Point{degrees(-180, 180), degrees(-90, 90)}}
		if h.Point[1] > 100 || h.Point[0] < 30 && h.Point[0] > 0 {
			h.Point[0] = -h.Point[0] // not what looks swapped
		}
		h.RegisteredOn, h.RemovedOn = period()
		if r.IntN(5) > 0 {
			h.HamletCode = hamlets[r.IntN(len(hamlets))]
		}
		want.households[h.ID] = h
		householdLines = recordfile.AppendHousehold(householdLines, &h)

		team := data.Team{ID: id("T", i), Name: text(), CommuneCode: areas[i%300].Code, HamletCodes: []string{},
			Members: count()}
		team.FormedOn, team.DissolvedOn = period()
		for range r.IntN(3) {
			if code := hamlets[r.IntN(len(hamlets))]; !slices.Contains(team.HamletCodes, code) {
				team.HamletCodes = append(team.HamletCodes, code)
			}
		}
		want.teams[team.ID] = team
		teamLines = recordfile.AppendTeam(teamLines, &team)

		assessed := data.SkillSet(r.IntN(32))
		v := data.Visit{ID: id("V", i), HouseholdID: h.ID, TeamID: team.ID, Outcome: data.Outcome(1 + r.IntN(7)),
			At: time.Unix(r.Int64N(now.Unix()*2)-now.Unix(), 0).In(data.Zone), Assessed: assessed,
			Shown: assessed & data.SkillSet(r.IntN(32))}
		want.visits[v.ID] = v
		visitLines = recordfile.AppendVisit(visitLines, &v, data.DefaultSkills)
	}

	dir := t.TempDir()
	var geometry bytes.Buffer
	if err := recordfile.WriteAreas(&geometry, slices.Values(areas)); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "areas.geojson")}
	if err := os.WriteFile(paths[0], geometry.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		name  string
		kind  data.Kind
		lines []byte
	}{
		{"hamlets.csv", data.Areas, hamletLines}, {"teams.csv", data.Teams, teamLines},
		{"households.csv", data.Households, householdLines}, {"visits.csv", data.Visits, visitLines},
	} {
		paths = append(paths, writeFile(t, dir, f.name, recordfile.Header(f.kind)+string(f.lines)))
	}
	got := newMemory()
	report, err := Import(context.Background(), got, paths, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rejected() > 0 {
		t.Fatalf("rejected:\n%s", report)
	}
	for name, d := range map[string]string{
		"areas": differ(got.areas, want.areas), "teams": differ(got.teams, want.teams),
		"households": differ(got.households, want.households), "visits": differ(got.visits, want.visits),
	} {
		if d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// differ returns the first difference of two tables.
func differ[K comparable, V any](got, want map[K]V) string {
	if len(got) != len(want) {
		return fmt.Sprintf("got %d, want %d", len(got), len(want))
	}
	for key, w := range want {
		if fields := differing(got[key], w); fields != nil {
			return fmt.Sprintf("%v differ in\n got %+v\nwant %+v", fields, got[key], w)
		}
	}
	return ""
}
