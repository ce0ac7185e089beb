package export

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/footprint"
)

// Rows is a layer of which single rows are looked at: filtered, sorted, taken by the page.
// It has the columns and the values of the layer's Table.
type Rows struct {
	Columns []Column
	Result  *coverage.Result // of households: what gives their window

	view  *coverage.View
	maker *tableMaker
	rows  rowList // none of households

	households []field // of households
}

// Row is one row while it is yielded. What is costly about it is made when requested.
type Row struct {
	At int // its place among the rows of the layer, from 0

	of     *Rows
	point  *coverage.Point // of a household
	values []Value
}

// NewRows queries the index for a layer, as the viewer may see it. Counts by day, which are no
// layer of files, are those of a Request without a layer and with Query.By.
func NewRows(ctx context.Context, view *coverage.View, req Request) (*Rows, error) {
	if req.Layer == Households {
		return householdRows(ctx, view, req.Query)
	}
	result, rows, err := req.rows(ctx, view)
	if err != nil {
		return nil, err
	}
	m := newTableMaker(view, result, nil)
	return &Rows{Columns: columnsOf(m.fields), Result: result, view: view, rows: rows, maker: m}, nil
}

func householdRows(ctx context.Context, view *coverage.View, q coverage.Query) (*Rows, error) {
	table, err := householdTable(ctx, view, q)
	if err != nil {
		return nil, err
	}
	q.By, q.Resolution = coverage.ByCell, coverage.MinResolution
	result, err := view.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	return &Rows{Columns: table.Columns, Result: result, view: view, households: householdFields(result.Config)}, nil
}

// Len returns how many rows there are, and false where only a scan can count them.
func (r *Rows) Len() (int, bool) { return r.rows.len(), r.maker != nil }

// Bytes is about what the rows take in memory.
func (r *Rows) Bytes() int { return r.Result.Bytes() + 4*cap(r.rows.picked) }

// Scan calls yield for the rows from a place on, in their order, until there is no more or
// an error. The Row is valid during the call.
func (r *Rows) Scan(ctx context.Context, from int, yield func(*Row) error) error {
	if r.maker == nil {
		row := Row{At: -1, of: r}
		return r.view.Points(ctx, r.Result.Query, world, func(p *coverage.Point) error {
			if row.At++; row.At < from {
				return nil
			}
			row.point = p
			return yield(&row)
		})
	}
	for at := from; at < r.rows.len(); at++ {
		if at%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := yield(&Row{At: at, of: r}); err != nil {
			return err
		}
	}
	return nil
}

var errPicked = errors.New("all rows are picked")

// Pick calls yield for the rows at the places, in the order given. Households are kept
// in memory until their turn, so it is for a page and not for a layer.
func (r *Rows) Pick(ctx context.Context, places []int32, yield func(*Row) error) error {
	if r.maker != nil {
		for _, at := range places {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := yield(&Row{At: int(at), of: r}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(places) == 0 {
		return nil
	}
	first, last := slices.Min(places), slices.Max(places)
	held := make(map[int32]*coverage.Point, len(places))
	for _, at := range places {
		held[at] = nil
	}
	err := r.Scan(ctx, int(first), func(row *Row) error {
		if _, wanted := held[int32(row.At)]; wanted {
			point := *row.point
			held[int32(row.At)] = &point
		}
		if row.At == int(last) {
			return errPicked
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPicked) {
		return err
	}
	for _, at := range places {
		if err := yield(&Row{At: int(at), of: r, point: held[at]}); err != nil {
			return err
		}
	}
	return nil
}

// Values returns the values in the order of the columns.
func (r *Row) Values() []Value {
	if r.point != nil {
		r.values = appendHousehold(r.values[:0], r.of.households, r.point)
	} else if r.values == nil {
		row := r.of.rows.at(r.At)
		r.values = r.of.maker.appendValues(nil, new(rowValues), r.At, row, r.of.maker.footprint(row))
	}
	return r.values
}

// Key returns what names the row: the value of its first column.
func (r *Row) Key() string {
	if r.point != nil {
		return r.point.ID
	}
	return key(r.of.Result, r.of.rows.at(r.At))
}

// Geometry returns the shape, or nil where there is none.
func (r *Row) Geometry() (orb.Geometry, error) {
	if r.point != nil {
		return r.point.Location, nil
	}
	shape, _, err := r.of.maker.geometry(r.of.rows.at(r.At))
	return shape, err
}

// cellMargin is more, in degrees, than any point of a cell of geo.BaseResolution is from
// its centre within 60 degrees of the equator.
const cellMargin = 0.001

// Near returns a box that contains the row's shape, and may be a little larger: it shows at
// little cost that a shape is elsewhere. It reports false where there is no box.
func (r *Row) Near() (orb.Bound, bool) {
	if r.point != nil {
		return r.point.Location.Bound(), true
	}
	footprint := r.of.maker.footprint(r.of.rows.at(r.At))
	if footprint == nil {
		return orb.Bound{}, false
	}
	var near orb.Bound
	for i, cell := range footprint.Cells {
		center, err := cell.Center()
		if err != nil {
			return orb.Bound{}, false
		}
		if i == 0 {
			near = center.Bound()
		}
		near = near.Extend(center)
	}
	return near.Pad(cellMargin), len(footprint.Cells) > 0
}

// footprint returns the substitute for the outline of a row's area, see geometry.
func (m *tableMaker) footprint(row *coverage.Row) *footprint.Footprint {
	if m.result.Query.By != coverage.ByArea || row.Area == boundary.NoArea {
		return nil
	}
	return m.view.Geometry(&m.result.Boundaries.Areas[row.Area]).Footprint
}

// AppendFeature appends a GeoJSON feature with the id. Coordinates are written as they are,
// to 7 decimals; a number that is no count has a decimal point, since programs guess the type
// of a field from the first values they see.
func AppendFeature(dst []byte, columns []Column, id string, g orb.Geometry, values []Value) ([]byte, error) {
	dst = append(dst, `{"type":"Feature","id":`...)
	dst = appendString(dst, id)
	dst = append(dst, `,"geometry":`...)
	dst, err := AppendGeometry(dst, g)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `,"properties":{`...)
	for i := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, columns[i].Name)
		dst = append(dst, ':')
		at := len(dst)
		dst = appendValue(dst, columns[i].Type, &values[i])
		if t := columns[i].Type; (t == Real || t == Share || t == Degrees) && !values[i].Null &&
			!bytes.ContainsAny(dst[at:], ".e") {
			dst = append(dst, ".0"...)
		}
	}
	return append(dst, "}}"...), nil
}
