// Package verify reads a file that coverage/export wrote, and compares it with the data that it was made from.
package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/disclosure"
	"tungnha/coverage/export"
)

// maxDifferences is the number of differences that a Report lists; the others are only counted.
const maxDifferences = 20

// Report is the result of comparing a file with the data.
type Report struct {
	Format export.Format
	File   export.Metadata
	Now    string // version of the data that it was compared with

	Rows    int // of the file
	Same    int
	Changed int // rows of both that differ
	Missing int // rows of the data that the file does not have
	Extra   int // rows of the file that the data do not have

	// Earlier: the counts of the file are those that an earlier rule showed to the public, exact or hidden. What it
	// shows was compared with exact counts; what it hides, and flags and hot spots, which follow from what was
	// hidden, could not be.
	Earlier bool

	Differences []Difference // the first of them, in rows and in the total
	Total       int          // members of the total that differ
	Sums        []Sum        // where rows add up
}

// Difference is one value of the file that differs from the data.
type Difference struct {
	Row       string // first column of the row; empty: the total
	Column    string // empty: the whole row is in one of them only
	File, Now string
}

// Moved reports whether the data, or the settings, are no longer those of the file.
func (v *Report) Moved() bool { return v.Now != v.File.Version }

// OK reports whether the file equals the data, and adds up.
func (v *Report) OK() bool {
	return v.Changed+v.Missing+v.Extra+v.Total == 0 && !slices.ContainsFunc(v.Sums, func(s Sum) bool { return !s.OK() })
}

// Compare repeats the query that the file is the answer to, and compares every row, the total,
// and the sums of the rows. The memory it needs grows with the rows that are out of order.
func Compare(ctx context.Context, file *File, ix *coverage.Index) (*Report, error) {
	if file.Definition != export.Definition {
		return nil, fmt.Errorf("the file has the definitions of version %s, this program those of %s: their counts cannot be compared", file.Definition, export.Definition)
	}
	req, viewer, err := file.Request()
	if err != nil {
		return nil, fmt.Errorf("what the file says of itself: %w", err)
	}
	earlier := !file.SmallCounts && file.Disclosure == ""
	viewer.SmallCounts = viewer.SmallCounts || earlier
	if r := ix.For(viewer).Release(); r != nil {
		if r.Day.String() != string(file.Release) || file.Disclosure != disclosure.Version {
			return nil, fmt.Errorf("the file is of the release of %s, by rule %s of disclosure, the data at hand are of that of %s, by rule %s: their counts cannot be compared", file.Release, file.Disclosure, r.Day, disclosure.Version)
		}
	}
	table, err := export.NewTable(ctx, ix.For(viewer), req)
	if err != nil {
		return nil, fmt.Errorf("what the file is of cannot be asked again: %w", err)
	}
	v := &verifier{file: file, table: table, sums: sumsOf(&file.Metadata),
		Report: Report{Format: file.Format, File: file.Metadata, Now: table.Version, Earlier: earlier}}
	if err := v.pairColumns(); err != nil {
		return nil, err
	}
	if err := v.compareTotals(); err != nil {
		return nil, err
	}
	if err := v.compareRows(ctx); err != nil {
		return nil, err
	}
	for _, s := range v.sums {
		v.Sums = append(v.Sums, s.Sum)
	}
	return &v.Report, nil
}

// verifier is a verification under way.
type verifier struct {
	Report
	file  *File
	table *export.Table
	pairs []int // for each column of the table, that of the file
	sums  []runningSum

	ours, theirs map[string]keptRow // rows whose other half has not come yet
}

// keptRow is a row that outlives the reading of it.
type keptRow struct{ fields, geometry string }

const fieldSeparator = "\x00"

// pairColumns finds each column in the file. Skills are columns, and may have changed.
func (v *verifier) pairColumns() error {
	for i := range v.table.Columns {
		c := &v.table.Columns[i]
		at := slices.IndexFunc(v.file.Columns,
			func(o export.Column) bool { return o.Name == c.Name && o.Type == c.Type })
		if at < 0 {
			return fmt.Errorf("the file has no column %s: it was made with other skills, or by another version of the program", c.Name)
		}
		v.pairs = append(v.pairs, at)
	}
	if len(v.file.Columns) != len(v.table.Columns) {
		return fmt.Errorf("the file has %d columns, the data %d: it was made with other skills, or by another version of the program", len(v.file.Columns), len(v.table.Columns))
	}
	return nil
}

// compareTotals compares the totals member by member, as JSON has them.
func (v *verifier) compareTotals() error {
	var members [2]map[string]json.RawMessage
	for i, total := range []*export.Record{v.file.Total, v.table.Total} {
		text, err := json.Marshal(total)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &members[i]); err != nil {
			return err
		}
	}
	names := slices.Collect(maps.Keys(members[0]))
	for name := range members[1] {
		if _, there := members[0][name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !bytes.Equal(members[0][name], members[1][name]) && !v.isUntold(name, string(members[0][name])) {
			v.Total++
			v.differ("", name, string(members[0][name]), string(members[1][name]))
		}
	}
	return nil
}

