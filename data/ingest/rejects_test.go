package ingest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A rejects file contains the rows byte for byte, and mended it is a file to import.
func TestRejectsMendedCSV(t *testing.T) {
	tests := []struct {
		name, content, rejects string
		mend                   []string // old, new …
		created                int
	}{
		{
			name: "as a spreadsheet writes it",
			content: "\ufeffhousehold_id;lon;lat;note\r\n" +
				"H8;108,05;16,05;\"giữ \"\"nguyên\"\"; vậy\"\r\n" +
				"H9;16,06;108,06;\"giữ \"\"nguyên\"\"; vậy\"\r\n",
			rejects: "\ufeff_line;_field;_reason;household_id;lon;lat;note\r\n" +
				"3;lon;16.06, lat 108.06: longitude and latitude look swapped;H9;16,06;108,06;\"giữ \"\"nguyên\"\"; vậy\"\r\n",
			mend:    []string{"H9;16,06;108,06", "H9;108,06;16,06"},
			created: 1,
		},
		{
			name:    "too few and too many columns",
			content: "household_id,lon,lat,hamlet_code\nH8,108.05,16.05\n\"H9\", 108,05,16,05,\n",
			rejects: "_line,_field,_reason,household_id,lon,lat,hamlet_code\n" +
				"2,,3 columns where the header has 4,H8,108.05,16.05\n" +
				"3,,6 columns where the header has 4: is there a comma in a number or a name without quotes around it?,\"H9\", 108,05,16,05,\n",
			mend:    []string{"16.05\n", "16.05,\n", "108,05,16,05,", "108.05,16.05,"},
			created: 2,
		},
		{
			name:    "from the store, with a line break in quotes",
			content: "household_id,lon,lat,hamlet_code,note\nH8,108.05,16.05,9,\"a\nb\"\nH9,108.05,16.05,8,\n",
			rejects: "_line,_field,_reason,household_id,lon,lat,hamlet_code,note\n" +
				"2,hamlet_code,unknown hamlet 9,H8,108.05,16.05,9,\"a\nb\"\n" +
				"4,hamlet_code,unknown hamlet 8,H9,108.05,16.05,8,\n",
			mend:    []string{",9,\"", ",019401,\"", ",8,\n", ",019402,\n"},
			created: 2,
		},
		{
			name:    "broken UTF-8",
			content: "household_id,lon,lat\nH\xe19,108.05,16.05\n",
			rejects: "_line,_field,_reason,household_id,lon,lat\n" +
				`2,household_id,"is not UTF-8 text (byte 0xE1 at position 2); save the file as UTF-8, or import it with ` +
				`--encoding windows-1258 (encoding=windows-1258 over HTTP) if an old program wrote it",H` +
				"\xe19,108.05,16.05\n",
			mend:    []string{"\xe1", "á"},
			created: 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store, paths := programme(t)
			dir := filepath.Dir(paths[0])
			path := filepath.Join(dir, "rejects.csv")
			report := imports(t, store, Options{Rejects: path}, writeFile(t, dir, "households.csv", tt.content))
			if got := report.Files[0].RejectsFile; got != path {
				t.Errorf("rejects file: got %q, want %q", got, path)
			}
			if got := readFile(t, path); got != tt.rejects {
				t.Fatalf("rejects:\n got %q\nwant %q", got, tt.rejects)
			}
			// Unmended, into the same file: the rejects of rejects look the same but for
			// their lines.
			imports(t, store, Options{Rejects: path}, path)
			if got, want := strings.Count(readFile(t, path), "_reason"), 1; got != want {
				t.Errorf("rejects of rejects have %d columns _reason, want %d", got, want)
			}
			mended := strings.NewReplacer(tt.mend...).Replace(readFile(t, path))
			f := imports(t, store, Options{Rejects: path}, writeFile(t, dir, "mended.csv", mended)).Files[0]
			if f.Created != tt.created || f.Rejected != 0 || f.RejectsFile != "" {
				t.Errorf("mended: got %+v, want %d created; from %q", f, tt.created, mended)
			}
			for _, w := range f.Warnings {
				if strings.Contains(w.First[0].Reason, `"_`) {
					t.Errorf("mended: a warning about columns of the rejects: %s", w.First[0].Reason)
				}
			}
		})
	}
}

