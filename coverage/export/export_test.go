package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"

	"tungnha/coverage"
	"tungnha/coverage/internal/fixture"
	"tungnha/data"
	"tungnha/internal/problem"
)

func build(t *testing.T) *coverage.Index {
	t.Helper()
	ix, err := coverage.Build(t.Context(), fixture.TwoCommunes(), fixture.Config())
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

var window = coverage.Query{From: fixture.Day("2026-03-01"), To: fixture.Day("2026-03-31"), Resolution: 8}

// write returns the layer's file for the operator.
func write(t *testing.T, view *coverage.View, req Request, format Format) []byte {
	t.Helper()
	table, err := NewTable(t.Context(), view, req)
	if err != nil {
		t.Fatalf("%s: %v", req.Layer, err)
	}
	var out bytes.Buffer
	if err := table.Write(t.Context(), &out, format); err != nil {
		t.Fatalf("%s.%s: %v", req.Layer, format, err)
	}
	return out.Bytes()
}

type collection struct {
	Type     string
	Version  string
	Total    struct{ Households, Reached int }
	Features []struct {
		ID         string
		BBox       []float64
		Geometry   *struct{ Type string }
		Properties map[string]any
	}
}

// TestLayersAddUp reads every layer back from GeoJSON, GeoJSON lines, CSV and XLSX: each
// has the same households, and areas and cells add up to the file's own total.
func TestLayersAddUp(t *testing.T) {
	ix := build(t)
	for _, layer := range []Layer{Areas, Cells} {
		req := Request{Layer: layer, Query: window}
		var file collection
		if err := json.Unmarshal(write(t, ix.For(coverage.Operator), req, GeoJSON), &file); err != nil {
			t.Fatal(err)
		}
		if file.Version != ix.Version() || file.Total.Households != 184 || file.Total.Reached != 18 {
			t.Errorf("%s: version %q, total %+v; want %q, 184 households, 18 reached", layer, file.Version, file.Total,
				ix.Version())
		}
		got := map[string]float64{}
		for _, f := range file.Features {
			for _, name := range []string{"households", "reached"} {
				got[name] += f.Properties[name].(float64)
			}
			if f.Geometry == nil || len(f.BBox) != 4 {
				t.Errorf("%s %s: no geometry or bbox", layer, f.ID)
			}
		}
		want := map[string]float64{"households": 184, "reached": 18}
		if got["households"] != want["households"] || got["reached"] != want["reached"] {
			t.Errorf("%s.geojson adds up to %v, want %v", layer, got, want)
		}
		lines := strings.Split(strings.TrimSpace(string(write(t, ix.For(coverage.Operator), req, GeoJSONL))), "\n")
		if len(lines) != len(file.Features) {
			t.Errorf("%s.geojsonl has %d lines, want %d", layer, len(lines), len(file.Features))
		}
		rows, err := csv.NewReader(bytes.NewReader(write(t, ix.For(coverage.Operator), req, CSV))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		sum(t, string(layer)+".csv", rows, want)
		book, err := excelize.OpenReader(bytes.NewReader(write(t, ix.For(coverage.Operator), req, XLSX)))
		if err != nil {
			t.Fatal(err)
		}
		cells, err := book.GetRows(string(layer), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		sum(t, string(layer)+".xlsx", cells, want)
	}
}

// sum adds up columns of a table with a header and compares them.
func sum(t *testing.T, name string, rows [][]string, want map[string]float64) {
	t.Helper()
	for column, total := range want {
		at := -1
		for i, h := range rows[0] {
			if h == column {
				at = i
			}
		}
		got := 0.0
		for _, row := range rows[1:] {
			n, err := strconv.ParseFloat(row[at], 64)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, column, err)
			}
			got += n
		}
		if got != total {
			t.Errorf("%s: %s adds up to %v, want %v", name, column, got, total)
		}
	}
}

// TestCSVIsSafe checks that a name cannot become a formula and that quotes survive.
func TestCSVIsSafe(t *testing.T) {
	query := window
	query.Level = data.Commune
	out := string(write(t, build(t).For(coverage.Operator), Request{Layer: Areas, Query: query}, CSV))
	if !strings.Contains(out, "00001,'=Xã Một,") {
		t.Errorf("a name that begins with = is not made safe:\n%s", out)
	}
	out = string(write(t, build(t).For(coverage.Operator), Request{Layer: Areas, Query: window}, CSV))
	if !strings.Contains(out, `"Thôn ""Đông"""`) {
		t.Errorf("quotes are lost:\n%s", out)
	}
}

// TestFlagsLayer checks that the layer has the flagged rows only, and one flag if requested.
func TestFlagsLayer(t *testing.T) {
	ix := build(t)
	var file collection
	if err := json.Unmarshal(write(t, ix.For(coverage.Operator),
		Request{Layer: Flags, Query: window, Flag: "unvisited"}, GeoJSON), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Features) != 1 || file.Features[0].ID != "00002001" {
		t.Errorf("got %d features, want the one hamlet that nobody visited", len(file.Features))
	}
	_, err := NewTable(t.Context(), ix.For(coverage.Operator), Request{Layer: Flags, Query: window, Flag: "lonely"})
	var bad *problem.ParameterError
	if !errors.As(err, &bad) || bad.Name != "kind" {
		t.Errorf("an unknown flag: got %v, want a ParameterError of kind", err)
	}
}

// TestSmallCountsAreNull checks what a viewer without rights gets.
func TestSmallCountsAreNull(t *testing.T) {
	ix := build(t)
	var file collection
	if err := json.Unmarshal(write(t, ix.For(coverage.Viewer{}), Request{Layer: Areas, Query: window}, GeoJSON),
		&file); err != nil {
		t.Fatal(err)
	}
	for _, f := range file.Features {
		if f.ID == "00002001" {
			if f.Properties["households"] != nil || f.Properties["coverage"] != nil {
				t.Errorf("4 households are shown: %v", f.Properties)
			}
			if f.Properties["attempted"] != nil || f.Properties["visits"] != nil || f.Properties["last_visit"] != nil {
				t.Errorf("a zero is shown: %v", f.Properties)
			}
		}
	}
	for _, layer := range []Layer{Households, Teams} {
		if _, err := NewTable(t.Context(), ix.For(coverage.Viewer{}),
			Request{Layer: layer, Query: window}); !errors.Is(err, coverage.ErrNotAllowed) {
			t.Errorf("%s: got %v, want ErrNotAllowed", layer, err)
		}
	}
}

// TestHouseholds checks the layer of households for those who may see it.
func TestHouseholds(t *testing.T) {
	var file collection
	query := window
	query.Parent = "00001"
	if err := json.Unmarshal(write(t, build(t).For(coverage.Operator), Request{Layer: Households, Query: query},
		GeoJSON), &file); err != nil {
		t.Fatal(err)
	}
	reached := 0
	for _, f := range file.Features {
		if f.Properties["reached"] == true {
			reached++
		}
	}
	if len(file.Features) != 180 || reached != 18 || file.Total.Households != 180 {
		t.Errorf("got %d households, %d reached, total %+v; want 180, 18, 180", len(file.Features), reached, file.Total)
	}
}

// TestGDALReads checks the files with GDAL where it is installed.
func TestGDALReads(t *testing.T) {
	ogrinfo, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("ogrinfo (gdal-bin) is not installed")
	}
	ix := build(t)
	drivers, err := exec.Command(ogrinfo, "--formats").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats {
		if format == Parquet && !strings.Contains(string(drivers), "Parquet") {
			t.Log("this GDAL has no Parquet driver")
			continue
		}
		path := filepath.Join(t.TempDir(), "areas."+string(format))
		if err := os.WriteFile(path, write(t, ix.For(coverage.Operator), Request{Layer: Areas, Query: window}, format),
			0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(ogrinfo, "-ro", "-so", "-al", path).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Feature Count: 3") ||
			strings.Contains(string(out), "Warning") {
			t.Errorf("ogrinfo of %s: %v\n%s", format, err, out)
		}
	}
}

// TestRFC7946 checks what the standard requires of GeoJSON beyond JSON.
func TestRFC7946(t *testing.T) {
	q := window
	q.Level = data.Commune
	text := write(t, build(t).For(coverage.Operator), Request{Layer: Areas, Query: q}, GeoJSON)
	var file struct {
		CRS      any
		BBox     []float64
		Features []struct {
			BBox     []float64
			Geometry struct{ Coordinates orb.MultiPolygon }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if want := []float64{108, 16, 108.2, 16.1}; file.CRS != nil || !slices.Equal(file.BBox, want) {
		t.Errorf("crs %v, bbox %v; want none and %v", file.CRS, file.BBox, want)
	}
	for _, f := range file.Features {
		if f.Geometry.Coordinates[0][0].Orientation() != orb.CCW || len(f.BBox) != 4 {
			t.Errorf("%v runs clockwise, or has no bbox: %v", f.Geometry.Coordinates, f.BBox)
		}
	}
	cells := write(t, build(t).For(coverage.Operator), Request{Layer: Cells, Query: window}, GeoJSON)
	if long := regexp.MustCompile(`[\[,][0-9]+\.[0-9]{8,}[\],]`).Find(cells[bytes.Index(cells, []byte("coordinates")):]); long != nil {
		t.Errorf("more than seven decimals: %s", long)
	}
}

// TestSequences checks the frames of features: a line each, after a record separator where
// RFC 8142 requires one.
func TestSequences(t *testing.T) {
	ix := build(t)
	for format, start := range map[Format]string{GeoJSONL: `{"type":"Feature",`, GeoJSONSeq: "\x1e" + `{"type":"Feature",`} {
		text := string(write(t, ix.For(coverage.Operator), Request{Layer: Areas, Query: window}, format))
		lines := strings.SplitAfter(text, "\n")
		if len(lines) != 4 || lines[3] != "" {
			t.Errorf("%s: %d lines, want three whole ones", format, len(lines))
		}
		for i, line := range lines[:len(lines)-1] {
			if !strings.HasPrefix(line, start) || strings.Contains(line, `"metadata":`) != (i == 0) {
				t.Errorf("%s line %d: %.80s", format, i+1, line)
			}
		}
	}
}

// TestSheetsGoOn checks that rows beyond the limit of a sheet are on a second one.
func TestSheetsGoOn(t *testing.T) {
	table, err := NewTable(t.Context(), build(t).For(coverage.Operator), Request{Layer: Households, Query: window})
	if err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", "households"); err != nil {
		t.Fatal(err)
	}
	sheets := workbook{table: table, book: book, most: 101}
	if err := sheets.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"households": 101, "households 2": 85} {
		rows, err := book.GetRows(name)
		if err != nil || len(rows) != want || rows[0][0] != "household_id" {
			t.Errorf("%s: %d rows, want %d under a header; error %v", name, len(rows), want, err)
		}
		panes, err := book.GetPanes(name)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the header is not frozen: %+v, %v", name, panes, err)
		}
	}
}

// FuzzField checks that any text comes back from CSV as it went in, and never as a formula.
func FuzzField(f *testing.F) {
	for _, s := range []string{"", "a", "=1+1", "-5", "@x", "a,b", `"`, "\n", " a", "\t=", "Đông"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ReplaceAll(s, "\r", "") // encoding/csv reads CR LF as LF
		made := FormulaSafe(s)
		if made != s && made != "'"+s || made != "" && strings.ContainsRune("=+-@\t", rune(made[0])) {
			t.Errorf("%q became %q", s, made)
		}
		line := append(appendField([]byte("x,"), made), '\n')
		got, err := csv.NewReader(bytes.NewReader(line)).ReadAll()
		if err != nil || len(got) != 1 || got[0][1] != made {
			t.Errorf("%q came back from %q as %q, %v", made, line, got, err)
		}
	})
}

// FuzzString checks that any text comes out as JSON that reads back as it was.
func FuzzString(f *testing.F) {
	f.Add("Đà Nẵng")
	f.Add("\"\\\n\x00\x7f\u2028")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(s)); got != want { // each broken byte becomes U+FFFD
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
