package ingest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/recordfile"
)

const benchRows = 200_000

// benchFile writes rows that look like those of a province.
func benchFile(b *testing.B, kind data.Kind) string {
	b.Helper()
	out := []byte(recordfile.Header(kind))
	start := time.Date(2025, 1, 1, 8, 0, 0, 0, data.Zone)
	for i := range benchRows {
		switch kind {
		case data.Households:
			out = recordfile.AppendHousehold(out, &data.Household{ID: fmt.Sprintf("H%07d", i),
				Point:      orb.Point{108 + float64(i%1000)*1.234e-4, 16 + float64(i%777)*1.77e-4},
				HamletCode: fmt.Sprintf("20194%03d", i%300), RegisteredOn: 45000 + data.Date(i%365)})
		case data.Visits:
			out = recordfile.AppendVisit(out, &data.Visit{ID: fmt.Sprintf("V%08d", i), HouseholdID: fmt.Sprintf("H%07d", i/3),
				TeamID: fmt.Sprintf("T%04d", i%3700), At: start.Add(time.Duration(i) * time.Minute / 2),
				Outcome:  data.Outcome(1 + i%7),
				Assessed: data.SkillSet(i % 32), Shown: data.SkillSet(i % 32 & (i >> 5))}, data.DefaultSkills)
		}
	}
	path := filepath.Join(b.TempDir(), string(kind)+".csv")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		b.Fatal(err)
	}
	return path
}

// parseAll parses a file as an import does, and throws the batches away.
func parseAll(tb testing.TB, path string) (rows, rejected int) {
	tb.Helper()
	s, err := openSource(path, &Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.close()
	p := newParser(s, &Options{Now: now, Skills: data.DefaultSkills}, &areaLookup{})
	batches := make(chan *batch, 2)
	failed := make(chan error, 1)
	go func() {
		defer close(batches)
		failed <- p.run(context.Background(), batches)
	}()
	for b := range batches {
		rows += len(b.rows)
		for i := range b.rows {
			if b.rows[i].problem != nil {
				rejected++
			}
		}
	}
	if err := <-failed; err != nil {
		tb.Fatal(err)
	}
	return rows, rejected
}

func BenchmarkParse(b *testing.B) {
	for _, kind := range []data.Kind{data.Households, data.Visits} {
		b.Run(string(kind), func(b *testing.B) {
			path := benchFile(b, kind)
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				if rows, rejected := parseAll(b, path); rows != benchRows || rejected != 0 {
					b.Fatalf("%d rows, %d rejected", rows, rejected)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkParseGeoJSON(b *testing.B) {
	out := []byte(`{"type":"FeatureCollection","features":[`)
	for i := range benchRows {
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, `
{"type":"Feature","properties":{"household_id":"H%07d","hamlet_code":"20194%03d","registered_on":"2025-05-05"},"geometry":{"type":"Point","coordinates":[%.7f,%.7f]}}`,
			i, i%300, 108+float64(i%1000)*1.234e-4, 16+float64(i%777)*1.77e-4)
	}
	path := writeFile(b, b.TempDir(), "households.geojson", string(append(out, "\n]}\n"...)))
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		if rows, rejected := parseAll(b, path); rows != benchRows || rejected != 0 {
			b.Fatalf("%d rows, %d rejected", rows, rejected)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// The real communes of a province: 171,050 vertices.
func BenchmarkParseAreas(b *testing.B) {
	path := realFile(b, "danang/communes.geojson")
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if rows, rejected := parseAll(b, path); rows != 94 || rejected != 0 {
			b.Fatalf("%d rows, %d rejected", rows, rejected)
		}
	}
}

// realFile finds real data, which is no part of the project.
func realFile(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("TUNGNHA_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("no real data at %s; set TUNGNHA_TEST_DATA", dir)
	}
	return path
}
