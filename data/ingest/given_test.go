package ingest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tungnha/data"
	"tungnha/internal/problem"
)

// An update changes the columns that a file has, and an empty value empties.
func TestImportChangesWhatAFileHas(t *testing.T) {
	for _, tt := range []struct {
		name, file, content string
		unchanged           int
		changed             string // the fields of the updates
	}{
		{"households with their points", "h.csv", "household_id,lon,lat\nH1,108.05,16.05\nH2,108.06,16.06\n", 2, "map[]"},
		{"households with a day", "h.csv", "household_id,removed_on\nH1,2026-02-01\nH2,\n", 1, "map[RemovedOn:1]"},
		{"households with their hamlets", "h.csv", "household_id,hamlet_code\nH1,019402\nH2,\nH3,\n", 1,
			"map[HamletCode:2]"},
		{"households as features, each with other properties", "h.geojson", `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"household_id":"H1","removed_on":"2026-02-01"},"geometry":null},
{"type":"Feature","properties":{"household_id":"H2"},"geometry":{"type":"Point","coordinates":[108.06,16.06]}},
{"type":"Feature","properties":{"household_id":"H3","hamlet_code":"019401"}}]}`, 1, "map[HamletCode:1 RemovedOn:1]"},
		{"households as lines of JSON, null and empty", "h.ndjson", `{"household_id":"H1","registered_on":null}
{"household_id":"H2","hamlet_code":""}
{"household_id":"H3","lon":108.07,"lat":16.07}
`, 1, "map[HamletCode:1 RegisteredOn:1]"},
		{"a team with its members", "t.csv", "team_id,members\nT1,9\n", 0, "map[Members:1]"},
		{"a team with its hamlets", "t.csv", "team_id,hamlet_codes,members\nT1,019401;019402,7\n", 1, "map[]"},
		{"a team with its last day", "t.json", `[{"team_id":"T1","dissolved_on":"2026-03-01"}]`, 0, "map[DissolvedOn:1]"},
		{"visits without skills", "v.csv",
			"visit_id,household_id,team_id,visited_at,outcome\nV1,H1,T1,2026-03-01T09:30:00+07:00,completed\nV2,H2,T1,2026-03-02,refused\n",
			1, "map[Outcome:1]"},
		{"visits with outcomes", "v.csv", "visit_id,outcome\nV1,partial\nV2,absent\n", 1, "map[Outcome:1]"},
		{"visits with skills", "v.ndjson", `{"visit_id":"V1","shown":["safety","payment"]}
{"visit_id":"V2","assessed":null,"shown":[]}
`, 1, "map[Shown:1]"},
		{"areas with a population", "a.csv", "code,population\n0194,1000\n019401,\n", 1, "map[Population:1]"},
		{"areas as features", "a.geojson", `{"type":"Feature","id":"0194","properties":{"kind":"Xã"},"geometry":null}`,
			0, "map[Kind:1]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store, paths := programme(t)
			report := imports(t, store, Options{}, writeFile(t, filepath.Dir(paths[0]), tt.file, tt.content))
			f := report.Files[0]
			if f.Rejected+f.Created > 0 || f.Unchanged != tt.unchanged || fmt.Sprint(f.Changed) != tt.changed {
				t.Errorf("got %d unchanged and %v changed, want %d and %s:\n%s", f.Unchanged, f.Changed, tt.unchanged,
					tt.changed, report)
			}
		})
	}
}

// Features of one file keep what each of them does not have.
func TestImportMixedFeatures(t *testing.T) {
	store, paths := programme(t)
	before := store.households["H1"]
	imports(t, store, Options{}, writeFile(t, filepath.Dir(paths[0]), "h.geojson",
		`{"type":"Feature","properties":{"household_id":"H1","removed_on":"2026-02-01"},"geometry":null}
{"type":"Feature","properties":{"household_id":"H4","registered_on":"2026-02-01"},"geometry":{"type":"Point","coordinates":[108.02,16.02]}}`))
	before.RemovedOn = mustDate(t, "2026-02-01")
	if got := store.households["H1"]; got != before {
		t.Errorf("got %+v, want %+v", got, before)
	}
	if got := store.households["H4"]; got.RegisteredOn != mustDate(t, "2026-02-01") || got.Given != 0 {
		t.Errorf("got %+v, want one registered on 2026-02-01", got)
	}
}

