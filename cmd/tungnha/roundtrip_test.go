package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/internal/problem"
)

// awkwardProgramme is what the sample does not have: codes used again, outlines finer than 1e-7 degree, texts that a
// spreadsheet would run, a team with a history and without members, a household in no area.
var awkwardProgramme = []struct{ name, content string }{
	{"areas.geojson", `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"97","name":"+Tỉnh \"A\", cũ","kind":"Tỉnh","valid_from":null},"geometry":null},
{"type":"Feature","properties":{"code":"00971","name":"Xã Cũ","name_en":"Old","kind":"Xã","parent":"97","valid_to":"2025-06-30","population":900},
 "geometry":{"type":"Polygon","coordinates":[[[104.123456789,10],[104.2,10.0000000049],[104.2,10.1],[104.1,10.1],[104.123456789,10]]]}},
{"type":"Feature","properties":{"code":"00971","name":"Phường Mới","kind":"Phường","parent":"97","valid_from":"2025-07-01","declared_households":0},
 "geometry":{"type":"MultiPolygon","coordinates":[[[[104.1,10],[104.3,10.01234567891],[104.2,10.1],[104.1,10.1],[104.1,10]]]]}}
]}`},
	{"hamlets.csv", "code,name,kind,parent,declared_households\n0097101,'=Thôn,Thôn,00971,\n0097102,''@Hai,Thôn,00971,4\n"},
	{"teams.csv", "team_id,name,hamlet_codes,members,assigned_on\n-T1,=Tổ,0097101,,\n-T1,=Tổ,0097101;0097102,,2026-01-01\n"},
	{"households.csv", "household_id,lon,lat,hamlet_code,registered_on,removed_on\n=H1,104.15,10.05,0097101,2025-01-01,\n" +
		"@H2,104.16,10.05,0097102,2025-01-01,2026-02-01\n''H3,104.1500001,10.0500001,,,\nH4,90.5,5.25,,2025-02-02,\n"},
	{"visits.csv", "visit_id,household_id,team_id,visited_at,outcome,assessed,shown\n" +
		"+V1,=H1,-T1,2026-01-15T08:00:00+07:00,completed,payment,payment\n"},
}

