package ogc

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"tungnha/api/cql"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/cache"
	"tungnha/internal/problem"
)

// selection is the features of a query, in order. Pages are slices of it.
type selection struct {
	rows    *export.Rows
	places  []int32 // of the rows; nil: all, in their order
	matched int
}

// bytes is about what the selection takes in memory, its rows included: others may refer to them
// as well, but it alone would keep them alive.
func (s *selection) bytes() int {
	n := 4 * cap(s.places)
	if s.rows != nil {
		n += s.rows.Bytes()
	}
	return n
}

// criteria determine which rows are selected, and their order.
type criteria struct {
	box    *geo.Shape
	equals []equality
	filter *cql.Filter
	order  []sortKey
}

// equality is a parameter of the name of a property.
type equality struct {
	column int
	text   string
	number float64
}

type sortKey struct {
	column     int
	descending bool
}

func (k *criteria) selectsAll() bool {
	return k.box == nil && k.filter == nil && len(k.equals) == 0
}

// sel selects the rows that meet the criteria.
func sel(ctx context.Context, rows *export.Rows, k *criteria) (*selection, error) {
	n, known := rows.Len()
	if known && k.selectsAll() && len(k.order) == 0 {
		return &selection{rows: rows, matched: n}, nil
	}
	s := &selection{rows: rows}
	keep := !k.selectsAll() || len(k.order) > 0
	var keys []sortValue // of each place as many as the order has keys
	err := rows.Scan(ctx, 0, func(r *export.Row) error {
		ok, err := k.admit(rows, r)
		if !ok {
			return err
		}
		s.matched++
		if keep {
			s.places = append(s.places, int32(r.At))
		}
		if len(k.order) > 0 {
			values := r.Values()
			for _, by := range k.order {
				t, v := rows.Columns[by.column].Type, &values[by.column]
				keys = append(keys, sortValue{v.Null, number(t, v), plainText(t, v)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if keep && s.places == nil {
		s.places = []int32{} // none, and not all
	}
	if len(k.order) > 0 {
		s.sort(k.order, keys)
	}
	return s, nil
}

// admit reports whether a row meets the criteria. What is cheap is tested first.
func (k *criteria) admit(rows *export.Rows, r *export.Row) (bool, error) {
	if len(k.equals) > 0 {
		values := r.Values()
		for _, e := range k.equals {
			if !e.holds(rows.Columns[e.column].Type, &values[e.column]) {
				return false, nil
			}
		}
	}
	if k.box != nil {
		if near, ok := r.Near(); ok && !near.Intersects(k.box.Bound()) {
			return false, nil
		}
		// The standard has a box match whatever has no geometry at all.
		g, err := r.Geometry()
		if err != nil || g != nil && !k.box.Meets(g) {
			return false, err
		}
	}
	if k.filter == nil {
		return true, nil
	}
	return k.filter.Match(&filterRow{rows, r})
}

func (e *equality) holds(t export.Type, v *export.Value) bool {
	if v.Null {
		return false
	}
	switch simple(t) {
	case cql.Number, cql.Boolean:
		return number(t, v) == e.number
	}
	return plainText(t, v) == e.text
}

// simple returns the type that a column has in filters, where a list is text with its parts
// joined by semicolons.
func simple(t export.Type) cql.Type {
	switch t {
	case export.Integer, export.Real, export.Share, export.Degrees:
		return cql.Number
	case export.Boolean:
		return cql.Boolean
	case export.Day:
		return cql.Day
	default:
		return cql.Text
	}
}

func number(t export.Type, v *export.Value) float64 {
	if t == export.Integer || t == export.Boolean {
		return float64(v.Integer)
	}
	return v.Real
}

func plainText(t export.Type, v *export.Value) string {
	if t == export.List {
		return strings.Join(v.List, ";")
	}
	return v.Text
}

// filterRow is a row as a filter sees it. What is suppressed for the viewer is null here as
// it is in the answer, so no filter can disclose it.
type filterRow struct {
	rows *export.Rows
	row  *export.Row
}

func (f *filterRow) Value(property int) cql.Value {
	t, v := f.rows.Columns[property].Type, &f.row.Values()[property]
	if v.Null {
		return cql.Value{Null: true}
	}
	return cql.Value{Text: plainText(t, v), Number: number(t, v), True: v.Integer != 0}
}

func (f *filterRow) Geometry() (orb.Geometry, error) { return f.row.Geometry() }

// sortValue is a value as rows are sorted by it.
type sortValue struct {
	null   bool
	number float64
	text   string
}

// sort puts the places in order: by the keys, what is null last in either direction, and
// by place where all keys are equal.
func (s *selection) sort(order []sortKey, keys []sortValue) {
	index := make([]int32, len(s.places))
	for i := range index {
		index[i] = int32(i)
	}
	slices.SortStableFunc(index, func(a, b int32) int {
		for i, by := range order {
			x, y := &keys[int(a)*len(order)+i], &keys[int(b)*len(order)+i]
			c := cmp.Or(cmp.Compare(x.number, y.number), cmp.Compare(x.text, y.text))
			switch {
			case x.null && y.null || !x.null && !y.null && c == 0:
			case x.null:
				return 1
			case y.null:
				return -1
			case by.descending:
				return -c
			default:
				return c
			}
		}
		return 0
	})
	sorted := make([]int32, len(index))
	for i, at := range index {
		sorted[i] = s.places[at]
	}
	s.places = sorted
}

// page calls yield for at most limit features from the offset on.
func (s *selection) page(ctx context.Context, offset, limit int, yield func(*export.Row) error) error {
	end := min(offset+limit, s.matched)
	if s.places != nil {
		return s.rows.Pick(ctx, s.places[offset:end], yield)
	}
	places := make([]int32, 0, end-offset)
	for at := offset; at < end; at++ {
		places = append(places, int32(at))
	}
	return s.rows.Pick(ctx, places, yield)
}

// Selections are kept for a while, so that a page costs no more than its features and the pages of
// one query are cut out of one state of the data, whatever is posted meanwhile.
const (
	SelectionBytes  = 256 << 20       // of all selections together, where Config has no other number
	selectionExpiry = 2 * time.Minute // after its last page
)

// selectionKey names a query and the state of the data that it was put to.
type selectionKey struct{ query, version uint64 }

// newSelections returns an empty cache of selections. A selection refers to its state of the index,
// so each is dropped soon after its last page. A single one that is larger than the bound is kept
// as well, alone: its next page would otherwise have to select everything again.
func newSelections(most uint64) *cache.Cache[selectionKey, *selection] {
	return cache.New(cache.Options[selectionKey, *selection]{MaxBytes: most, MaxIdle: selectionExpiry,
		Weight: func(_ selectionKey, s *selection) uint64 { return min(uint64(s.bytes())+64, most) }})
}

// parseEquality reads the value of a parameter that is a property.
func parseEquality(column int, t export.Type, name, text string) (equality, error) {
	e := equality{column: column, text: text}
	fail := func(want string) (equality, error) {
		return e, parameter(name, text, problem.WantType(want))
	}
	var err error
	switch simple(t) {
	case cql.Number:
		if e.number, err = strconv.ParseFloat(text, 64); err != nil || e.number != e.number {
			return fail("number")
		}
	case cql.Boolean:
		switch text {
		case "true":
			e.number = 1
		case "false":
		default:
			return fail("boolean")
		}
	case cql.Day:
		if _, err := data.ParseDate(text); err != nil || text == "" {
			return fail("a_day")
		}
	}
	return e, nil
}
