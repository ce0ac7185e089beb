package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tungnha/data"
	"tungnha/internal/problem"
)

// now is when the imports of the tests happen.
var now = time.Date(2026, 3, 15, 12, 0, 0, 0, data.Zone)

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

// programme is a store that contains one of everything.
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
	if got := store.areas[areaKey{"0194", data.NoDate}]; got.Level != data.Commune || len(got.Geometry) != 1 {
		t.Errorf("0194: got %+v", got)
	}
	if got := store.areas[areaKey{"019402", data.NoDate}]; got.Level != data.Hamlet ||
		got.DeclaredHouseholds != data.Unknown || got.Population != data.Unknown {
		t.Errorf("019402: got %+v", got)
	}
	v := store.visits["V1"]
	if v.Day().String() != "2026-03-01" || v.Outcome != data.Completed || v.Assessed != 0b1100 || v.Shown != 0b100 {
		t.Errorf("V1: got %+v", v)
	}
	if got := strings.Join(store.teams["T1"].HamletCodes, " "); got != "019401 019402" {
		t.Errorf("hamlets of T1: got %s", got)
	}
}

func imports(t testing.TB, store data.Store, o Options, paths ...string) *Report {
	t.Helper()
	o.Now = now
	report, err := Import(context.Background(), store, paths, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestImportTwiceChangesNothing(t *testing.T) {
	store, paths := programme(t)
	before := fmt.Sprint(store)
	report := imports(t, store, Options{}, paths...)
	for _, f := range report.Files {
		if f.Unchanged != f.Rows || f.Rows == 0 {
			t.Errorf("%s: %d of %d rows unchanged, want all", f.File, f.Unchanged, f.Rows)
		}
	}
	if fmt.Sprint(store) != before {
		t.Error("the store has changed")
	}
}

func TestImportUpdates(t *testing.T) {
	store, paths := programme(t)
	dir := filepath.Dir(paths[0])
	writeFile(t, dir, "households.csv", strings.NewReplacer("108.05,", "108.051,", "019402,,",
		",2025-05-05,").Replace(householdsFile))
	f := imports(t, store, Options{}, paths[1]).Files[0]
	if f.Updated != 2 || f.Unchanged != 1 || f.Created+f.Rejected != 0 {
		t.Errorf("got %+v, want 2 updated and 1 unchanged", f)
	}
	want := map[string]int{"Point": 1, "HamletCode": 1, "RegisteredOn": 1}
	if !maps.Equal(f.Changed, want) {
		t.Errorf("changed: got %v, want %v", f.Changed, want)
	}
}

// A list of some columns leaves the others of an area as they were.
func TestImportKeepsWhatAFileOfAreasDoesNotHave(t *testing.T) {
	store, paths := programme(t)
	before := store.areas[areaKey{"0194", data.NoDate}]
	path := writeFile(t, filepath.Dir(paths[0]), "populations.csv",
		"code,name,population,area_km2\n0194,Hải Vân,48992,1\n")
	f := imports(t, store, Options{}, path).Files[0]
	if f.Updated != 1 || f.Changed["Population"] != 1 || len(f.Changed) != 1 {
		t.Errorf("got %+v, want one population changed and no more", f)
	}
	after := store.areas[areaKey{"0194", data.NoDate}]
	before.Population = 48992
	if d := differing(before, after); d != nil {
		t.Errorf("other fields changed: %v", d)
	}
}

// Two files of one import that both have records of one area are to be imported one after the
// other.
func TestImportAreaInTwoFiles(t *testing.T) {
	dir := t.TempDir()
	paths := []string{
		writeFile(t, dir, "areas.geojson", areasFile),
		writeFile(t, dir, "populations.csv", "code,name,population\n0194,Hải Vân,48992\n48,Đà Nẵng,\n"),
	}
	f := imports(t, newMemory(), Options{}, paths...).Files[1]
	if f.Rejected != 1 || f.Unchanged != 1 {
		t.Fatalf("got %d rejected and %d unchanged, want 1 and 1", f.Rejected, f.Unchanged)
	}
	want := fmt.Sprintf("%q is in %q of the same import with other values: import this file by itself, after that one",
		"0194", paths[0])
	if got := f.Rejects[0].First[0].Reason; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Children may come long before their parents, and in another file: only areas that have none in
// the end are reported.
func TestImportParentsAfterChildren(t *testing.T) {
	var hamlets strings.Builder
	hamlets.WriteString("code,name,level,parent\nlost,Lạc,hamlet,nowhere\n")
	for i := range batchRows {
		fmt.Fprintf(&hamlets, "h%d,Thôn %d,hamlet,%s\n", i, i, []string{"near", "far"}[i%2])
	}
	hamlets.WriteString("near,Gần,commune,\n")
	dir := t.TempDir()
	report := imports(t, newMemory(), Options{},
		writeFile(t, dir, "hamlets.csv", hamlets.String()),
		writeFile(t, dir, "communes.csv", "code,name,level,parent\nfar,Xa,commune,\n"))
	f := report.Files[0]
	if f.Created != batchRows+2 || len(f.Warnings) != 1 || f.Warnings[0].Count != 1 ||
		f.Warnings[0].First[0].ID != "lost" {
		t.Errorf("want one warning, of the hamlet whose parent never comes, got:\n%s", report)
	}
}

// TestImportParentOfTheSameLevel: an area under one of its own level is refused, wherever that one is, if it came
// before. Where it comes after, and where both are stored so, the area goes in with a warning.
func TestImportParentOfTheSameLevel(t *testing.T) {
	dir, store := t.TempDir(), newMemory()
	const header = "code,name,level,parent,population\n"
	one := func(rows string) *FileReport {
		t.Helper()
		return imports(t, store, Options{}, writeFile(t, dir, "areas.csv", header+rows)).Files[0]
	}
	reason := func(findings []*Finding) string {
		if len(findings) != 1 || findings[0].Field != "parent" || len(findings[0].First) != 1 {
			return fmt.Sprintf("%d findings", len(findings))
		}
		return findings[0].First[0].ID + ": " + findings[0].First[0].Reason
	}
	f := one("48,Đà Nẵng,province,,\n49,Quảng Nam,province,48,\n0194,Hải Vân,commune,48,\n")
	if want := "49: 48 is a province: no area above a province"; f.Created != 2 || reason(f.Rejects) != want {
		t.Errorf("in one file: %d created, %s; want %s", f.Created, reason(f.Rejects), want)
	}
	f = one("0195,Hải Châu,commune,0194,\n019401,Thôn Một,hamlet,0194,\n")
	if want := "0195: 0194 is a commune: no area above a commune"; f.Created != 1 || reason(f.Rejects) != want {
		t.Errorf("under a stored one: %d created, %s; want %s", f.Created, reason(f.Rejects), want)
	}
	f = one("019402,Thôn Hai,hamlet,019403,\n019403,Thôn Ba,hamlet,0194,\n")
	if want := "019402: 019403 is a hamlet: no area above a hamlet"; f.Created != 1 || reason(f.Rejects) != want {
		t.Errorf("the child first: %d created, %s; want %s", f.Created, reason(f.Rejects), want)
	}

	// A batch is written before the next one is read.
	var rows strings.Builder
	rows.WriteString("0196,Sơn Trà,commune,0197,\n")
	for i := range batchRows {
		fmt.Fprintf(&rows, "h%d,Thôn %d,hamlet,0194,\n", i, i)
	}
	f = one(rows.String() + "0197,Thanh Khê,commune,48,\n")
	warning := "0196: 0197 is a commune: no area above a commune"
	if f.Rejected > 0 || reason(f.Warnings) != warning {
		t.Errorf("long before its parent: %d rejected, %s; want %s", f.Rejected, reason(f.Warnings), warning)
	}
	f = one("0196,Sơn Trà,commune,0197,1000\n")
	if f.Updated != 1 || reason(f.Warnings) != warning {
		t.Errorf("stored so already: %d updated, %s; want %s", f.Updated, reason(f.Warnings), warning)
	}
	if f = one("0196,Sơn Trà,commune,48,1000\n"); f.Updated != 1 || len(f.Warnings) > 0 {
		t.Errorf("mended: %d updated, %d warnings", f.Updated, len(f.Warnings))
	}
}

// Without valid_from, the version of a code that is still valid is meant.
func TestImportFindsTheVersionOfAnArea(t *testing.T) {
	store := newMemory()
	dir := t.TempDir()
	versions := writeFile(t, dir, "versions.csv",
		"code,name,kind,valid_from,valid_to\n1,Cũ,Xã,,2025-06-30\n1,Mới,Phường,2025-07-01,\n2,Cũ,Xã,,2025-06-30\n")
	counts := writeFile(t, dir, "counts.csv", "code,name,declared_households\n1,Mới,10\n2,Cũ,20\n3,Khác,30\n")
	imports(t, store, Options{}, versions)
	report := imports(t, store, Options{}, counts)
	if got := store.areas[areaKey{"1", mustDate(t, "2025-07-01")}].DeclaredHouseholds; got != 10 {
		t.Errorf("the version of 1 that holds: got %d households, want 10", got)
	}
	if got := store.areas[areaKey{"2", data.NoDate}].DeclaredHouseholds; got != 20 {
		t.Errorf("the last version of 2: got %d households, want 20", got)
	}
	if report.Rejected() != 1 { // the level of a new area is unknown
		t.Errorf("got %d rejected, want 1:\n%s", report.Rejected(), report)
	}
}

func TestImportForcedKind(t *testing.T) {
	store, paths := programme(t)
	_, err := Import(context.Background(), store, paths[:1], Options{Now: now, Kind: data.Households})
	want := paths[0] + ": a file of households needs the columns lon, lat"
	if errText(err) != want {
		t.Errorf("got %q, want %q", errText(err), want)
	}
	// A forced kind reads an empty collection as what it is: no rows.
	empty := writeFile(t, filepath.Dir(paths[0]), "none.geojson", `{"type":"FeatureCollection","features":[ ]}`)
	if f := imports(t, store, Options{Kind: data.Teams}, empty).Files[0]; f.Rows != 0 || f.Kind != data.Teams {
		t.Errorf("got %+v, want no teams", f)
	}
}

// Where the last of several files cannot be read to its end, none is kept.
func TestImportAllOrNothing(t *testing.T) {
	store := newMemory()
	dir := t.TempDir()
	paths := []string{
		writeFile(t, dir, "areas.geojson", areasFile),
		writeFile(t, dir, "households.csv", householdsFile), // its hamlets are unknown: rejects
		writeFile(t, dir, "visits.ndjson", `{"visit_id":"V1","household_id":"H1","team_id":"T1","visited_at":"2026-03-01","outcome":"absent"}{"visit_`),
	}
	_, err := Import(context.Background(), store, paths, Options{Now: now, Rejects: filepath.Join(dir, "rejects.csv")})
	want := paths[2] + ": breaks off at byte 105 on line 1: the file is not whole"
	if errText(err) != want {
		t.Errorf("got %q, want %q", errText(err), want)
	}
	checkNothingKept(t, store, dir, 3)
}

func TestImportStoreFails(t *testing.T) {
	store := newMemory()
	store.fail = errors.New("disk full")
	dir := t.TempDir()
	path := writeFile(t, dir, "households.csv", householdsFile)
	_, err := Import(context.Background(), store, []string{path},
		Options{Now: now, Rejects: filepath.Join(dir, "rejects.csv")})
	if !errors.Is(err, store.fail) {
		t.Errorf("got %v, want %v", err, store.fail)
	}
	checkNothingKept(t, store, dir, 1)
}

func TestImportCancelled(t *testing.T) {
	store, paths := programme(t)
	ctx, cancel := context.WithCancel(context.Background())
	rows := strings.Repeat("H,108.05,16.05\n", 10*batchRows)
	path := writeFile(t, filepath.Dir(paths[0]), "many.csv", "household_id,lon,lat\n"+rows)
	_, err := Import(ctx, store, []string{path}, Options{Now: now, Progress: func(Progress) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, ok := store.households["H"]; ok {
		t.Error("a household of the cancelled import is kept")
	}
}

func checkNothingKept(t *testing.T, store *memory, dir string, files int) {
	t.Helper()
	if n := len(store.areas) + len(store.households) + len(store.visits); n != 0 {
		t.Errorf("%d records are kept, want none", n)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != files {
		t.Errorf("the directory holds %v, want the %d input files alone", entries, files)
	}
}

func TestImportProgress(t *testing.T) {
	store, paths := programme(t)
	var last Progress
	calls := 0
	imports(t, store, Options{Progress: func(p Progress) {
		if p.Bytes < last.Bytes || p.Rows <= last.Rows {
			t.Errorf("%+v comes after %+v", p, last)
		}
		last = p
		calls++
	}}, paths...)
	var size int64
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if want := (Progress{File: paths[0], Bytes: size, Total: size, Rows: 10}); last != want || calls != 5 {
		t.Errorf("got %+v after %d calls, want %+v after 5", last, calls, want)
	}
}

// Batches, windows and line counts meet at their borders.
func TestImportManyRows(t *testing.T) {
	store, paths := programme(t)
	var b strings.Builder
	b.WriteString("household_id,lon,lat,note\r\n")
	const rows = 3*batchRows + 1
	for i := range rows {
		switch {
		case i%1000 == 999:
			fmt.Fprintf(&b, "H%06d,108.05,1600,\r\n", i) // line i*2+2
		default:
			fmt.Fprintf(&b, "H%06d,108.05,16.05,\r\n", i)
		}
		b.WriteString("\r\n") // a blank line behind every row
	}
	path := writeFile(t, filepath.Dir(paths[0]), "many.csv", b.String())
	f := imports(t, store, Options{}, path).Files[0]
	if f.Created != rows-rows/1000 || f.Rejected != rows/1000 {
		t.Errorf("got %d created and %d rejected of %d", f.Created, f.Rejected, rows)
	}
	for i, note := range f.Rejects[0].First {
		if want := (i*1000+999)*2 + 2; note.Line != want {
			t.Errorf("reject %d: got line %d, want %d", i, note.Line, want)
		}
	}
}

// Two gigabytes without a line end are refused after the first of them.
func TestImportHugeLine(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, start, want string }{
		{"h.csv", "household_id,lon,lat\n" + strings.Repeat("x", 8192), "line 2 is longer than 1048576 bytes"},
		{"a.geojson", `{"type":"Feature","properties":{"code":"` + strings.Repeat("x", 8192), "line 1: a feature is longer than 33554432 bytes"},
	} {
		path := writeFile(t, dir, tt.name, tt.start)
		if err := os.Truncate(path, 2<<30); err != nil { // a hole: zeros that take no room
			t.Fatal(err)
		}
		before := bytesRead(t)
		_, err := Import(context.Background(), newMemory(), []string{path}, Options{Now: now})
		if want := path + ": " + tt.want; errText(err) != want {
			t.Errorf("got %q, want %q", errText(err), want)
		}
		if n := bytesRead(t) - before; n > 1<<28 {
			t.Errorf("%s: refused after %d bytes", tt.name, n)
		}
	}
}

// bytesRead is how many bytes the process has read so far.
func bytesRead(t *testing.T) (n int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("only Linux counts what is read")
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestImportReport(t *testing.T) {
	store, paths := programme(t)
	dir := filepath.Dir(paths[0])
	writeFile(t, dir, "households.csv",
		"household_id,lon,lat,hamlet_code,note\nH1,108.11,16.05,019401,\nH2,16.06,108.06,,\nH3,16.1,108.1,,\nH4,108,16,9,\nH3,108.07,16.07,,\n")
	report := imports(t, store, Options{Rejects: filepath.Join(dir, "rejects.csv")}, paths...)
	for _, f := range report.Files {
		f.Seconds = 0
	}
	report.Seconds = 0
	golden(t, "report.golden", strings.ReplaceAll(report.Text(problem.English), dir, "DIR"))
	golden(t, "report.vi.golden", strings.ReplaceAll(report.Text(problem.Vietnamese), dir, "DIR"))
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json.golden", strings.ReplaceAll(string(text), dir, "DIR")+"\n")
}

func TestImportRealCommunes(t *testing.T) {
	store := newMemory()
	communes := realFile(t, "danang/communes.geojson")
	report := imports(t, store, Options{}, communes, realFile(t, "danang/province.geojson"))
	counts := imports(t, store, Options{}, realFile(t, "danang/communes.csv"))
	for i, want := range []FileReport{{Created: 94}, {Created: 1}, {Updated: 93, Unchanged: 1}} {
		f := append(report.Files, counts.Files...)[i]
		if f.Created != want.Created || f.Updated != want.Updated || f.Unchanged != want.Unchanged || f.Rejected != 0 {
			t.Errorf("%s: got %d created, %d updated, %d unchanged, %d rejected", f.File, f.Created, f.Updated,
				f.Unchanged, f.Rejected)
		}
	}
	people := 0
	for _, a := range store.areas {
		if a.Level == data.Commune && a.Parent != "48" {
			t.Errorf("%s %s: parent %q, want 48", a.Code, a.Name, a.Parent)
		}
		if a.Population != data.Unknown {
			people += a.Population
		}
	}
	if people != 3127193 {
		t.Errorf("got %d people, want 3127193", people)
	}
	t.Logf("\n%s", report)
}
