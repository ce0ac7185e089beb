package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/coverage/internal/fixture"
	"tungnha/data"
)

var window = coverage.Query{From: fixture.Day("2026-03-01"), To: fixture.Day("2026-03-31"), Resolution: 8}

func build(t *testing.T) *coverage.Index {
	t.Helper()
	ix, err := coverage.Build(t.Context(), fixture.TwoCommunes(), fixture.Config())
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// file writes the layer's file, and for CSV its description beside it, into a folder.
func file(t *testing.T, view *coverage.View, req export.Request, format export.Format) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), string(req.Layer)+"."+string(format))
	table, err := export.NewTable(t.Context(), view, req)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := table.Write(t.Context(), &out, format); err != nil {
		t.Fatalf("%s.%s: %v", req.Layer, format, err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if format == export.CSV {
		var description bytes.Buffer
		if err := table.WriteDescription(&description, filepath.Base(path)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+export.DescriptionSuffix, description.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func verify(t *testing.T, path string, ix *coverage.Index) (*Report, error) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Compare(t.Context(), f, ix)
}

// A file that is opened, and closed before its rows were read, leaves nothing open.
func TestCloseUnread(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("there is no /proc to see what is open")
	}
	path := file(t, build(t).For(coverage.Operator), export.Request{Layer: export.Areas}, export.GeoPackage)
	for range 3 {
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		held := 0
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range open {
			if at, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && at == path {
				held++
			}
		}
		if held > 0 {
			t.Fatalf("the closed file is held %d times", held)
		}
	}
}

// Every layer in every format, for every viewer, is what the index returns.
func TestVerify(t *testing.T) {
	ix := build(t)
	rows := map[export.Layer]int{export.Areas: 3, export.Cells: 0, export.Flags: 0, export.Teams: 1,
		export.Households: 184}
	for _, viewer := range []coverage.Viewer{coverage.Operator, {}, {Households: true},
		{Scope: []string{"00001"}, Households: true, SmallCounts: true}} {
		for _, layer := range export.Layers {
			if layer == export.Households && !viewer.Households ||
				!viewer.SmallCounts && (layer == export.Households || layer == export.Teams) {
				continue
			}
			for _, format := range export.Formats {
				name := fmt.Sprintf("%s.%s for %+v", layer, format, viewer)
				v, err := verify(t, file(t, ix.For(viewer),
					export.Request{Layer: layer, Query: window, Spots: layer == export.Cells}, format), ix)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if !v.OK() || v.Moved() || v.Same != v.Rows || v.Format != format {
					t.Errorf("%s: %+v", name, v)
				}
				if want := rows[layer]; len(viewer.Scope) == 0 && want > 0 && v.Rows != want {
					t.Errorf("%s: %d rows, want %d", name, v.Rows, want)
				}
				if (len(v.Sums) > 0) != (viewer.SmallCounts && (layer == export.Areas || layer == export.Cells ||
					layer == export.Households)) {
					t.Errorf("%s: sums %v", name, v.Sums)
				}
				for _, s := range v.Sums {
					if s.Withheld > 0 && viewer.SmallCounts {
						t.Errorf("%s: %+v, but nothing is kept back", name, s)
					}
				}
			}
		}
	}
}

// A file that was tampered with is found out, and where.
func TestVerifyFindsChanges(t *testing.T) {
	ix := build(t)
	req := export.Request{Layer: export.Areas, Query: window}
	for _, c := range []struct {
		name     string
		format   export.Format
		old, new string
		want     func(*Report) bool
	}{
		{"a count", export.GeoJSON, `"reached":12,`, `"reached":13,`, func(v *Report) bool { return v.Changed == 1 && v.Sums[3].Rows == 19 && !v.Sums[3].OK() }},
		{"the total", export.GeoJSON, `"reached":18,`, `"reached":17,`, func(v *Report) bool { return v.Total == 1 && v.Changed == 0 && !v.Sums[3].OK() }},
		{"a name", export.GeoJSONL, `"Thôn Tây"`, `"Thôn Tay"`, func(v *Report) bool {
			return v.Changed == 1 && v.Differences[0] == Difference{"00001002", "name", "Thôn Tay", "Thôn Tây"}
		}},
		{"a shape", export.GeoJSONSeq, `"coordinates":[[[[108.`, `"coordinates":[[[[107.`, func(v *Report) bool { return v.Changed >= 1 && v.Differences[0].Column == "geometry" }},
		{"a key", export.CSV, "\n00002001,", "\n00002009,",
			func(v *Report) bool { return v.Missing == 1 && v.Extra == 1 }},
	} {
		path := file(t, ix.For(coverage.Operator), req, c.format)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(c.old)) {
			t.Fatalf("%s: %s is not in the file:\n%s", c.name, c.old, text)
		}
		if err := os.WriteFile(path, bytes.Replace(text, []byte(c.old), []byte(c.new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := verify(t, path, ix)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if v.OK() || !c.want(v) {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

// Rows in another order, a row too many, a file cut short.
func TestVerifyRows(t *testing.T) {
	ix := build(t)
	path := file(t, ix.For(coverage.Operator), export.Request{Layer: export.Households, Query: window}, export.CSV)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	check := func(name string, lines []string, want Report) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := verify(t, path, ix)
		if err != nil {
			t.Fatal(err)
		}
		if v.Same != want.Same || v.Extra != want.Extra || v.Missing != want.Missing || v.Changed != 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
	turned := []string{lines[0]}
	for i := len(lines) - 1; i > 0; i-- {
		turned = append(turned, lines[i])
	}
	check("the other way round", turned, Report{Same: 184})
	check("a row twice", append(turned, lines[1]), Report{Same: 184, Extra: 1})
	check("two rows less", lines[:len(lines)-2], Report{Same: 182, Missing: 2})
}

// When the data have moved on, the file is compared with what they are now.
func TestVerifyOfLaterData(t *testing.T) {
	path := file(t, build(t).For(coverage.Operator), export.Request{Layer: export.Areas, Query: window}, export.Parquet)
	grown := fixture.TwoCommunes()
	grown.Revised++
	grown.Visits = append(grown.Visits, data.Visit{ID: "later", HouseholdID: "h2-001", TeamID: "t1",
		At: window.From.Time().Add(12 * time.Hour), Outcome: data.Completed, Assessed: 1})
	later, err := coverage.Build(t.Context(), grown, fixture.Config())
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify(t, path, later)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Moved() || v.OK() || v.Changed != 1 || v.Same != 2 || v.Total == 0 {
		t.Errorf("%+v", v)
	}
	for _, s := range v.Sums {
		if !s.OK() {
			t.Errorf("the file itself adds up, but %+v", s)
		}
	}
}

// What is no export, or half of one, is refused with the reason.
func TestOpenRefuses(t *testing.T) {
	ix := build(t)
	req := export.Request{Layer: export.Areas, Query: window}
	cut := func(format export.Format) string {
		path := file(t, ix.For(coverage.Operator), req, format)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, info.Size()*2/3); err != nil {
			t.Fatal(err)
		}
		return path
	}
	alone := file(t, ix.For(coverage.Operator), req, export.CSV)
	if err := os.Remove(alone + export.DescriptionSuffix); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain.geojson")
	if err := os.WriteFile(plain, []byte(`{"type":"FeatureCollection","features":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"CSV without its description": alone, "GeoJSON of others": plain, "half a GeoJSON": cut(export.GeoJSON),
		"half a line":     cut(export.GeoJSONL),
		"half a sequence": cut(export.GeoJSONSeq), "half a workbook": cut(export.XLSX),
		"half a Parquet": cut(export.Parquet), "half a GeoPackage": cut(export.GeoPackage),
	} {
		if v, err := verify(t, path, ix); err == nil {
			t.Errorf("%s: verified as %+v", name, v)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}

// The description of a CSV file has what each column is, and what the file is based on.
func TestDescription(t *testing.T) {
	ix := build(t)
	path := file(t, ix.For(coverage.Operator), export.Request{Layer: export.Areas, Query: window}, export.CSV)
	text, err := os.ReadFile(path + export.DescriptionSuffix)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Context     []any `json:"@context"`
		URL         string
		TableSchema struct {
			Columns []struct {
				Name, Titles, Datatype, Separator string
				Meaning                           map[string]string `json:"dc:description"`
			}
		}
		Notes []export.Metadata
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.Context[0] != "http://www.w3.org/ns/csvw" || d.URL != "areas.csv" || d.Notes[0].Version != ix.Version() ||
		*d.Notes[0].Total.Count("reached") != 18 {
		t.Errorf("%s", text)
	}
	want := map[string]string{"code": "string", "reached": "integer", "coverage": "double", "last_visit": "date",
		"geometry_derived": "boolean", "flags": "string"}
	for _, c := range d.TableSchema.Columns {
		if w, ok := want[c.Name]; ok && c.Datatype != w || c.Titles != c.Name || c.Meaning["vi"] == "" ||
			(c.Name == "flags") != (c.Separator == ";") && c.Name != "suppressed" {
			t.Errorf("column %+v", c)
		}
		delete(want, c.Name)
	}
	if len(want) > 0 {
		t.Errorf("columns that are not described: %v", want)
	}
}

// FuzzOpen gives the readers files of any bytes: they may refuse them, no more.
func FuzzOpen(f *testing.F) {
	ix, err := coverage.Build(f.Context(), fixture.TwoCommunes(), fixture.Config())
	if err != nil {
		f.Fatal(err)
	}
	for _, layer := range []export.Layer{export.Areas, export.Teams} {
		for _, format := range export.Formats {
			table, err := export.NewTable(f.Context(), ix.For(coverage.Operator),
				export.Request{Layer: layer, Query: window})
			if err != nil {
				f.Fatal(err)
			}
			var out bytes.Buffer
			if err := table.Write(f.Context(), &out, format); err != nil {
				f.Fatal(err)
			}
			f.Add(out.Bytes(), []byte("{}"))
			if format == export.CSV {
				var description bytes.Buffer
				if err := table.WriteDescription(&description, "any.csv"); err != nil {
					f.Fatal(err)
				}
				f.Add(out.Bytes(), description.Bytes())
			}
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content, description []byte) {
		path := filepath.Join(dir, "any")
		if os.WriteFile(path, content, 0o600) != nil ||
			os.WriteFile(path+export.DescriptionSuffix, description, 0o600) != nil {
			t.Skip()
		}
		opened, err := Open(path)
		if err != nil {
			return
		}
		defer opened.Close()
		_, _ = Compare(t.Context(), opened, ix)
	})
}
