package ingest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tungnha/internal/problem"
)

var update = flag.Bool("update", false, "write the golden files anew")

// badInputs are files with something wrong, and a few that only look so. The report of an
// import of each is in testdata/badinput.golden.
var badInputs = []struct {
	name    string
	file    string // its name; the importer does not depend on the extension
	content string
}{
	// Files that cannot be read at all.
	{"empty file", "visits.csv", ""},
	{"nothing but space", "visits.csv", "\n  \r\n\n"},
	{"nothing but a byte order mark", "visits.csv", "\ufeff"},
	{"header of another table", "people.csv", "ho_ten,so_dien_thoai\nAn,0\n"},
	{"missing column", "households.csv", "household_id,lon\nH9,108\n"},
	{"missing columns", "visits.csv", "visit_id,household_id,visited_at\nV9,H1,2026-03-01\n"},
	{"column twice", "households.csv", "household_id,lon,lat,Lat\nH9,108,16,16\n"},
	{"teams without hamlets", "teams.csv", "team_id,name,members\nT9,Tổ 9,7\n"},
	{"kind not told by the columns", "x.csv", "name,valid_from\na,2025-01-01\n"},
	{"workbook", "households.xlsx", "PK\x03\x04\x14\x00\x06\x00"},
	{"old workbook", "households.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
	{"UTF-16", "households.csv", "\xff\xfeh\x00o\x00"},
	{"web page", "households.csv", "<!DOCTYPE html><html><body>404</body></html>"},
	{"database", "tungnha.gpkg", "SQLite format 3\x00"},
	{"zero bytes", "households.csv", "household_id,lon,lat\x00\n"},
	{"header not UTF-8", "teams.csv", "team_id,hamlet_codes,t\xean\nT9,019401,x\n"},
	{"huge line", "households.csv", "household_id,lon,lat\n" + strings.Repeat("x", maxCSVRow+10)},
	{"huge header", "households.csv", strings.Repeat("x", maxCSVRow+10)},
	{"quote never closed", "teams.csv", "team_id,name,hamlet_codes\nT8,\"Tổ 8,019401\nT9,Tổ 9,019402\n"},
	{"quote not closed for a megabyte", "teams.csv", "team_id,name,hamlet_codes\nT8,\"Tổ 8,019401\n" +
		strings.Repeat("T9,Tổ 9,019402\n", 80000)},
	{"GeoJSON that breaks off", "areas.geojson", areasFile[:len(areasFile)-60]},
	{"GeoJSON without its end", "areas.geojson", areasFile[:len(areasFile)-2]},
	{"GeoJSON without a comma", "areas.geojson", strings.Replace(areasFile, "},\n{", "}\n{", 1)},
	{"GeoJSON in VN-2000", "areas.geojson", strings.Replace(areasFile, `"features"`, `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5899"}},"features"`, 1)},
	{"GeoJSON with a number for a feature", "areas.geojson", `{"type":"FeatureCollection","features":[1,2]}`},
	{"GeoJSON without features", "areas.geojson", `{"type":"FeatureCollection","features":[]}`},
	{"GeoJSON without properties", "areas.geojson", `{"type":"Feature","properties":{},"geometry":null}`},
	{"JSON that says nothing", "areas.json", `{}`},
	{"bare geometry", "areas.geojson", `{"type":"Point","coordinates":[108,16]}`},
	{"TopoJSON", "areas.json", `{"type":"Topology","objects":{},"arcs":[]}`},

	// Households.
	{"swapped longitude and latitude", "households.csv", "household_id,lon,lat,hamlet_code\nH9,16.05,108.05,019401\n"},
	{"VN-2000 metres", "households.csv", "household_id,lon,lat,hamlet_code\nH9,541234.5,1776543.2,019401\n"},
	{"NaN", "households.csv", "household_id,lon,lat\nH9,NaN,16.05\nH9,108.05,Inf\n"},
	{"latitude out of range", "households.csv", "household_id,lon,lat\nH9,108.05,94.1\n"},
	{"longitude out of range", "households.csv", "household_id,lon,lat\nH9,1080.5,16.05\n"},
	{"not a number", "households.csv", "household_id,lon,lat\nH9,108°03',16.05\nH9,0x1p4,16\n"},
	{"no coordinates", "households.csv", "household_id,lon,lat\nH9,,16.05\n"},
	{"decimal commas and semicolons", "households.csv",
		"household_id;lon;lat;hamlet_code\nH8;108,05;16,05;019401\nH9;108,0512345;16,05;019402\n"},
	{"decimal commas between commas", "households.csv", "household_id,lon,lat\nH9,108,05,16,05\n"},
	{"tabs", "households.tsv", "household_id\tlon\tlat\nH9\t108.05\t16.05\n"},
	{"byte order mark and Windows line ends", "households.csv",
		"\ufeffhousehold_id,lon,lat\r\nH8,108.05,16.05\r\nH9,108.06,16.06\r\n"},
	{"sep= line", "households.csv", "sep=;\nhousehold_id;lon;lat\nH9;108,05;16,05\n"},
	{"blank rows", "households.csv", "household_id,lon,lat\n\nH9,108.05,16.05\n,,\n\n"},
	{"header in other letters", "households.csv",
		"Household ID, LON ,lat,Hamlet-Code,note\nH9,108.05,16.05,019401,x\n"},
	{"too few columns", "households.csv", "household_id,lon,lat,hamlet_code\nH9,108.05,16.05\n"},
	{"leading zeros lost in exponents", "households.csv",
		"household_id,lon,lat,hamlet_code\n2.0194E+04,108.05,16.05,019401\nH9,108.05,16.05,1.9401E+04\nH9,108.05,16.05,19401.0\n"},
	{"unknown hamlet", "households.csv", "household_id,lon,lat,hamlet_code\nH9,108.05,16.05,019499\n"},
	{"empty id", "households.csv", "household_id,lon,lat\n  ,108.05,16.05\n"},
	{"long id", "households.csv", "household_id,lon,lat\n" + strings.Repeat("ộ", 40) + ",108.05,16.05\n"},
	{"control character in an id", "households.csv", "household_id,lon,lat\n\"H\n9\",108.05,16.05\n"},
	{"direction of text turned in an id", "households.csv",
		"household_id,lon,lat,hamlet_code\nH\u202e9,108.05,16.05,019401\nH9,108.05,16.05,01\u20669401\n"},
	{"direction of text turned in the code of an area", "areas.csv",
		"code,name,level,parent\n4\u200f8,Đà Nẵng,province,\n20101,Hải Châu,commune,4\u061c8\n"},
	{"31 February", "households.csv", "household_id,lon,lat,registered_on\nH9,108.05,16.05,2026-02-31\n"},
	{"day first", "households.csv", "household_id,lon,lat,registered_on\nH9,108.05,16.05,31/12/2025\n"},
	{"removed before registered", "households.csv",
		"household_id,lon,lat,registered_on,removed_on\nH9,108.05,16.05,2026-02-01,2026-01-31\n"},
	{"given twice", "households.csv", "household_id,lon,lat\nH9,108.05,16.05\nH9,108.05,16.05\nH9,108.06,16.05\n"},
	{"outside its commune", "households.csv",
		"household_id,lon,lat,hamlet_code\nH8,108.11,16.05,019401\nH9,108.11,16.05,\n"},
	{"broken UTF-8", "households.csv", "household_id,lon,lat,hamlet_code\nH9,108.05,16.05,01\xe19401\n"},
	{"text behind a quote", "households.csv", "household_id,lon,lat\n\"H9\"x,108.05,16.05\n"},
	{"household as a polygon", "households.geojson", `{"type":"Feature","properties":{"household_id":"H8","lon":1,"lat":1},"geometry":{"type":"Polygon","coordinates":[[[108,16],[108.1,16],[108,16.1],[108,16]]]}}`},
	{"household in NaN", "households.geojson", `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"household_id":"H8"},"geometry":{"type":"Point","coordinates":[NaN,16.05]}},
{"type":"Feature","properties":{"household_id":"H9"},"geometry":{"type":"Point","coordinates":[108.05]}},
{"type":"Feature","properties":{"household_id":"H7"},"geometry":{"type":"Point","coordinates":[108.05,16.05,12.5]}}]}`},
	{"household in swapped GeoJSON", "households.geojson", `{"type":"Feature","properties":{"household_id":"H8"},"geometry":{"type":"Point","coordinates":[16.05,108.05]}}`},

	// Teams.
	{"unknown hamlet of a team", "teams.csv", "team_id,hamlet_codes\nT9,019401;019499\n"},
	{"hamlets between bars and commas", "teams.csv", "team_id,hamlet_codes\nT8,019401|019402\nT9,\"019401, 019402\"\n"},
	{"negative members", "teams.csv", "team_id,hamlet_codes,members\nT9,019401,-7\nT9,019401,6.5\n"},
	{"dissolved before formed", "teams.csv",
		"team_id,hamlet_codes,formed_on,dissolved_on\nT9,019401,2026-01-01,2025-01-01\n"},
	{"broken UTF-8 in a name", "teams.csv", "team_id,name,hamlet_codes\nT9,T\xe6 9,019401\n"},

	// Visits.
	{"unknown household", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome\nV9,H99,T1,2026-03-01,absent\n"},
	{"unknown team", "visits.csv", "visit_id,household_id,team_id,visited_at,outcome\nV9,H1,T99,2026-03-01,absent\n"},
	{"future", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome\nV8,H1,T1,2026-03-17,absent\nV9,H1,T1,2026-03-15T12:05:00+07:00,absent\n"},
	{"time without a zone", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome\nV9,H1,T1,2026-03-01T09:30:00,absent\n"},
	{"time that is none", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome\nV9,H1,T1,yesterday,absent\nV9,H1,T1,2026-02-29T09:30:00Z,absent\nV9,H1,T1,2026-03-01T25:00:00Z,absent\nV9,H1,T1,,absent\n"},
	{"unknown outcome", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome\nV9,H1,T1,2026-03-01,Completed\nV9,H1,T1,2026-03-01,\n"},
	{"unknown skill", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome,assessed\nV9,H1,T1,2026-03-01,completed,payment;cooking\n"},
	{"shown but not assessed", "visits.csv",
		"visit_id,household_id,team_id,visited_at,outcome,assessed,shown\nV9,H1,T1,2026-03-01,completed,payment,payment;safety\n"},
	{"visits as lines of JSON", "visits.ndjson", `{"visit_id":"V8","household_id":"H1","team_id":"T1","visited_at":"2026-03-01","outcome":"completed","assessed":["payment"],"shown":["payment"]}
{"visit_id":"V9","household_id":"H1","team_id":"T1","visited_at":"2026-03-01","outcome":"completed","assessed":{"payment":true},"shown":[["payment"]]}
{"visit_id":"V9","household_id":"H1",team_id:"T1"}
`},

	// Areas.
	{"nested GeometryCollection", "areas.geojson", `{"type":"Feature","id":"0195","properties":{"name":"A","kind":"Xã"},"geometry":{"type":"GeometryCollection","geometries":[{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[108,16]}]}]}}`},
	{"GeometryCollection without end", "areas.geojson", `{"type":"Feature","id":"0195","properties":{"name":"A","kind":"Xã"},"geometry":` + strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 100) + strings.Repeat(`]}`, 100) + `}`},
	{"area that crosses itself", "areas.geojson", `{"type":"Feature","id":"0195","properties":{"name":"A","kind":"Xã"},"geometry":{"type":"Polygon","coordinates":[[[108,16],[108.1,16.1],[108.1,16],[108,16.1],[108,16]]]}}`},
	{"area as a line", "areas.geojson", `{"type":"Feature","id":"0195","properties":{"name":"A","kind":"Xã"},"geometry":{"type":"LineString","coordinates":[[108,16],[108.1,16.1]]}}`},
	{"area in metres", "areas.geojson", `{"type":"Feature","id":"0195","properties":{"name":"A","kind":"Xã"},"geometry":{"type":"Polygon","coordinates":[[[541234,1776543],[541334,1776543],[541334,1776643],[541234,1776543]]]}}`},
	{"ring left open", "areas.geojson", `{"type":"Feature","id":"0195","properties":{"name":"A","kind":"Xã","area_km2":1},"geometry":{"type":"Polygon","coordinates":[[[108,16],[108.1,16],[108.1,16.1],[108,16.1]]]}}`},
	{"unknown kind of area", "hamlets.csv", "code,name,kind\n0195,A,Vùng\n0195,A,\n"},
	{"unknown level", "areas.csv", "code,name,kind,level\n0195,A,Xã,ward\n"},
	{"area without a name", "hamlets.csv", "code,name,kind\n0195,,Xã\n"},
	{"its own parent", "hamlets.csv", "code,name,kind,parent\n0195,A,Thôn,0195\n"},
	{"a parent of the same level", "hamlets.csv",
		"code,name,kind,parent\n0195,A,Thôn,0196\n0196,B,Thôn,0194\n"},
	{"negative population", "areas.csv", "code,name,kind,population\n0195,A,Xã,-1\n0195,A,Xã,48.992\n"},
	{"valid to before valid from", "areas.csv",
		"code,name,kind,valid_from,valid_to\n0195,A,Xã,2025-07-01,2025-06-30\n"},
	{"control character in JSON", "areas.geojson",
		"{\"type\":\"Feature\",\"properties\":{\"code\":\"01\u000195\",\"name\":\"A\",\"kind\":\"Xã\"}}"},
	{"broken UTF-8 in JSON", "areas.geojson",
		"{\"type\":\"Feature\",\"properties\":{\"code\":\"0195\",\"name\":\"\xc3\x28\",\"kind\":\"Xã\"}}"},
}

func TestBadInputs(t *testing.T) {
	for name, lang := range map[string]problem.Lang{"badinput.golden": problem.English,
		"badinput.vi.golden": problem.Vietnamese} {
		var got strings.Builder
		for _, tt := range badInputs {
			t.Run(tt.name, func(t *testing.T) {
				fmt.Fprintf(&got, "== %s\n%s\n", tt.name, importBad(t, tt.file, tt.content, lang))
			})
		}
		golden(t, name, got.String())
	}
}

// importBad imports one file into a small programme and returns the report, and checks that a
// file that is refused changes nothing.
func importBad(t *testing.T, name, content string, lang problem.Lang) string {
	t.Helper()
	store, _ := programme(t)
	dir := t.TempDir()
	path := writeFile(t, dir, name, content)
	before := fmt.Sprint(store)
	report, err := Import(context.Background(), store, []string{path},
		Options{Now: now, Rejects: filepath.Join(dir, "rejects.csv")})
	if err != nil {
		if fmt.Sprint(store) != before {
			t.Errorf("the file was refused and changed the store all the same")
		}
		entries, _ := os.ReadDir(dir)
		if len(entries) != 1 {
			t.Errorf("the file was refused and left %v", entries)
		}
		var file *FileError
		if !errors.As(err, &file) || file.Problem() == nil {
			t.Fatalf("got %v, want a problem of the file", err)
		}
		return "error: " + strings.TrimPrefix(file.Problem().Sentence(lang), dir+"/") + "\n"
	}
	var b strings.Builder
	f := report.Files[0]
	fmt.Fprintf(&b, "%s: %d rows, %d created, %d rejected\n", f.Kind, f.Rows, f.Created, f.Rejected)
	for _, finding := range f.Rejects {
		for _, note := range finding.First {
			fmt.Fprintf(&b, "  line %d: %s\n", note.Line, withField(finding.Field, note.Reason, note.ReasonVI, lang))
		}
	}
	for _, finding := range f.Warnings {
		if strings.HasPrefix(finding.Reason, "the file has no column") {
			continue // true of most files here
		}
		for _, note := range finding.First {
			fmt.Fprintf(&b, "  warning, line %d: %s\n", note.Line,
				withField(finding.Field, note.Reason, note.ReasonVI, lang))
		}
	}
	return b.String()
}

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		var g, w string
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if g != w {
			t.Fatalf("%s line %d:\n got %q\nwant %q", path, i+1, g, w)
		}
	}
}
