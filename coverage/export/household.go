package export

import (
	"context"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/rules"
)

// householdColumns are those of the layer households.
var householdColumns = []Column{
	{"household_id", Text, "household", "mã hộ"},
	{"hamlet_code", Text, "code of the hamlet it declares", "mã thôn, tổ"},
	{"lon", Degrees, "longitude, degrees", "kinh độ"},
	{"lat", Degrees, "latitude, degrees", "vĩ độ"},
	{"eligible", Boolean, "counts among the households", "thuộc diện"},
	{"attempted", Boolean, "visited in the window", "đã được đến trong kỳ"},
	{"contacted", Boolean, "opened the door", "đã gặp được"},
	{"reached", Boolean, "visit completed", "đã hoàn thành"},
	{"revisit_due", Boolean, "to be visited again", "cần quay lại"},
	{"visits", Integer, "visits in the window", "số lượt thăm trong kỳ"},
	{"last_visit", Day, "day of the latest visit", "ngày thăm gần nhất"},
}

// appendHousehold appends the values of a household in the order of householdColumns.
func appendHousehold(dst []Value, p *coverage.Point) []Value {
	return append(dst, text(p.ID), text(p.Hamlet), Value{Real: p.Location[0]}, Value{Real: p.Location[1]},
		boolean(p.State&rules.Eligible != 0), boolean(p.State&rules.Attempted != 0),
		boolean(p.State&rules.Contacted != 0), boolean(p.State&rules.Reached != 0),
		boolean(p.State&rules.RevisitDue != 0), Value{Integer: int64(p.Visits)}, optional(p.LastVisit.OrNull()))
}

// householdTable lists the households themselves, for those who may see them.
func householdTable(ctx context.Context, view *coverage.View, q coverage.Query) (*Table, error) {
	if !view.Viewer().Households {
		return nil, coverage.ErrNotAllowed
	}
	q.By, q.Resolution = coverage.ByCell, coverage.MinResolution // checks the window and the parent, and gives the total
	result, err := view.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	m := tableMaker{view: view, result: result}
	t := &Table{Metadata: m.metadata(Households), AtMost: view.Totals().Households}
	t.Resolution = 0
	t.Columns = slices.Clone(householdColumns)
	t.each = func(ctx context.Context, yield func(orb.Geometry, []Value) error) error {
		values := make([]Value, 0, 11)
		return view.Points(ctx, result.Query, world, func(p *coverage.Point) error {
			values = appendHousehold(values[:0], p)
			return yield(p.Location, values)
		})
	}
	return t, nil
}

var world = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
