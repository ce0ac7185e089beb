package postgis_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"tungnha/data"
)

// TestOgrinfo has GDAL, which is also what QGIS reads with, list the database.
func TestOgrinfo(t *testing.T) {
	ogrinfo, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("ogrinfo is not installed (Debian: gdal-bin)")
	}
	url := newURL(t)
	store := open(t, url)
	defer store.Close()
	put(t, store, func(tx data.Tx) (results []data.PutResult, err error) {
		if results, err = tx.PutAreas(t.Context(), []data.Area{
			{Code: "20194", Name: "Phường Hải Châu", Kind: "Phường", Level: data.Commune,
				ValidFrom: day(t, "2025-07-01"), Population: 131427,
				DeclaredHouseholds: data.Unknown,
				Geometry:           orb.MultiPolygon{{{{108, 16}, {109, 16}, {109, 17}, {108, 16}}}}},
			{Code: "0101", Name: "Tổ 1", Level: data.Hamlet, Parent: "20194"},
		}); err != nil {
			return results, err
		}
		if results, err = tx.PutTeams(t.Context(),
			[]data.Team{{ID: "T1", Name: "Đội 1", CommuneCode: "20194", HamletCodes: []string{"0101"},
				Members: 7}}); err != nil {
			return results, err
		}
		if results, err = tx.PutHouseholds(t.Context(), []data.Household{
			{ID: "H1", Point: orb.Point{108.25, 16.5}, HamletCode: "0101", RegisteredOn: day(t, "2024-01-31")},
			{ID: "H2", Point: orb.Point{108.75, 16.125}},
		}); err != nil {
			return results, err
		}
		return tx.PutVisits(t.Context(),
			[]data.Visit{{ID: "V1", HouseholdID: "H1", TeamID: "T1", At: time.Date(2025, 3, 1, 1, 2, 3, 0, time.UTC),
				Outcome: data.Completed, Assessed: 0b00101, Shown: 0b00100}})
	})
	c, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	source := fmt.Sprintf("PG:host=%s port=%d user=%s dbname=%s schemas=%s", c.Host, c.Port, c.User, c.Database,
		schemaOf(url))
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(ogrinfo, append([]string{"-ro", source}, args...)...)
		cmd.Env = append(cmd.Environ(), "PGPASSWORD="+c.Password)
		out, err := cmd.CombinedOutput()
		// GDAL numbers the features of a table with a key of several columns itself, and warns of it.
		text := strings.ReplaceAll(string(out), "Warning 1: Multi-column primary key", "")
		if err != nil || strings.Contains(text, "ERROR") || strings.Contains(text, "Warning") {
			t.Fatalf("ogrinfo %v: %v\n%s", args, err, text)
		}
		return text
	}
	layers := run()
	for _, want := range []string{"areas (Multi Polygon)", "households (Point)", "coverage_by_hamlet (Multi Polygon)",
		"coverage_by_commune (Multi Polygon)"} {
		if !strings.Contains(layers, want) {
			t.Errorf("no %q in\n%s", want, layers)
		}
	}
	for layer, wants := range map[string][]string{
		"areas": {"Feature Count: 2", "Extent: (108.000000, 16.000000) - (109.000000, 17.000000)", `ID["EPSG",4326]`, "FID Column = fid",
			"valid_from (Date) = 2025/07/01", "population (Integer) = 131427", "declared_households (Integer) = (null)",
			"MULTIPOLYGON (((108 16,109 16,109 17,108 16)))"},
		"households": {"Feature Count: 2", "Extent: (108.250000, 16.125000) - (108.750000, 16.500000)",
			"household_id (String) = H1",
			"hamlet_code (String) = 0101", "hamlet_code (String) = (null)", "registered_on (Date) = 2024/01/31",
			"POINT (108.25 16.5)"},
		"teams": {"Feature Count: 1", "name (String) = Đội 1", "members (Integer) = 7"},
		"visits": {"Feature Count: 1", "visited_at (DateTime) = 2025/03/01", "outcome (String) = completed",
			"assessed (Integer) = 5"},
		"coverage_by_commune": {"Geometry: Multi Polygon", "Feature Count: 1",
			"Extent: (108.000000, 16.000000) - (109.000000, 17.000000)",
			"code (String) = 20194", "households (Integer) = 2", "reached (Integer) = 1", "coverage (Real) = 0.5"},
		"coverage_by_hamlet": {"Geometry: Multi Polygon", "Feature Count: 2", `ID["EPSG",4326]`, "code (String) = 0101"},
		"coverage_by_team":   {"Feature Count: 1", "reached (Integer) = 1"},
		"visits_in_words": {"Feature Count: 1", "assessed (String) = public_services;payment",
			"shown (String) = payment"},
	} {
		out := run(layer)
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", layer, want, out)
			}
		}
	}
}

func day(t testing.TB, text string) data.Date {
	t.Helper()
	d, err := data.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
