package ingest

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"

	"tungnha/data"
	"tungnha/data/ingest/geojson"
	"tungnha/data/ingest/scan"
	"tungnha/data/ingest/value"
	"tungnha/data/recordfile"
	"tungnha/internal/problem"
)

// The reader agrees with encoding/csv on all that encoding/csv reads, whatever the size of
// the buffer.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a,b\n", "\"a\nb\",c\r\nd,e", "\"a\"\"b\",\"\"\n\n\n,,\n", "a\r\n\"b\r\nc\"\r\n",
		"\"", "a\"b\n", "\"a\"b\n", "\r", "x\r\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		const header = "visit_id,household_id\n"
		for _, size := range []int{scan.BufferSize, 1} {
			reference := csv.NewReader(strings.NewReader(header + content))
			reference.FieldsPerRecord = -1
			_, _ = reference.Read()
			c, err := newCSVReader(scan.NewBuffer(strings.NewReader(header+content), size), false)
			if err != nil {
				t.Fatal(err)
			}
			for {
				want, wantErr := reference.Read()
				if wantErr != nil && wantErr != io.EOF {
					break // stricter than we are about quotes
				}
				line := c.src.Line()
				raw, err := c.rawRow()
				for err == nil && len(raw) == 0 { // it passes over blank lines
					line = c.src.Line()
					raw, err = c.rawRow()
				}
				if wantErr == io.EOF {
					if err != io.EOF {
						t.Fatalf("after the last row: got %q, %v", raw, err)
					}
					break
				}
				if err != nil {
					t.Fatalf("row %q: %v", want, err)
				}
				if wantLine, _ := reference.FieldPos(0); line != wantLine {
					t.Errorf("row %q: got line %d, want %d", raw, line, wantLine)
				}
				got, p := c.split(nil, string(raw))
				if p != nil {
					t.Fatalf("row %q: %v", raw, p)
				}
				for i := range got {
					got[i] = strings.ReplaceAll(got[i], "\r\n", "\n")
				}
				for i := range want {
					want[i] = strings.TrimSpace(want[i])
				}
				if !slices.Equal(got, want) {
					t.Fatalf("row %q: got %q, want %q", raw, got, want)
				}
			}
		}
	})
}

// Whatever a JSON file contains, it is read the same through buffers of any size, each feature is
// rejected as one line, and the line of a sound feature is sound, and read as the feature.
func FuzzGeoJSON(f *testing.F) {
	f.Add(areasFile)
	for _, tt := range badInputs {
		if c := firstByte([]byte(tt.content)); len(tt.content) < 2000 && (c == '{' || c == '[') {
			f.Add(tt.content)
		}
	}
	f.Add("\x1e{\"household_id\":\"H1\",\"lon\":1,\"lat\":2}\n\x1e{}")
	f.Add(`[{"code":"1","name":"a"},{"type":"Feature","properties":null}]`)
	f.Fuzz(func(t *testing.T, content string) {
		rows, err := readAllJSON(scan.NewBuffer(strings.NewReader(content), scan.BufferSize))
		again, errAgain := readAllJSON(scan.NewBuffer(strings.NewReader(content), 1))
		if errText(err) != errText(errAgain) || len(rows) != len(again) {
			t.Fatalf("in one buffer %d rows and %v, in many %d and %v", len(rows), err, len(again), errAgain)
		}
		for i, r := range rows {
			if r.raw != again[i].raw || r.line != again[i].line {
				t.Fatalf("row %d: in one buffer %+v, in many %+v", i, r, again[i])
			}
			j := &jsonReader{}
			line := j.appendReject(nil, r.raw, r.line, problem.Empty("lat"), problem.English)
			if bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
				t.Fatalf("row %q is rejected as %q: not one line", r.raw, line)
			}
			if f, err := geojson.ReadFeature(r.raw); err != nil || f.CheckType() != nil {
				continue
			}
			mended, err := readAllJSON(scan.NewBuffer(bytes.NewReader(line), scan.BufferSize))
			if err != nil || len(mended) != 1 {
				t.Fatalf("row %q is rejected as %q: %d rows, %v", r.raw, line, len(mended), err)
			}
			if got := mended[0]; r.problem == nil &&
				(got.problem != nil || got.values != r.values || got.present != r.present) {
				t.Fatalf("row %q is rejected as %q: %+v, then %+v", r.raw, line, r, got)
			}
		}
	})
}

