package data

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// now is when the imports of the tests happen.
var now = time.Date(2026, 3, 15, 12, 0, 0, 0, Zone)

// write puts a file into the test's directory.
func writeFile(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	areasFile = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"48","name":"Đà Nẵng","kind":"Thành phố"},"geometry":null},
{"type":"Feature","properties":{"code":"0194","name":"Hải Vân","kind":"Phường","parent":"48"},
 "geometry":{"type":"Polygon","coordinates":[[[108,16],[108.1,16],[108.1,16.1],[108,16.1],[108,16]]]}}
]}`
	hamletsFile    = "code,name,kind,parent,declared_households\n019401,Thôn Một,Thôn,0194,2\n019402,Thôn Hai,Thôn,0194,\n"
	teamsFile      = "team_id,name,commune_code,hamlet_codes,members,formed_on,dissolved_on\nT1,Tổ 1,0194,019401;019402,7,2025-01-01,\n"
	householdsFile = "household_id,lon,lat,hamlet_code,registered_on,removed_on\nH1,108.05,16.05,019401,2025-01-01,\nH2,108.06,16.06,019402,,\nH3,108.07,16.07,,,\n"
	visitsFile     = "visit_id,household_id,team_id,visited_at,outcome,assessed,shown\n" +
		"V1,H1,T1,2026-03-01T09:30:00+07:00,completed,payment;safety,payment\nV2,H2,T1,2026-03-02,absent,,\n"
)

// programme is a store that holds one of everything.
func programme(t testing.TB) (*memory, []string) {
	t.Helper()
	dir := t.TempDir()
	paths := []string{ // in the order that makes it hardest
		writeFile(t, dir, "visits.csv", visitsFile),
		writeFile(t, dir, "households.csv", householdsFile),
		writeFile(t, dir, "teams.csv", teamsFile),
		writeFile(t, dir, "hamlets.csv", hamletsFile),
		writeFile(t, dir, "areas.geojson", areasFile),
	}
	store := newMemory()
	report, err := Import(context.Background(), store, paths, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rejected() > 0 {
		t.Fatalf("the programme is not sound:\n%s", report)
	}
	return store, paths
}

func TestImportProgramme(t *testing.T) {
	store, _ := programme(t)
	if n := len(store.areas); n != 4 {
		t.Errorf("got %d areas, want 4", n)
	}
	if got := store.areas[areaKey{"0194", NoDate}]; got.Level != Commune || len(got.Geometry) != 1 {
		t.Errorf("0194: got %+v", got)
	}
	if got := store.areas[areaKey{"019402", NoDate}]; got.Level != Hamlet || got.DeclaredHouseholds != Unknown || got.Population != Unknown {
		t.Errorf("019402: got %+v", got)
	}
	v := store.visits["V1"]
	if v.Day().String() != "2026-03-01" || v.Outcome != Completed || v.Assessed != 0b1100 || v.Shown != 0b100 {
		t.Errorf("V1: got %+v", v)
	}
	if got := strings.Join(store.teams["T1"].HamletCodes, " "); got != "019401 019402" {
		t.Errorf("hamlets of T1: got %s", got)
	}
}
