// Package recordfile writes records as the files of CSV and GeoJSON that an import reads.
package recordfile

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"tungnha/data"
	"tungnha/data/ingest/geojson"
	"tungnha/data/ingest/scan"
	"tungnha/geo"
)

// The columns of hamlets.csv, some of those of areas, and their places among them.
var (
	hamletColumns = []string{"code", "name", "kind", "parent", "declared_households"}
	hamletPlaces  = placesOf(data.AreaFields, hamletColumns)
)

// The places of the columns that are written by code of their own.
var (
	areaLevel   = placesOf(data.AreaFields, []string{"level"})[0]
	areaFrom    = placesOf(data.AreaFields, []string{"valid_from"})[0]
	teamHamlets = placesOf(data.TeamFields, []string{"hamlet_codes"})[0]
	teamColumns = placesOf(data.TeamFields, []string{"assigned_on"})[0] // those before it are written
)

func placesOf[R any](fields []data.Field[R], names []string) []int {
	places := make([]int, len(names))
	for i, name := range names {
		places[i] = slices.IndexFunc(fields, func(f data.Field[R]) bool { return f.Name == name })
		if places[i] < 0 {
			panic("no column " + name)
		}
	}
	return places
}

func namesOf[R any](fields []data.Field[R]) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}

// Header returns the first line of a CSV file of the kind, its line end included. That of
// Areas is the header of hamlets.csv, whose lines AppendHamlet writes: areas with a
// geometry go into GeoJSON. That of Teams has no assigned_on: AppendTeam writes no history.
func Header(kind data.Kind) string {
	var columns []string
	switch kind {
	case data.Areas:
		columns = hamletColumns
	case data.Households:
		columns = namesOf(data.HouseholdFields)
	case data.Teams:
		columns = namesOf(data.TeamFields[:teamColumns])
	case data.Visits:
		columns = namesOf(data.VisitFields)
	default:
		panic(fmt.Sprintf("no file holds records of kind %q", kind))
	}
	return strings.Join(columns, ",") + "\n"
}

// AppendValue appends the value of a field as a CSV file has it, without quotes: nothing where it
// is not known, and nothing for a field that is written by code of its own.
func AppendValue[R any](dst []byte, f *data.Field[R], r *R) []byte {
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

// appendColumn appends what AppendValue does as one field of a CSV file.
func appendColumn[R any](dst []byte, f *data.Field[R], r *R) []byte {
	if f.Text != nil {
		return appendField(dst, *f.Text(r))
	}
	return AppendValue(dst, f, r)
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
	for i := range data.TeamFields[:teamColumns] {
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
	return scan.AppendQuoted(dst, s, ',')
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