// A team's history stays where a file says only whom it serves now.
func TestImportKeepsTheHistoryOfATeam(t *testing.T) {
	store, paths := programme(t)
	dir := filepath.Dir(paths[0])
	imports(t, store, Options{}, writeFile(t, dir, "t.csv", "team_id,hamlet_codes,assigned_on\nT1,019402,2025-06-01\n"))
	imports(t, store, Options{}, writeFile(t, dir, "t.csv", "team_id,hamlet_codes,members\nT1,019401,8\n"))
	team := store.teams["T1"]
	if got := fmt.Sprint(team.History); got != fmt.Sprint([]data.Assignment{
		{From: data.NoDate, HamletCodes: []string{"019401", "019402"}},
		{From: mustDate(t, "2025-06-01"), HamletCodes: []string{"019401"}}}) || team.Members != 8 || team.Name != "Tổ 1" {
		t.Errorf("got %+v", team)
	}
}

// A record that is not there needs what any new record needs; its row says so, and the others of its file go in.
func TestImportOfUnknownRecords(t *testing.T) {
	for _, tt := range []struct{ file, content, want string }{
		{"h.csv", "household_id,hamlet_code\nH9,019401\nH1,019401\n",
			"household_id unknown household H9, and a new one needs lon, lat"},
		{"t.csv", "team_id,members\nT9,3\nT1,7\n", "team_id unknown team T9, and a new one needs hamlet_codes"},
		{"v.csv", "visit_id,outcome\nV9,absent\nV1,completed\n",
			"visit_id unknown visit V9, and a new one needs household_id, team_id, visited_at"},
		{"a.csv", "code,population\n9,3\n0194,\n", "code unknown area 9, and a new one needs name"},
		{"h.csv", "household_id,lon\nH9,108.05\n", "lon is given without lat: give both, or neither"},
		{"h.csv", "household_id,lat\nH1,16.05\n", "lat is given without lon: give both, or neither"},
		{"t.csv", "team_id,assigned_on\nT1,2025-06-01\n",
			"assigned_on is given without hamlet_codes: give both, or neither"},
		{"v.csv", "visit_id,assessed\nV1,payment;safety\nV2,cooking\n",
			`assessed "cooking" is not a skill of the programme: want public_services, shopping, payment, safety, local`},
		{"v.csv", "visit_id,assessed\nV1,safety\n", "shown holds a skill that was not assessed"},
		{"v.csv", "visit_id,visited_at\nV1,\n", "visited_at is empty"},
		{"h.csv", "household_id,lon,lat\nH1,,16\n", "lon is empty"},
	} {
		store, paths := programme(t)
		report := imports(t, store, Options{}, writeFile(t, filepath.Dir(paths[0]), tt.file, tt.content))
		f := report.Files[0]
		if f.Rejected != 1 || f.Unchanged != f.Rows-1 {
			t.Errorf("%q: want 1 row rejected and the others unchanged:\n%s", tt.content, report)
			continue
		}
		p := f.Rejects[0]
		if got := withField(p.Field, p.First[0].Reason, p.First[0].ReasonVI, problem.English); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.content, got, tt.want)
		}
	}
}

// A file that has neither what a new record needs nor anything to change is refused as a whole.
func TestImportWithoutTheKey(t *testing.T) {
	for content, want := range map[string]string{
		"household_id,team_id,visited_at,outcome,hamlet_code\nH1,T1,2026-03-01,absent,019401\n": "a file of visits needs the column visit_id",
		"lon,lat,hamlet_code\n108.05,16.05,019401\n":                                            "a file of households needs the column household_id",
		"team_id\nT1\n":  `cannot tell whether it holds areas, households, teams or visits from the columns "team_id"`,
		"visit_id\nV1\n": "a file of visits needs the columns household_id, team_id, visited_at, outcome",
	} {
		path := writeFile(t, t.TempDir(), "x.csv", content)
		_, err := Import(t.Context(), newMemory(), []string{path}, Options{Now: now})
		if got := strings.TrimPrefix(errText(err), path+": "); got != want {
			t.Errorf("%q: got %q, want %q", content, got, want)
		}
	}
}

func mustDate(t testing.TB, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