// withStores runs a test with the sample and the awkward programme in a file and in PostGIS.
func withStores(t *testing.T, test func(t *testing.T, s store)) {
	dir := t.TempDir()
	paths := sampleFiles()
	for _, f := range awkwardProgramme {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, []byte(f.content), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for name, db := range map[string]string{"file": filepath.Join(dir, "a.gpkg"), "PostGIS": newDatabase(t, "")} {
		t.Run(name, func(t *testing.T) {
			s, err := openStore(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			report, err := ingest.Import(t.Context(), s, paths, ingest.Options{Now: time.Now()})
			if err != nil || report.Rejected() > 0 {
				t.Fatalf("%v\n%s", err, report)
			}
			test(t, s)
		})
	}
}

// wantUnchanged imports a file that says nothing new.
func wantUnchanged(t *testing.T, s store, path string) *ingest.FileReport {
	t.Helper()
	report, err := ingest.Import(t.Context(), s, []string{path}, ingest.Options{Now: time.Now()})
	if err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
		return &ingest.FileReport{}
	}
	f := report.Files[0]
	if f.Unchanged != f.Rows || f.Rows == 0 || f.Created+f.Updated+f.Rejected > 0 {
		t.Errorf("%s: want every row unchanged:\n%s", filepath.Base(path), report)
	}
	return f
}

// contents is all that a store has.
func contents(t *testing.T, s store) (c data.Contents, revision int64) {
	t.Helper()
	c, err := data.ReadContents(t.Context(), s)
	if err == nil {
		revision, err = s.Revision(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, revision
}

// TestExportsComeBack imports every export that holds records: it changes nothing.
func TestExportsComeBack(t *testing.T) {
	exports := []struct {
		name   string
		viewer coverage.Viewer
		req    export.Request
	}{
		{"provinces", coverage.Operator, export.Request{Layer: export.Areas, Query: coverage.Query{Level: data.Province}}},
		{"communes", coverage.Operator, export.Request{Layer: export.Areas, Query: coverage.Query{Level: data.Commune}}},
		{"hamlets", coverage.Operator, export.Request{Layer: export.Areas, Query: coverage.Query{Level: data.Hamlet}}},
		{"communes-before", coverage.Operator, export.Request{Layer: export.Areas,
			Query: coverage.Query{Level: data.Commune, Boundaries: day(t, "2025-06-30")}}},
		{"communes-published", coverage.Viewer{}, export.Request{Layer: export.Areas,
			Query: coverage.Query{Level: data.Commune}}},
		{"hamlets-published", coverage.Viewer{}, export.Request{Layer: export.Areas,
			Query: coverage.Query{Level: data.Hamlet}}},
		{"flags", coverage.Operator, export.Request{Layer: export.Flags}},
		{"teams", coverage.Operator, export.Request{Layer: export.Teams}},
		{"households", coverage.Operator, export.Request{Layer: export.Households}},
	}
	withStores(t, func(t *testing.T, s store) {
		ctx, dir := t.Context(), t.TempDir()
		ix, err := coverage.Build(ctx, s, &rules.Config{Skills: s.Skills(), Secret: s.Secret()})
		if err != nil {
			t.Fatal(err)
		}
		before, revision := contents(t, s)
		for _, e := range exports {
			table, err := export.NewTable(ctx, ix.For(e.viewer), e.req)
			if err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
			rows := 0
			if err := table.Each(ctx, func(orb.Geometry, []export.Value) error { rows++; return nil }); err != nil {
				t.Fatal(err)
			}
			var taken []export.Format
			for _, format := range export.Formats {
				path := filepath.Join(dir, e.name+"."+string(format))
				writeTable(t, table, path, format)
				_, err := ingest.Import(ctx, s, []string{path}, ingest.Options{Now: time.Now()})
				if p := problem.Of(err); p != nil && p.Code() == "not_table" {
					continue
				}
				taken = append(taken, format)
				f := wantUnchanged(t, s, path)
				leftOut := 0
				for _, w := range f.Warnings {
					if w.Code == "rows_of_no_area" {
						leftOut = 1
					}
				}
				if f.Rows+leftOut != rows {
					t.Errorf("%s: %d rows read and %d left out of %d", filepath.Base(path), f.Rows, leftOut, rows)
				}
			}
			want := []export.Format{export.GeoJSON, export.GeoJSONL, export.GeoJSONSeq, export.CSV}
			if !slices.Equal(taken, want) {
				t.Errorf("%s: imports take %v, want %v", e.name, taken, want)
			}
			if after, now := contents(t, s); after != before || now != revision {
				t.Fatalf("%s: the store went from %+v, revision %d, to %+v, revision %d", e.name, before, revision, after, now)
			}
		}
		table, err := export.NewTable(ctx, ix.For(coverage.Operator), export.Request{Layer: export.Cells,
			Query: coverage.Query{Resolution: 8}})
		if err != nil {
			t.Fatal(err)
		}
		cells := filepath.Join(dir, "cells.csv")
		writeTable(t, table, cells, export.CSV)
		_, err = ingest.Import(ctx, s, []string{cells}, ingest.Options{Now: time.Now()})
		if p := problem.Of(err); p == nil || p.Code() != "no_known_column" {
			t.Errorf("cells, which are no records: %v", err)
		}
	})
}

func day(t *testing.T, text string) data.Date {
	t.Helper()
	d, err := data.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func writeTable(t *testing.T, table *export.Table, path string, format export.Format) {
	t.Helper()
	var file bytes.Buffer
	err := table.Write(context.Background(), &file, format)
	if err == nil {
		err = os.WriteFile(path, file.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
}

// TestFilesOfSomeColumns imports the record files again, whole and with some of their columns: nothing is wiped.
func TestFilesOfSomeColumns(t *testing.T) {
	withStores(t, func(t *testing.T, s store) {
		dir := t.TempDir()
		before, revision := contents(t, s)
		for i, some := range []struct {
			file    string
			columns []string
		}{
			{"areas.geojson", nil}, {"hamlets.csv", nil}, {"teams.csv", nil}, {"households.csv", nil}, {"visits.csv", nil},
			{"hamlets.csv", []string{"code", "name"}},
			{"hamlets.csv", []string{"code", "declared_households"}},
			{"teams.csv", []string{"team_id", "members"}},
			{"teams.csv", []string{"team_id", "hamlet_codes", "members"}},
			{"teams.csv", []string{"team_id", "name", "commune_code"}},
			{"households.csv", []string{"household_id", "lon", "lat"}},
			{"households.csv", []string{"household_id", "lon", "lat", "hamlet_code"}},
			{"households.csv", []string{"household_id", "hamlet_code"}},
			{"households.csv", []string{"registered_on", "household_id"}},
			{"visits.csv", []string{"visit_id", "household_id", "team_id", "visited_at", "outcome"}},
			{"visits.csv", []string{"visit_id", "outcome"}},
			{"visits.csv", []string{"visit_id", "assessed", "shown"}},
			{"visits.csv", []string{"visit_id", "household_id"}},
		} {
			path := filepath.Join(files, some.file)
			if some.columns != nil {
				path = cutColumns(t, path, filepath.Join(dir, fmt.Sprintf("%d-%s", i, some.file)), some.columns)
			}
			wantUnchanged(t, s, path)
			if after, now := contents(t, s); after != before || now != revision {
				t.Fatalf("%s %v: the store went from %+v, revision %d, to %+v, revision %d", some.file, some.columns, before,
					revision, after, now)
			}
		}
	})
}

// cutColumns writes some columns of a CSV file into another one, and returns its path.
func cutColumns(t *testing.T, from, to string, columns []string) string {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for _, row := range rows {
		some := make([]string, len(columns))
		for i, column := range columns {
			some[i] = row[slices.Index(rows[0], column)]
		}
		if err := w.Write(some); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}
