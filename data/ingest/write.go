package ingest

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"tungnha/data"
	"tungnha/data/ingest/geojson"
	"tungnha/data/ingest/scan"
	"tungnha/geo"
)

// appendValue appends the value of a field as a CSV file has it, without quotes: nothing where it
// is not known, and nothing for a field that is written by code of its own.
func appendValue[R any](dst []byte, f *data.Field[R], r *R) []byte {
	switch f.Type {
	case data.TextField, data.CodeField, data.KeyField:
		return append(dst, *f.Text(r)...)
	case data.DayField:
		return appendDate(dst, *f.Day(r))
	case data.CountField:
		return appendCount(dst, *f.Count(r))
	case data.DegreesField:
		return geo.AppendDegrees(dst, *f.Degrees(r))
	}
	return dst
}

// appendColumn appends what appendValue does as one field of a CSV file.
func appendColumn[R any](dst []byte, f *data.Field[R], r *R) []byte {
	if f.Text != nil {
		return appendField(dst, *f.Text(r))
	}
	return appendValue(dst, f, r)
}

// AppendHamlet appends the line of hamlets.csv for a, its line end included.
func AppendHamlet(dst []byte, a *data.Area) []byte {
	for i, column := range hamletPlaces {
		dst = appendColumn(appendComma(dst, i), &data.AreaFields[column], a)
	}
	return append(dst, '\n')
}

// AppendHousehold appends the line of households.csv for h, its line end included.
func AppendHousehold(dst []byte, h *data.Household) []byte {
	for i := range data.HouseholdFields {
		dst = appendColumn(appendComma(dst, i), &data.HouseholdFields[i], h)
	}
	return append(dst, '\n')
}

// AppendTeam appends the line of teams.csv for t, its line end included: with the hamlets
// of its latest assignment, and no word of those before.
func AppendTeam(dst []byte, t *data.Team) []byte {
	for i := range data.TeamFields[:teamAssignedOn] {
		dst = appendComma(dst, i)
		if i == teamHamlets {
			dst = appendField(dst, strings.Join(t.HamletCodes, ";"))
			continue
		}
		dst = appendColumn(dst, &data.TeamFields[i], t)
	}
	return append(dst, '\n')
}

// AppendVisit appends the line of visits.csv for v, its line end included. The skills are
// those of the programme whose bits v has.
func AppendVisit(dst []byte, v *data.Visit, skills data.Skills) []byte {
	dst = append(appendField(dst, v.ID), ',')
	dst = append(appendField(dst, v.HouseholdID), ',')
	dst = append(appendField(dst, v.TeamID), ',')
	dst = append(appendTime(dst, v.At), ',')
	dst = append(dst, v.Outcome.String()...)
	dst = append(dst, ',')
	dst = append(appendSkills(dst, v.Assessed, skills), ',')
	dst = appendSkills(dst, v.Shown, skills)
	return append(dst, '\n')
}

// WriteAreas writes areas as one GeoJSON FeatureCollection, a feature a line.
func WriteAreas(w io.Writer, areas iter.Seq[data.Area]) error {
	const flushAt = 256 << 10
	buf := append([]byte(nil), `{"type":"FeatureCollection","features":[`...)
	first := true
	for a := range areas {
		if !first {
			buf = append(buf, ',')
		}
		first = false
		buf = appendAreaFeature(append(buf, '\n'), &a)
		if len(buf) < flushAt {
			continue
		}
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("writing areas: %w", err)
		}
		buf = buf[:0]
	}
	if _, err := w.Write(append(buf, "\n]}\n"...)); err != nil {
		return fmt.Errorf("writing areas: %w", err)
	}
	return nil
}

// appendAreaFeature appends a GeoJSON Feature that has every property of areas.geojson, null where
// the value is not known, so that every tool finds the same columns in every feature.
func appendAreaFeature(dst []byte, a *data.Area) []byte {
	dst = append(dst, `{"type":"Feature","properties":{`...)
	for i := range data.AreaFields {
		f := &data.AreaFields[i]
		dst = append(append(append(appendComma(dst, i), '"'), f.Name...), `":`...)
		dst = appendAreaProperty(dst, i, f, a)
	}
	dst = append(dst, `},"geometry":`...)
	dst = geojson.AppendMultiPolygon(dst, a.Geometry)
	return append(dst, '}')
}

func appendAreaProperty(dst []byte, column int, f *data.Field[data.Area], a *data.Area) []byte {
	var text string
	switch {
	case f.Text != nil:
		text = *f.Text(a)
	case f.Day != nil:
		text = f.Day(a).String()
	case f.Count != nil && *f.Count(a) != data.Unknown:
		return strconv.AppendInt(dst, int64(*f.Count(a)), 10)
	case column == areaLevel:
		text = string(a.Level)
	case column == areaFrom:
		text = a.ValidFrom.String()
	}
	if text == "" {
		return append(dst, "null"...)
	}
	return geojson.AppendString(dst, text)
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

// appendField appends one CSV field, quoted where a reader would otherwise misread it.
func appendField(dst []byte, s string) []byte {
	if scan.WithoutApostrophe(s) != s { // as a reader would
		s = "'" + s
	}
	return appendQuoted(dst, s, ',')
}

// appendQuoted appends one field of a file whose columns the separator divides.
func appendQuoted(dst []byte, s string, separator byte) []byte {
	if !needsQuotes(s, separator) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func needsQuotes(s string, separator byte) bool {
	if s == "" {
		return false
	}
	if s[0] == ' ' || s[0] == '\t' || s[len(s)-1] == ' ' || s[len(s)-1] == '\t' {
		return true // some readers trim what is not quoted
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == separator || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// appendCount appends a number that may be Unknown, which is an empty field.
func appendCount(dst []byte, n int) []byte {
	if n == data.Unknown {
		return dst
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendDate appends a day as YYYY-MM-DD, NoDate as nothing.
func appendDate(dst []byte, d data.Date) []byte {
	if d == data.NoDate {
		return dst
	}
	return d.Time().AppendFormat(dst, time.DateOnly)
}

// appendTime appends an instant to the second, as the clocks in Việt Nam show it.
func appendTime(dst []byte, t time.Time) []byte {
	return t.In(data.Zone).AppendFormat(dst, time.RFC3339)
}

// appendSkills appends the keys of a set, divided by semicolons.
func appendSkills(dst []byte, set data.SkillSet, skills data.Skills) []byte {
	first := true
	for i := range skills {
		if !set.Has(i) {
			continue
		}
		if !first {
			dst = append(dst, ';')
		}
		first = false
		dst = append(dst, skills[i].Key...)
	}
	return dst
}
