package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tungnha/data"
	"tungnha/data/ingest/form"
	"tungnha/data/ingest/geojson"
	"tungnha/data/ingest/scan"
	"tungnha/data/ingest/value"
	"tungnha/internal/problem"
)

// jsonReader reads the records of a JSON file: GeoJSON features, whose properties are the
// columns, or plain objects.
type jsonReader struct {
	scanner *geojson.Scanner
	kind    data.Kind
	columns map[string]form.Column // by the names met so far
	first   []string               // the names of the first sound feature
	notes   value.Notes            // what fields are read from columns of other names
	answers form.Answers           // of a row
	strange []string               // the names not used, a few
	pending []row                  // read to find the kind, and not yet yielded
}

// maxPending is how many features may be read to find one that shows the kind.
const maxPending = 100

// newJSONReader reads up to the first sound feature and returns its column names; the
// Feature's own id and coordinates count as columns. Where no feature is sound, there are
// no names, and broken is what is wrong with the first. src is behind the byte order
// mark.
func newJSONReader(src *scan.Buffer) (j *jsonReader, names []string, hasID bool, broken, err error) {
	j = &jsonReader{scanner: geojson.NewScanner(src), columns: map[string]form.Column{}}
	for len(j.pending) < maxPending {
		raw, line, err := j.scanner.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return j, nil, false, nil, err
		}
		r := row{line: line, raw: string(raw)}
		j.pending = append(j.pending, r)
		f, err := geojson.ReadFeature(r.raw)
		if err != nil {
			if broken == nil {
				broken = problem.InLine(lineOf(&r, err), notJSON(err))
			}
			continue
		}
		if err := f.CheckType(); err != nil {
			return j, nil, false, nil, err
		}
		names = []string{} // there is a sound feature, if without properties
		_, _ = geojson.EachMember(f.Properties, 0, 0, func(name string, from, depth int) (int, error) {
			names = append(names, name)
			return geojson.SkipValue(f.Properties, from, depth)
		})
		if geojson.GeometryType(f.Geometry) == "Point" {
			names = append(names, "lon", "lat")
		}
		j.first = names
		return j, names, f.ID != "", nil, nil
	}
	if broken == nil {
		broken = problem.NoFeatures()
	}
	return j, nil, false, broken, nil
}

// next reads the next feature.
func (j *jsonReader) next(r *row) error {
	if len(j.pending) > 0 {
		*r = j.pending[0]
		j.pending = j.pending[1:]
	} else {
		raw, line, err := j.scanner.Next()
		if err != nil {
			return err
		}
		*r = row{line: line, raw: string(raw)}
	}
	j.parse(r)
	return nil
}

// parse takes the feature of a row apart.
func (j *jsonReader) parse(r *row) {
	if r.ascii = value.IsASCII(r.raw); !r.ascii && !utf8.ValidString(r.raw) {
		r.problem = j.brokenProperty(r.raw)
		return
	}
	r.ascii = r.ascii && strings.IndexByte(r.raw, '\\') < 0 // an escape may stand for any letter
	f, err := geojson.ReadFeature(r.raw)
	if err != nil {
		r.problem = notJSON(err)
		if line := lineOf(r, err); line != r.line {
			r.problem = problem.NotSoundJSONOn(line, problem.Of(err))
		}
		return
	}
	if err := f.CheckType(); err != nil {
		r.problem = problem.Of(err)
		return
	}
	columns, derived := columnsOf(j.kind), false
	j.answers.Reset()
	_, err = geojson.EachMember(f.Properties, 0, 0, func(name string, from, depth int) (int, error) {
		end, err := geojson.SkipValue(f.Properties, from, depth)
		if err != nil {
			return end, err
		}
		column := j.column(columns, name)
		if column.Role == form.Unused {
			derived = derived || name == derivedGeometry && f.Properties[from:end] == "true"
		}
		if column.Role == form.Unused || r.problem != nil {
			return end, nil
		}
		text, err := textOf(f.Properties[from:end])
		switch at := column.At; {
		case column.Role == form.Review:
			j.answers.Take(column, name, f.Properties[from:end]) // some tools have an object there
		case err != nil:
			if column.Role == form.Field {
				name = columns[at]
			}
			r.problem = problem.Of(err).At(name)
		case column.Role == form.Field:
			r.values[at] = text
			r.present |= 1 << at
		case text != "":
			j.answers.Take(column, name, text)
		}
		return end, nil
	})
	if err != nil {
		r.problem = notJSON(err)
	}
	r.answer(&j.answers, r.present)
	if r.problem != nil {
		return
	}
	if r.present&1 == 0 && f.ID != "" {
		if text, err := textOf(f.ID); err == nil {
			r.values[0] = text
			r.present |= 1
		}
	}
	if !derived {
		j.place(r, f.Geometry)
	}
}

// derivedGeometry is the property that our exports have of a hamlet whose shape is made of its households' cells: it is
// no outline to take over.
const derivedGeometry = "geometry_derived"

// place gives a household its coordinates and an area its geometry.
func (j *jsonReader) place(r *row, geometry string) {
	switch {
	case geometry == "" || geometry == "null":
	case j.kind == data.Areas:
		g, err := geojson.ParseGeometry(geometry)
		if err != nil {
			r.problem = problem.Of(err).At("geometry")
			return
		}
		r.geometry = g
	case j.kind == data.Households:
		lon, lat, err := geojson.PointTexts(geometry)
		if err != nil {
			r.problem = problem.Of(err).At("geometry")
			return
		}
		r.values[householdLon], r.values[householdLat] = lon, lat
		r.present |= 1<<householdLon | 1<<householdLat
	}
}