func TestRejectsMendedGeoJSON(t *testing.T) {
	content := `{"type":"FeatureCollection","features":[
{ "type":"Feature", "properties":{"household_id":"H7","note":"\u00e1,}"},
  "geometry":{"type":"Point","coordinates":[16.05,108.05]}},
{"type":"Feature","id":"H8","properties":null,"geometry":{"type":"Point","coordinates":[1080.5,16.05]}},
{"type":"Feature","id":"H6","geometry":{"type":"Point","coordinates":[16.05,108.05]}},
{"type":"Feature","properties":{"household_id":"H9"},"geometry":{"type":"Point","coordinates":[NAN,
  16.05]}}
]}`
	want := `{"type":"Feature","properties":{"_line":2,"_field":"lon","_reason":"16.05, lat 108.05: longitude and latitude look swapped","household_id":"H7","note":"\u00e1,}"},"geometry":{"type":"Point","coordinates":[16.05,108.05]}}
{"type":"Feature","id":"H8","properties":{"_line":4,"_field":"lon","_reason":"1080.5: out of range, want -180 to 180"},"geometry":{"type":"Point","coordinates":[1080.5,16.05]}}
{"properties":{"_line":5,"_field":"lon","_reason":"16.05, lat 108.05: longitude and latitude look swapped"},"type":"Feature","id":"H6","geometry":{"type":"Point","coordinates":[16.05,108.05]}}
{"_line":6,"_field":"","_reason":"is not sound JSON: \"NAN\" where a value should stand","type":"Feature","properties":{"household_id":"H9"},"geometry":{"type":"Point","coordinates":[NAN,   16.05]}}
`
	store, paths := programme(t)
	dir := filepath.Dir(paths[0])
	o := Options{Rejects: filepath.Join(dir, "rejects.csv")}
	report := imports(t, store, o, writeFile(t, dir, "households.geojson", content))
	path := report.Files[0].RejectsFile
	if filepath.Base(path) != "rejects.geojsonl" {
		t.Errorf("rejects file: got %q, want one that ends in rejects.geojsonl", path)
	}
	if got := readFile(t, path); got != want {
		t.Fatalf("rejects:\n got %s\nwant %s", got, want)
	}
	imports(t, store, o, path)
	if got := strings.Count(readFile(t, path), "_reason"); got != 5 { // the broken one keeps both
		t.Errorf("rejects of rejects name %d reasons, want 5:\n%s", got, readFile(t, path))
	}
	mended := strings.NewReplacer("16.05,108.05", "108.05,16.05", "1080.5", "108.05", "NAN",
		"108.05").Replace(readFile(t, path))
	f := imports(t, store, o, writeFile(t, dir, "mended.geojson", mended)).Files[0]
	if f.Created != 4 || f.Rejected != 0 {
		t.Errorf("mended: got %+v, want 4 created; from\n%s", f, mended)
	}
}

func TestRejectsOfSeveralFiles(t *testing.T) {
	store, paths := programme(t)
	dir := filepath.Dir(paths[0])
	other := filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	bad := "household_id,lon,lat\nH9,1,\n"
	inputs := []string{
		writeFile(t, dir, "a.csv", bad),
		writeFile(t, dir, "sound.csv", "household_id,lon,lat\nH9,108.05,16.05\n"),
		writeFile(t, other, "a.csv", bad),
		writeFile(t, dir, "a.geojson", `{"household_id":"H9","lon":1,"lat":null}`),
	}
	report := imports(t, store, Options{Rejects: filepath.Join(dir, "out.txt")}, inputs...)
	want := []string{"out-a.txt", "", "out-a-2.txt", "out-a.geojsonl"}
	for i, f := range report.Files {
		got := f.RejectsFile
		if got != "" {
			readFile(t, got)
			got = filepath.Base(got)
		}
		if got != want[i] {
			t.Errorf("%s: got %q, want %q", f.File, got, want[i])
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 5+1+3+3 {
		t.Errorf("the directory holds %v, want the inputs and three rejects files", entries)
	}
}

func TestRejectsCannotBeWritten(t *testing.T) {
	store, paths := programme(t)
	dir := filepath.Dir(paths[0])
	path := writeFile(t, dir, "a.csv", "household_id,lon,lat\nH8,108.05,16.05\nH9,1,\n")
	_, err := Import(context.Background(), store, []string{path},
		Options{Now: now, Rejects: filepath.Join(dir, "none", "r.csv")})
	if err == nil || !strings.Contains(err.Error(), "rejects file "+filepath.Join(dir, "none", "r.csv")) {
		t.Errorf("got %v, want an error that names the rejects file", err)
	}
	if _, ok := store.households["H8"]; ok {
		t.Error("the import failed and was kept")
	}
}