func (v *verifier) differ(row, column, file, now string) {
	if len(v.Differences) < maxDifferences {
		v.Differences = append(v.Differences, Difference{row, column, file, now})
	}
}

var errStopped = errors.New("stopped")

// compareRows goes through both sides at once. Rows that do not meet wait for their other
// half, so files in another order are compared as well.
func (v *verifier) compareRows(ctx context.Context) error {
	var broken error
	next, stop := iter.Pull(func(yield func(fileRow) bool) {
		broken = v.file.Each(ctx, func(row fileRow) error {
			if !yield(row) {
				return errStopped
			}
			return nil
		})
	})
	defer stop()
	v.ours, v.theirs = make(map[string]keptRow), make(map[string]keptRow)
	fields := make([]string, len(v.table.Columns))
	var text, shape []byte
	err := v.table.Each(ctx, func(g orb.Geometry, values []export.Value) (err error) {
		for i := range values {
			text = v.appendField(text[:0], v.table.Columns[i].Type, &values[i])
			fields[i] = string(text)
		}
		shape = shape[:0]
		if g != nil && v.file.shapes {
			if shape, err = export.AppendGeometry(shape, g); err != nil {
				return err
			}
		}
		row, ok := next()
		if ok {
			if err := v.count(&row); err != nil {
				return err
			}
			if row.fields[v.pairs[0]] == fields[0] {
				v.compare(fields, string(shape), v.paired(row.fields), string(row.geometry))
				return nil
			}
			v.settle(&row)
		}
		if theirs, ok := v.theirs[fields[0]]; ok {
			delete(v.theirs, fields[0])
			v.compare(fields, string(shape), strings.Split(theirs.fields, fieldSeparator), theirs.geometry)
			return nil
		}
		v.ours[fields[0]] = keptRow{strings.Join(fields, fieldSeparator), string(shape)}
		return nil
	})
	if err != nil {
		return err
	}
	for row, ok := next(); ok; row, ok = next() {
		if err := v.count(&row); err != nil {
			return err
		}
		v.settle(&row)
	}
	if broken != nil {
		return broken
	}
	for _, key := range slices.Sorted(maps.Keys(v.ours)) {
		v.Missing++
		v.differ(key, "", "no row", "a row")
	}
	for _, key := range slices.Sorted(maps.Keys(v.theirs)) {
		v.Extra++
		v.differ(key, "", "a row", "no row")
	}
	return nil
}

// appendField appends a value of ours as the file's format has it.
func (v *verifier) appendField(dst []byte, t export.Type, value *export.Value) []byte {
	if v.file.Format == export.CSV && !value.Null {
		switch t {
		case export.Text:
			return append(dst, export.FormulaSafe(value.Text)...)
		case export.List:
			return append(dst, export.FormulaSafe(strings.Join(value.List, export.ListSeparator))...)
		}
	}
	return export.AppendPlain(dst, t, value)
}

// paired returns the fields of a row of the file in the order of our columns.
func (v *verifier) paired(theirs []string) []string {
	fields := make([]string, len(v.pairs))
	for i, at := range v.pairs {
		fields[i] = theirs[at]
	}
	return fields
}

// isUntold reports whether what the file has in a column, or in a member of its total, was decided by an earlier rule.
func (v *verifier) isUntold(name, text string) bool {
	if !v.Earlier {
		return false
	}
	switch name {
	case "flags", "hamlets_flagged", "suppressed", "hotspot", "gi_z", "gi_p", "gi_q":
		return true
	}
	return text == "" || strings.Contains(text, "null")
}

// settle compares a row of the file with its waiting half, or keeps it until that comes. A
// key that the file has twice is a row too many.
func (v *verifier) settle(row *fileRow) {
	fields := v.paired(row.fields)
	key := fields[0]
	if ours, ok := v.ours[key]; ok {
		delete(v.ours, key)
		v.compare(strings.Split(ours.fields, fieldSeparator), ours.geometry, fields, string(row.geometry))
		return
	}
	if _, twice := v.theirs[key]; twice {
		v.Extra++
		v.differ(key, "", "a row twice", "one row")
		return
	}
	v.theirs[key] = keptRow{strings.Join(fields, fieldSeparator), string(row.geometry)}
}

func (v *verifier) compare(ours []string, ourShape string, theirs []string, theirShape string) {
	same := true
	for i := range ours {
		if (i >= len(theirs) || ours[i] != theirs[i]) &&
			!v.isUntold(v.table.Columns[i].Name, theirs[min(i, len(theirs)-1)]) {
			same = false
			v.differ(ours[0], v.table.Columns[i].Name, theirs[min(i, len(theirs)-1)], ours[i])
		}
	}
	if ourShape != theirShape {
		same = false
		v.differ(ours[0], "geometry", shortened(theirShape), shortened(ourShape))
	}
	if same {
		v.Same++
	} else {
		v.Changed++
	}
}

func shortened(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