// setKind finds the columns of the kind among the names of the first sound feature.
func (j *jsonReader) setKind(kind data.Kind) {
	j.kind = kind
	columns := match(kind, j.first)
	j.notes = readAs(kind, j.first, columns)
	for i, name := range j.first {
		j.keep(name, columns[i])
	}
}

// column returns what a property is. Names not met before are few: a file with a thousand different ones is not what
// it should be, and is looked up each time.
func (j *jsonReader) column(columns []string, name string) form.Column {
	column, ok := j.columns[name]
	if ok {
		return column
	}
	column = form.Match(columns, listColumns, []string{name})[0]
	if column.Role == form.Point || column.Role == form.Field && !column.Named {
		column = form.Column{} // the file begins without
	}
	if len(j.columns) < 1000 {
		j.keep(strings.Clone(name), column)
	}
	return column
}

func (j *jsonReader) keep(name string, column form.Column) {
	j.columns[name] = column
	if column.Role == form.Unused && !isIgnored(name) && len(j.strange) < 20 {
		j.strange = append(j.strange, name)
	}
}

// unused lists the properties met so far that the kind does not have.
func (j *jsonReader) unused() []string { return slices.Clone(j.strange) }

// textOf returns a JSON value as a field of a CSV file has it: a list is divided
// by semicolons, null is empty.
func textOf(raw string) (string, error) {
	switch raw[0] {
	case '"':
		return value.Trim(geojson.Unquote(raw)), nil
	case '{':
		return "", problem.ObjectForText()
	case '[':
		var texts []string
		_, err := geojson.EachElement(raw, 0, 0, func(from, depth int) (int, error) {
			end, err := geojson.SkipValue(raw, from, depth)
			if err != nil {
				return end, err
			}
			if c := raw[from]; c == '[' || c == '{' {
				return end, problem.ListOfLists()
			}
			text, err := textOf(raw[from:end])
			texts = append(texts, text)
			return end, err
		})
		return strings.Join(texts, value.ListSeparators[:1]), err
	case 'n':
		return "", nil
	}
	return raw, nil
}

// notJSON returns the problem of a feature that could not be read.
func notJSON(err error) *problem.Problem {
	if broken := new(geojson.SyntaxError); errors.As(err, &broken) {
		return problem.NotSoundJSON(broken.Problem)
	}
	return problem.Of(err)
}

// lineOf returns the line of an error in a row.
func lineOf(r *row, err error) int {
	if broken := new(geojson.SyntaxError); errors.As(err, &broken) {
		return r.line + strings.Count(r.raw[:min(broken.At, len(r.raw))], "\n")
	}
	return r.line
}

// brokenProperty finds which property is not UTF-8.
func (j *jsonReader) brokenProperty(raw string) *problem.Problem {
	p := value.Broken("", raw)
	f, err := geojson.ReadFeature(raw)
	if err != nil {
		return p
	}
	_, _ = geojson.EachMember(f.Properties, 0, 0, func(name string, from, depth int) (int, error) {
		end, err := geojson.SkipValue(f.Properties, from, depth)
		if broken := value.Broken(name, f.Properties[from:end]); err == nil && broken != nil && utf8.ValidString(name) {
			p = broken
		}
		return end, err
	})
	return p
}

// rejectHeader is empty: a rejects file of features is a feature a line.
func (j *jsonReader) rejectHeader() string { return "" }

// appendReject appends a feature on one line, with the line, the field and the reason among
// its properties; what an earlier rejects file has there is replaced. A feature that is
// not sound JSON gets them as its own first members, and stays as broken as it was.
func (j *jsonReader) appendReject(dst []byte, raw string, line int, p *problem.Problem, l problem.Lang) []byte {
	f, err := geojson.ReadFeature(raw)
	if err != nil || !utf8.ValidString(raw) {
		oneLine := onOneLine(raw)
		dst = appendRejectMembers(append(dst, '{'), line, p, l)
		if geojson.SkipSpace(oneLine, 1) < len(oneLine) && oneLine[geojson.SkipSpace(oneLine, 1)] != '}' {
			dst = append(dst, ',')
		}
		return append(append(dst, oneLine[1:]...), '\n')
	}
	before, after := raw[:f.From], raw[f.To:]
	if f.To == 0 {
		before, after = `{"properties":`, ","+raw[1:]
	}
	properties := appendRejectMembers([]byte{'{'}, line, p, l)
	_, _ = geojson.EachMember(f.Properties, 0, 0, func(name string, from, depth int) (int, error) {
		end, err := geojson.SkipValue(f.Properties, from, depth)
		if !isRejectColumn(name) {
			properties = append(geojson.AppendString(append(properties, ','), name), ':')
			properties = append(properties, f.Properties[from:end]...)
		}
		return end, err
	})
	properties = append(properties, '}')
	var whole bytes.Buffer
	text := []byte(before + string(properties) + after)
	if err := json.Compact(&whole, text); err != nil { // a NaN, say
		return append(append(dst, onOneLine(string(text))...), '\n')
	}
	return append(append(dst, whole.Bytes()...), '\n')
}

func onOneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

func appendRejectMembers(dst []byte, line int, p *problem.Problem, l problem.Lang) []byte {
	dst = append(dst, `"`+rejectLine+`":`...)
	dst = strconv.AppendInt(dst, int64(line), 10)
	dst = geojson.AppendString(append(dst, `,"`+rejectField+`":`...), p.Field)
	return geojson.AppendString(append(dst, `,"`+rejectReason+`":`...), p.Reason(l))
}
