package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// binary is the program, built once for all tests; files is a small made-up programme.
var binary, files string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "tungnha-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary, files = filepath.Join(dir, "tungnha"), filepath.Join(dir, "files")
		for _, args := range [][]string{
			{"go", "build", "-o", binary, "."},
			{binary, "sample", "--out", files, "--households", "2500", "--seed", "7"},
		} {
			if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "%v: %v\n%s", args, err, out)
				return 1
			}
		}
		defer func() { stopPostGIS() }()
		return m.Run()
	}())
}

// result is what one run of the program left.
type result struct {
	status         int
	stdout, stderr string
}

// tungnha runs the program in dir.
func tungnha(t testing.TB, dir string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(context.Background(), binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "COLUMNS=80")
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// imported makes a database of the files in a new folder, and returns the folder.
func imported(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if r := tungnha(t, dir, append([]string{"import"}, sampleFiles()...)...); r.status != 0 {
		t.Fatalf("import: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	return dir
}

func sampleFiles() []string {
	var paths []string
	for _, name := range []string{"visits.csv", "areas.geojson", "hamlets.csv", "households.csv", "teams.csv"} {
		paths = append(paths, filepath.Join(files, name))
	}
	return paths
}

// TestStatus runs the program as people do, rightly and wrongly.
func TestStatus(t *testing.T) {
	dir := imported(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	unknownTeam := write("unknown.csv",
		"visit_id,household_id,team_id,visited_at,outcome\nx1,nobody,none,2026-01-01,completed\n")
	write("empty.csv", "")
	write("header.csv", "visit_id,household_id,team_id,visited_at,outcome\n")
	write("days.csv", "team_id,name,hamlet_codes,formed_on\nT-days,T\xf4\xd2,---,31/01/2025\n")
	write("odd.toml", "[thresholds]\nlow_covrage = 0.4\n")
	write("share.toml", "[thresholds]\nlow_coverage = 40\n")
	write("broken.toml", "name = \n")
	write("province.toml", "[thresholds.province.\"84\"]\nlow_coverage = 0.4\n")
	for _, c := range []struct {
		args   string
		status int
		stdout string // part of it
		stderr string
	}{
		{"", 0, "Usage: tungnha", ""},
		{"--help", 0, "Commands:", ""},
		{"serve --help", 0, "--households", ""},
		{"version", 0, "tungnha ", ""},
		{"dance", 2, "", "dance"},
		{"coverage --by street", 2, "", "--by"},
		{"coverage --from yesterday", 2, "", "yesterday"},
		{"coverage --from 2026-02-31", 2, "", "2026-02-31"},
		{"coverage --from 2026-03-31 --to 2026-03-01", 2, "", "--to"},
		{"coverage --by cell --resolution 16", 2, "", "--resolution"},
		{"coverage --parent 1", 2, "", "--parent"},
		{"coverage --by month --format geojson", 2, "", "geojson"},
		{"coverage --db none.gpkg", 1, "", "none.gpkg"},
		{"coverage --db postgres://u:geheim@localhost/x", 2, "", "PGPASSFILE"},
		{"coverage --db empty.csv/x.gpkg", 1, "", "empty.csv"},
		{"coverage --config none.toml", 2, "", "none.toml"},
		{"coverage --config odd.toml", 2, "", "thresholds.low_covrage"},
		{"coverage --config share.toml", 2, "", "thresholds.low_coverage"},
		{"coverage --config broken.toml", 2, "", "line 1"},
		{"coverage", 0, "TOTAL", ""},
		{"coverage --level commune --suppress", 0, "TOTAL", ""},
		{"export areas --min-zoom 3 -o a.csv", 2, "", "pmtiles only"},
		{"copy tungnha.gpkg ./tungnha.gpkg", 2, "", "name another"},
		{"export areas -o a.shp", 2, "", "pmtiles"},
		{"export areas -o v.csv --suppress", 0, "", ""},
		{"verify v.csv", 0, "agrees", ""},
		{"verify v.csv-metadata.json", 1, "", "metadata of an export"},
		{"verify unknown.csv", 1, "", "unknown.csv-metadata.json"},
		{"verify none.csv", 2, "", "none.csv"},
		{"export teams -o v.parquet", 0, "", ""},
		{"verify v.parquet", 0, "do not add up", ""},
		{"export flags -o a.pmtiles", 2, "", "an archive of tiles is of cells or areas"},
		{"export cells -o a.pmtiles --max-zoom 17", 2, "", "--max-zoom: 17 is outside 0 to 16"},
		{"export cells -o a.pmtiles --min-zoom 9 --max-zoom 8", 2, "", "--min-zoom: 9 is outside 0 to 8"},
		{"export cells -o a.pmtiles --resolution 8", 2, "", "--resolution: the zoom decides"},
		{"export areas -o a.pmtiles --level commune", 2, "", "--level: the zoom decides"},
		{"export areas -o a.pmtiles --hotspots", 2, "", "only the layer cells"},
		{"export streets -o a.csv", 2, "", "streets"},
		{"export teams --hotspots -o a.csv", 2, "", "--hotspots"},
		{"export cells --hotspots --format csv -o -", 0, "gi_z", ""},
		{"coverage --config province.toml", 0, "TOTAL", "code=84"},
		{"export areas -o -", 2, "", "--format"},
		{"export areas", 2, "", "--output"},
		{"export areas -o nowhere/a.csv", 1, "", "nowhere"},
		{"export flags --kind lonely -o a.csv", 2, "", "lonely"},
		{"export areas --kind no_team -o a.csv", 2, "", "--kind"},
		{"export households --suppress -o a.csv", 2, "", "--suppress"},
		{"export areas -o a.csv", 0, "", ""},
		{"import", 2, "", "<file>"},
		{"import none.csv", 1, "", "none.csv"},
		{"import empty.csv", 1, "", "empty.csv"},
		{"import odd.toml", 1, "", "odd.toml"},
		{"import header.csv", 3, "a header and no row", ""},
		{"import days.csv", 3, "--encoding windows-1258", ""},
		{"import days.csv --encoding windows-1258", 3, "--dates dmy", ""},
		{"import days.csv --encoding windows-1258 --dates dmy", 0, "notes", ""},
		{"import days.csv --dates mdy", 2, "", "--dates"},
		{"import days.csv --encoding tcvn3", 2, "", "--encoding"},
		{"import unknown.csv --kind streets", 2, "", "streets"},
		{"import unknown.csv --rejects rejects.csv", 3, "unknown team none", ""},
		{"sample", 2, "", "--out"},
		{"sample --out s --households -1", 2, "", "--households"},
		{"sample --out s --areas none.geojson", 1, "", "none.geojson"},
		{"serve --db none.gpkg", 1, "", "none.gpkg"},
		{"serve --addr 127.0.0.1:99999", 2, "", "99999"},
		{"serve --addr nowhere", 2, "", "want HOST:PORT"},
		{"serve --public-url map.example.vn", 2, "", "https://map.example.vn"},
		{"serve --households=perhaps", 2, "", "show"},
		{"serve --origin portal", 2, "", "portal"},
		{"demo --db tungnha.gpkg", 1, "", "not a demonstration"},
	} {
		r := tungnha(t, dir, strings.Fields(c.args)...)
		if r.status != c.status || !strings.Contains(r.stdout, c.stdout) || !strings.Contains(r.stderr, c.stderr) {
			t.Errorf("%s: status %d, want %d with %q and %q\nstdout: %.300s\nstderr: %.300s", c.args, r.status,
				c.status, c.stdout, c.stderr, r.stdout, r.stderr)
		}
		if c.status != 0 && c.status != 3 && r.stdout != "" {
			t.Errorf("%s: failed, and wrote %.200q to standard output", c.args, r.stdout)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none.gpkg")); err == nil {
		t.Error("a mistyped --db made a database")
	}
	rejects, err := os.ReadFile(filepath.Join(dir, "rejects.csv"))
	if err != nil || !strings.Contains(string(rejects), "x1,nobody,none") {
		t.Errorf("rejects of %s: %v %q", unknownTeam, err, rejects)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestHelp keeps what the commands and flags are called, which people rely on.
func TestHelp(t *testing.T) {
	var all strings.Builder
	for _, command := range []string{"", "demo", "serve", "import", "coverage", "export", "verify", "sample", "copy",
		"check", "backup", "revert"} {
		r := tungnha(t, t.TempDir(), append(strings.Fields(command), "--help")...)
		fmt.Fprintf(&all, "$ tungnha %s\n%s\n", strings.TrimSpace(command+" --help"), r.stdout)
	}
	const golden = "testdata/help.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Errorf("the help changed: look at the difference, then go test ./cmd/tungnha -update\n%s", all.String())
	}
}

// TestFormats compares the sums of one query in all its formats.
func TestFormats(t *testing.T) {
	dir := imported(t)
	households := func(name string, n []uint32) (sum uint32) {
		for _, h := range n {
			sum += h
		}
		if sum < 2000 {
			t.Errorf("%s: only %d households", name, sum)
		}
		return sum
	}
	var answer struct {
		Total struct{ Households uint32 }
		Rows  []struct{ Households uint32 }
	}
	r := tungnha(t, dir, "coverage", "--format", "json")
	if err := json.Unmarshal([]byte(r.stdout), &answer); err != nil {
		t.Fatal(err)
	}
	var fromJSON, fromCSV, fromGeoJSON []uint32
	for _, row := range answer.Rows {
		fromJSON = append(fromJSON, row.Households)
	}
	r = tungnha(t, dir, "coverage", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.stdout, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var n uint32
		for i, column := range rows[0] {
			if column == "households" {
				fmt.Sscan(row[i], &n)
			}
		}
		fromCSV = append(fromCSV, n)
	}
	if r = tungnha(t, dir, "export", "areas", "-o", "a.geojson"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	text, err := os.ReadFile(filepath.Join(dir, "a.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	var collection struct {
		Features []struct{ Properties struct{ Households uint32 } }
	}
	if err := json.Unmarshal(text, &collection); err != nil {
		t.Fatal(err)
	}
	for _, f := range collection.Features {
		fromGeoJSON = append(fromGeoJSON, f.Properties.Households)
	}
	a, b, c := households("json", fromJSON), households("csv", fromCSV), households("geojson", fromGeoJSON)
	if a != b || b != c || a != answer.Total.Households {
		t.Errorf("households: %d in JSON, %d in CSV, %d in GeoJSON; the total is %d", a, b, c, answer.Total.Households)
	}
	if r = tungnha(t, dir, "export", "cells", "--format", "geojsonl", "-o", "-"); r.status != 0 || !strings.HasPrefix(r.stdout, `{"type":"Feature"`) {
		t.Errorf("to standard output: status %d, %.100q", r.status, r.stdout)
	}
	for _, by := range []string{"area", "cell"} { // what is printed for a map is a file like any other
		r := tungnha(t, dir, "coverage", "--by", by, "--format", "geojson")
		if err := os.WriteFile(filepath.Join(dir, "printed.geojson"), []byte(r.stdout), 0o644); err != nil {
			t.Fatal(err)
		}
		if r = tungnha(t, dir, "verify", "printed.geojson"); r.status != 0 ||
			!strings.Contains(r.stdout, "the rows add up to the total in all") {
			t.Errorf("coverage --by %s --format geojson: verify ends with %d\n%s%s", by, r.status, r.stdout, r.stderr)
		}
	}
}

// TestLevels checks the level of areas where none is named: as that of the routes.
func TestLevels(t *testing.T) {
	dir := imported(t)
	read := func(args ...string) (codes, levels []string) {
		r := tungnha(t, dir, append(args, "--format", "csv")...)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.stdout, "\ufeff"))).ReadAll()
		if r.status != 0 || err != nil || len(rows) < 2 {
			t.Fatalf("%v: status %d, error %v, %d rows: %s", args, r.status, err, len(rows), r.stderr)
		}
		code, level := slices.Index(rows[0], "code"), slices.Index(rows[0], "level")
		for _, row := range rows[1:] {
			if row[code] == "" { // what belongs to no area
				continue
			}
			codes = append(codes, row[code])
			if !slices.Contains(levels, row[level]) {
				levels = append(levels, row[level])
			}
		}
		return codes, levels
	}
	communes, _ := read("export", "areas", "-o", "-")
	for _, c := range []struct{ args, want string }{
		{"export areas -o -", "commune"},
		{"coverage", "commune"},
		{"export areas -o - --parent " + communes[0], "hamlet"},
		{"coverage --parent " + communes[0], "hamlet"},
		{"export areas -o - --level hamlet", "hamlet"},
		{"export flags -o -", "hamlet"},
		{"export flags -o - --level commune", "commune"},
	} {
		if _, levels := read(strings.Fields(c.args)...); len(levels) != 1 || levels[0] != c.want {
			t.Errorf("%s: rows of %v, want %s", c.args, levels, c.want)
		}
	}
}

// TestSettings sets one thing in the file, the environment and on the command line.
func TestSettings(t *testing.T) {
	dir := imported(t)
	if err := os.Rename(filepath.Join(dir, "tungnha.gpkg"), filepath.Join(dir, "other.gpkg")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tungnha.toml")
	if err := os.WriteFile(path, []byte("db = \"other.gpkg\"\n[thresholds]\nlow_coverage = 0.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := tungnha(t, dir, "coverage"); r.status != 1 {
		t.Errorf("without the file: status %d", r.status)
	}
	r := tungnha(t, dir, "coverage", "--config", path, "--level", "commune")
	if r.status != 0 || strings.Contains(r.stdout, "low_coverage") {
		t.Errorf("with the file: status %d, or flags by another threshold\n%s%s", r.status, r.stdout, r.stderr)
	}
	t.Setenv("TUNGNHA_DB", "env.gpkg")
	if r := tungnha(t, dir, "coverage", "--config", path); r.status != 1 || !strings.Contains(r.stderr, "env.gpkg") {
		t.Errorf("the environment over the file: status %d, %s", r.status, r.stderr)
	}
	if r := tungnha(t, dir, "coverage", "--config", path, "--db", "other.gpkg"); r.status != 0 {
		t.Errorf("the command line over both: status %d, %s", r.status, r.stderr)
	}
}

// TestExampleSettings compares the documented settings with the code: all keys, all defaults.
func TestExampleSettings(t *testing.T) {
	got, err := readSettings("../../docs/tungnha.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := defaultSettings()
	if got.Thresholds.Thresholds != want.Thresholds.Thresholds || len(got.provinces) > 0 {
		t.Errorf("thresholds: got %+v, want %+v", got.Thresholds, want.Thresholds)
	}
	text, err := os.ReadFile("../../docs/tungnha.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keysOf(reflect.TypeFor[settings]()) {
		if !strings.Contains(string(text), "\n"+key+" = ") && !strings.Contains(string(text), "."+key+".") {
			t.Errorf("%s is not documented", key)
		}
	}
}

// keysOf lists the keys of a settings type and of those within it.
func keysOf(of reflect.Type) (keys []string) {
	for f := range of.Fields() {
		if !f.IsExported() {
			continue
		}
		switch f.Type.Kind() {
		case reflect.Struct:
			keys = append(keys, keysOf(f.Type)...)
		case reflect.Slice:
			if f.Type.Elem().Kind() == reflect.Struct {
				keys = append(keys, keysOf(f.Type.Elem())...)
				continue
			}
			fallthrough
		default:
			keys = append(keys, f.Tag.Get("toml"))
		}
	}
	return keys
}

// TestInterruptedExport leaves the file that was there.
func TestInterruptedExport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := writeWhole(path, func(w io.Writer) error {
		w.Write([]byte("half"))
		return context.Canceled
	})
	text, readErr := os.ReadFile(path)
	if err == nil || readErr != nil || string(text) != "old" {
		t.Errorf("error %v, then %q %v; want the old file", err, text, readErr)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
