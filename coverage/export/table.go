package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/footprint"
	"tungnha/coverage/hotspot"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// Layer is the kind of the rows of a file.
type Layer string

// The layers.
const (
	Areas      Layer = "areas"
	Cells      Layer = "cells"
	Flags      Layer = "flags"
	Teams      Layer = "teams"
	Households Layer = "households"
)

// Layers lists the layers in the order of help and documents.
var Layers = []Layer{Areas, Cells, Flags, Teams, Households}

// ParseLayer reads the name of a layer.
func ParseLayer(name string) (Layer, *problem.Problem) {
	if layer := Layer(name); slices.Contains(Layers, layer) {
		return layer, nil
	}
	return "", problem.NoneOf("layer", name, Layers...)
}

// Table is a layer ready to be written: what it is based on, its columns and a way through
// its rows. It may be written any number of times.
type Table struct {
	Metadata
	AtMost int // rows: that many, or of households fewer

	each        eachFunc
	eachInSpace eachFunc // nil: each is in the order of space
}

// eachFunc calls yield for every row.
type eachFunc func(ctx context.Context, yield func(orb.Geometry, []Value) error) error

// Request describes the rows of a table.
type Request struct {
	Layer Layer
	Query coverage.Query // By is set from the layer
	Flag  string         // of flags: only the rows with this one
	Spots bool           // of cells: with the columns of hot and cold spots
}

// Each calls yield for every row with its geometry, nil where it has none. The slice of
// values is used again for the next row.
func (t *Table) Each(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
	return t.each(ctx, yield)
}

// Counting returns the same table, which adds to n the rows as they go.
func (t *Table) Counting(n *atomic.Int64) *Table {
	counted := *t
	wrap := func(each eachFunc) eachFunc {
		if each == nil {
			return nil
		}
		return func(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
			return each(ctx, func(g orb.Geometry, values []Value) error {
				n.Add(1)
				return yield(g, values)
			})
		}
	}
	counted.each, counted.eachInSpace = wrap(t.each), wrap(t.eachInSpace)
	return &counted
}

// inSpace is Each in an order in which rows near each other on the ground are near each
// other in the file. Cells and households have no other.
func (t *Table) inSpace(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
	if t.eachInSpace != nil {
		return t.eachInSpace(ctx, yield)
	}
	return t.each(ctx, yield)
}

// NewTable reads a layer of the view.
func NewTable(ctx context.Context, view *coverage.View, req Request) (*Table, error) {
	switch {
	case !slices.Contains(Layers, req.Layer):
		return nil, problem.Parameter("layer", problem.NotOneOf(string(req.Layer), Layers...))
	case req.Spots && req.Layer != Cells:
		return nil, problem.Parameter("hotspots", problem.SpotsOfLayer(string(req.Layer)))
	case req.Layer == Households:
		return householdTable(ctx, view, req.Query)
	}
	result, rows, err := req.rows(ctx, view)
	if err != nil {
		return nil, err
	}
	var spots *hotspot.Result
	if req.Spots {
		if spots, err = result.HotSpots(ctx); err != nil {
			return nil, err
		}
	}
	table := newTableMaker(view, result, spots).table(req.Layer, rows)
	table.Flag, table.Spots = req.Flag, req.Spots
	return table, nil
}

// rows reads the rows of a layer other than households.
func (req *Request) rows(ctx context.Context, view *coverage.View) (*coverage.Result, rowList, error) {
	q := req.Query
	switch req.Layer {
	case Areas, Flags:
		q.By = coverage.ByArea
		if q.Level == "" {
			q.Level = data.Hamlet
		}
	case Cells:
		q.By = coverage.ByCell
	case Teams:
		if view.Release() != nil {
			return nil, rowList{}, fmt.Errorf("layer %s: %w", req.Layer, coverage.ErrNotAllowed)
		}
		q.By = coverage.ByTeam
	}
	result, err := view.Query(ctx, q)
	if err != nil {
		return nil, rowList{}, err
	}
	rows := rowList{all: result.Rows}
	if req.Layer == Flags {
		rows, err = flagged(result, req.Flag)
	}
	return result, rows, err
}

// ResultTable is the table of a given result, of whatever it is grouped by, that was made
// for the viewer.
func ResultTable(view *coverage.View, result *coverage.Result) *Table {
	return newTableMaker(view, result, nil).table(layerOf(result.Query.By), rowList{all: result.Rows})
}