func readAllJSON(src *scan.Buffer) (rows []row, err error) {
	j, _, _, _, err := newJSONReader(src)
	if err != nil {
		return nil, err
	}
	j.kind = data.Households
	for {
		var r row
		if err := j.next(&r); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
}

// A visit that is accepted is written and read as itself.
func FuzzVisitRow(f *testing.F) {
	f.Add("V1", "H1", "T1", "2026-03-01T09:30:00+07:00", "completed", "payment;safety", "payment")
	f.Add("V 1", "ộ", "1E5", "2026-03-01", "absent", "", "")
	f.Add("", "H1", "T1", "2026-02-31", "x", "cooking", "payment")
	f.Add("V1", "H1", "T1", "2026-03-01T09:30:00.999Z", "moved", "local", "")
	f.Fuzz(func(t *testing.T, id, household, team, at, outcome, assessed, shown string) {
		fields := VisitRow{id, household, team, at, outcome, value.List(nil, assessed), value.List(nil, shown)}
		v, p := fields.Visit(data.DefaultSkills, now)
		if p != nil {
			if p.Field == "" || p.Reason(problem.English) == "" {
				t.Fatalf("%+v: a problem that says nothing: %+v", fields, p)
			}
			return
		}
		if v.Shown&^v.Assessed != 0 || v.ID == "" || v.At.After(now.Add(clockSkew)) || v.At.Nanosecond() != 0 {
			t.Fatalf("%+v is accepted as %+v", fields, v)
		}
		line := recordfile.Header(data.Visits) + string(recordfile.AppendVisit(nil, &v, data.DefaultSkills))
		c, err := newCSVReader(scan.NewBuffer(strings.NewReader(line), scan.BufferSize), false)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.setKind(data.Visits); err != nil {
			t.Fatal(err)
		}
		var r row
		if err := c.next(&r); err != nil || r.problem != nil {
			t.Fatalf("%q: %v, %+v", line, err, r.problem)
		}
		b := &batch{}
		parser := &parser{source: &source{kind: data.Visits}, options: &Options{Now: now, Skills: data.DefaultSkills}}
		if p := parser.visit(b, &r); p != nil {
			t.Fatalf("%q: %+v", line, p)
		}
		if got := b.visits[0]; got != trimmed(v) {
			t.Fatalf("%q: got %+v, want %+v", line, got, v)
		}
	})
}

// trimmed is the visit without the space around its ids, which files do not keep.
func trimmed(v data.Visit) data.Visit {
	v.ID, v.HouseholdID, v.TeamID = strings.TrimSpace(v.ID), strings.TrimSpace(v.HouseholdID),
		strings.TrimSpace(v.TeamID)
	return v
}

// Whatever a file contains, it is refused or read to its end, and every row is a record or
// has a reason.
func FuzzFile(f *testing.F) {
	for _, tt := range badInputs {
		if len(tt.content) < 2000 {
			f.Add(tt.content)
		}
	}
	for _, content := range []string{areasFile, hamletsFile, teamsFile, householdsFile, visitsFile} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, kind := range []data.Kind{"", data.Areas, data.Households, data.Teams, data.Visits} {
			s := &source{file: io.NopCloser(strings.NewReader(content))}
			if err := s.begin(kind); err != nil {
				continue
			}
			known := &areaLookup{versions: map[string][]*data.Area{"0194": {{Code: "0194", Name: "A",
				Level: data.Commune, ValidTo: 40000}, {Code: "0194", ValidFrom: 40001}}}}
			p := newParser(s, &Options{Now: now, Skills: data.DefaultSkills}, known)
			b := p.newBatch()
			var r row
			for s.rows.next(&r) == nil {
				p.add(t.Context(), b, &r)
			}
			problems := 0
			for i := range b.rows {
				if p := b.rows[i].problem; p != nil {
					problems++
					if p.Reason(problem.English) == "" {
						t.Fatalf("line %d: a problem without a reason", b.rows[i].line)
					}
				}
			}
			if records := len(b.areas) + len(b.households) + len(b.teams) +
				len(b.visits); records+problems != len(b.rows) {
				t.Fatalf("%d rows became %d records and %d problems", len(b.rows), records, problems)
			}
		}
	})
}
