// Package cql is the OGC's Common Query Language, CQL2 1.0, as text and as JSON: filters
// parsed, checked against the properties they may use, and evaluated row by row.
//
// It has comparisons, BETWEEN, IN, LIKE, IS NULL, AND, OR and NOT, CASEI, days and moments,
// and S_INTERSECTS and S_DISJOINT with any geometry. A filter is bounded in bytes, depth,
// vertices and the length of lists, so that no request can take for ever.
package cql

import (
	"fmt"

	"github.com/paulmach/orb"
)

// The bounds of a filter.
const (
	MaxBytes    = 16 << 10
	MaxDepth    = 32   // of parentheses, NOT, CASEI and JSON operators within each other
	MaxList     = 1000 // values of one IN
	MaxVertices = 1000 // of all geometries together
)

// Type is the type of a property or a literal.
type Type uint8

// The types.
const (
	Text     Type = iota
	Number        // float64
	Boolean       //
	Day           // YYYY-MM-DD
	Geometry      // of the row; there is one
)

func (t Type) String() string {
	return [...]string{"text", "a number", "a boolean", "a day", "a geometry"}[t]
}

// Property is one that a filter may use. Its place in Language.Properties is what Row.Value
// gets.
type Property struct {
	Name string
	Type Type
}

// Value is the value of a property in a row; which of the fields contains it is for the
// property's type.
type Value struct {
	Null   bool
	Text   string // Text, Day
	Number float64
	True   bool
}

// Row is what a filter is evaluated on.
type Row interface {
	// Value returns the value of a property by its place.
	Value(property int) Value
	// Geometry returns the row's geometry in WGS 84 degrees, nil where it has none.
	Geometry() (orb.Geometry, error)
}

// Language is what filters are read with.
type Language struct {
	Properties []Property
	// ToDegrees transforms the coordinates of a geometry literal to WGS 84 degrees in the order
	// longitude, latitude; nil: they are.
	ToDegrees func(orb.Point) orb.Point
	// DayOf returns on which day a moment in RFC 3339 falls, as YYYY-MM-DD.
	DayOf func(moment string) (string, error)
}

// Filter is one that was read and found sound. It may be shared.
type Filter struct{ root predicate }

// Match reports whether the filter is true of the row. One that is neither true nor false,
// because something is not known, is not.
func (f *Filter) Match(row Row) (bool, error) {
	t, err := f.root.truth(row)
	return t == yes, err
}

// Error is what is wrong with a filter.
type Error struct {
	Offset int // in bytes, of the text; -1: not known
	Reason string
}

func (e *Error) Error() string {
	if e.Offset < 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s (at byte %d)", e.Reason, e.Offset)
}

// reader is what both encodings share: the language, and what the filter has taken of its
// bounds so far.
type reader struct {
	*Language
	vertices int
}

func (r *reader) property(name string) (*operand, error) {
	for i, p := range r.Properties {
		if p.Name == name {
			return &operand{property: i, kind: p.Type}, nil
		}
	}
	return nil, fmt.Errorf("%q is not a queryable property", name)
}

// moment turns a moment into the day it falls on: days are all that rows have.
func (r *reader) moment(text string) (*operand, error) {
	if r.DayOf == nil {
		return nil, fmt.Errorf("no moments here")
	}
	day, err := r.DayOf(text)
	if err != nil {
		return nil, err
	}
	return literal(Day, Value{Text: day}), nil
}

// deeper refuses what is nested beyond the bound.
func deeper(depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("is nested deeper than %d", MaxDepth)
	}
	return nil
}

func tooLong(bytes int) error {
	if bytes > MaxBytes {
		return &Error{-1, fmt.Sprintf("is longer than %d bytes", MaxBytes)}
	}
	return nil
}
