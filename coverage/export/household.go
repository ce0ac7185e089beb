package export

import (
	"context"

	"github.com/paulmach/orb"

	"tungnha/coverage"
)

func appendHousehold(dst []Value, fields []field, p *coverage.Point) []Value {
	for i := range fields {
		dst = append(dst, fields[i].household(p))
	}
	return dst
}

// householdTable lists the households themselves, for those who may see them.
func householdTable(ctx context.Context, view *coverage.View, q coverage.Query) (*Table, error) {
	if !view.Viewer().Households {
		return nil, coverage.ErrNotAllowed
	}
	// This query checks the window and the parent, and gives the total.
	q.By, q.Resolution = coverage.ByCell, coverage.MinResolution
	result, err := view.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	m := tableMaker{view: view, result: result}
	t := &Table{Metadata: m.metadata(Households), AtMost: view.Totals().Households}
	t.Resolution = 0
	fields := householdFields(result.Config)
	t.Columns = columnsOf(fields)
	t.each = func(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
		values := make([]Value, 0, len(fields))
		return view.Points(ctx, result.Query, world, func(p *coverage.Point) error {
			values = appendHousehold(values[:0], fields, p)
			return yield(p.Location, values)
		})
	}
	return t, nil
}

var world = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