// layerOf is the layer whose rows are grouped like that. Periods are those of none: it is
// named as they are.
func layerOf(by coverage.By) Layer {
	switch by {
	case coverage.ByArea:
		return Areas
	case coverage.ByCell:
		return Cells
	case coverage.ByTeam:
		return Teams
	}
	return Layer(by)
}

// rowList is the rows of a result, or some of them. The rows themselves are the result's: hundreds of readers may
// share one.
type rowList struct {
	all    []coverage.Row
	picked []int32 // places in all; nil: all
}

func (l rowList) len() int {
	if l.picked != nil {
		return len(l.picked)
	}
	return len(l.all)
}

func (l rowList) at(i int) *coverage.Row {
	if l.picked != nil {
		i = int(l.picked[i])
	}
	return &l.all[i]
}

// tableMaker turns the rows of a result into those of a table.
type tableMaker struct {
	view   *coverage.View
	result *coverage.Result
	spots  *hotspot.Result // nil: not requested
	fields []field
}

func newTableMaker(view *coverage.View, result *coverage.Result, spots *hotspot.Result) *tableMaker {
	fields := fieldsOf(result.Config, result.Query.By, spots != nil, result.Release != nil)
	return &tableMaker{view: view, result: result, spots: spots, fields: fields}
}

func (m *tableMaker) table(layer Layer, rows rowList) *Table {
	t := &Table{Metadata: m.metadata(layer), AtMost: rows.len()}
	t.Columns = columnsOf(m.fields)
	t.each = func(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
		return m.each(ctx, rows, nil, yield)
	}
	if m.result.Query.By == coverage.ByArea {
		t.eachInSpace = func(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
			order, err := m.order(rows)
			if err != nil {
				return err
			}
			return m.each(ctx, rows, order, yield)
		}
	}
	return t
}

// each calls yield for the rows, in the order of their numbers where it is given.
func (m *tableMaker) each(ctx context.Context, rows rowList, order []int,
	yield func(orb.Geometry, []Value) error) error {
	var values []Value
	var v rowValues
	for i := range rows.len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := i
		if order != nil {
			at = order[i]
		}
		geometry, footprint, err := m.geometry(rows.at(at))
		if err != nil {
			return err
		}
		values = m.appendValues(values[:0], &v, at, rows.at(at), footprint)
		if err := yield(geometry, values); err != nil {
			return err
		}
	}
	return nil
}

// order returns the numbers of the rows of areas by the H3 cell at the middle of each,
// those without a shape first.
func (m *tableMaker) order(rows rowList) ([]int, error) {
	order, cells := make([]int, rows.len()), make([]geo.Cell, rows.len())
	for i := range order {
		order[i] = i
		shape, _, err := m.geometry(rows.at(i))
		if err != nil {
			return nil, err
		}
		if shape != nil {
			if cells[i], err = geo.CellAt(shape.Bound().Center(), geo.BaseResolution); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(cells[a], cells[b]) })
	return order, nil
}

// flagged keeps the rows with a flag, or with the one that is named.
func flagged(result *coverage.Result, name string) (rowList, error) {
	mask := ^rules.Flags(0)
	if name != "" {
		var p *problem.Problem
		if mask, p = result.Config.ParseFlag(name); p != nil {
			return rowList{}, problem.Parameter("kind", p)
		}
	}
	rows := rowList{all: result.Rows, picked: []int32{}}
	for i := range result.Rows {
		if result.Rows[i].Flags&mask != 0 {
			rows.picked = append(rows.picked, int32(i))
		}
	}
	return rows, nil
}

// geometry returns the shape of a row, and the footprint that it is of where it replaces
// an official outline that does not exist.
func (m *tableMaker) geometry(row *coverage.Row) (shape orb.Geometry, of *footprint.Footprint, err error) {
	switch m.result.Query.By {
	case coverage.ByCell:
		ring, err := row.Cell.Boundary()
		return orb.Polygon{ring}, nil, err
	case coverage.ByArea:
		if row.Area == boundary.NoArea {
			return nil, nil, nil
		}
		geometry := m.view.Geometry(&m.result.Boundaries.Areas[row.Area])
		if outline, err := geometry.Shape(); err != nil || len(outline) > 0 {
			return outline, geometry.Footprint, err
		}
	}
	return nil, nil, nil
}
