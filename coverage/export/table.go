package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/geo"
)

// Layer is what a file holds.
type Layer string

// The layers.
const (
	Areas      Layer = "areas"
	Cells      Layer = "cells"
	Flags      Layer = "flags"
	Teams      Layer = "teams"
	Households Layer = "households"
)

// Layers lists the layers in the order in which they are told to people.
var Layers = []Layer{Areas, Cells, Flags, Teams, Households}

// Type is the type of a column.
type Type uint8

// The types of columns.
const (
	Text    Type = iota
	Integer      // int64
	Real         // float64
	Degrees      // float64, to 1e-7
	Share        // float64, part of one
	Day          // YYYY-MM-DD
	List         // of texts
	Boolean
)

var typeNames = []string{"text", "integer", "real", "degrees", "share", "day", "list", "boolean"}

// MarshalText returns the name of the type, as the metadata of files have it.
func (t Type) MarshalText() ([]byte, error) { return []byte(typeNames[t]), nil }

// UnmarshalText reads the name of a type.
func (t *Type) UnmarshalText(name []byte) error {
	i := slices.Index(typeNames, string(name))
	if i < 0 {
		return fmt.Errorf("type %q: want one of %v", name, typeNames)
	}
	*t = Type(i)
	return nil
}

// Column is one property of the rows of a table.
type Column struct {
	Name string `json:"name"` // in files; stable
	Type Type   `json:"type"`
	EN   string `json:"en"` // what it means
	VI   string `json:"vi"`
}

// Value is one value of a row; which of the fields holds it is for the column's type.
type Value struct {
	Null    bool
	Text    string  // Text, Day
	Integer int64   // Integer, and Boolean as 0 or 1
	Real    float64 // Real, Degrees, Share
	List    []string
}

// Table is a layer ready to be written: what it stands on, its columns and a way through
// its rows. It may be written any number of times.
type Table struct {
	Metadata
	AtMost int // rows: that many, or of households fewer

	each        eachFunc
	eachInSpace eachFunc // nil: each is in the order of space
}

// eachFunc calls yield for every row.
type eachFunc func(ctx context.Context, yield func(orb.Geometry, []Value) error) error

// Request says which rows a table is to have.
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

// NewTable asks the index for a layer on behalf of the viewer.
func NewTable(ctx context.Context, ix *coverage.Index, v coverage.Viewer, req Request) (*Table, error) {
	if req.Spots && req.Layer != Cells {
		return nil, &coverage.QueryError{Parameter: "hotspots", Reason: fmt.Sprintf("%s are no cells", req.Layer)}
	}
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
		q.By = coverage.ByTeam
	case Households:
		return householdTable(ctx, ix, v, q)
	default:
		return nil, &coverage.QueryError{Parameter: "layer", Reason: fmt.Sprintf("%q is none of %v", req.Layer, Layers)}
	}
	result, err := ix.Query(ctx, v, q)
	if err != nil {
		return nil, err
	}
	rows := rowsOf(result)
	if req.Layer == Flags {
		if rows, err = flagged(result, rows, req.Flag); err != nil {
			return nil, err
		}
	}
	t := &tableMaker{ix: ix, result: result, viewer: v}
	if req.Spots {
		if t.spots, err = result.HotSpots(); err != nil {
			return nil, err
		}
	}
	table := t.table(req.Layer, rows)
	table.Flag, table.Spots = req.Flag, req.Spots
	return table, nil
}

// ResultTable is the table of a result at hand, of whatever it is grouped by, that was made
// for the viewer.
func ResultTable(ix *coverage.Index, v coverage.Viewer, result *coverage.Result) *Table {
	return (&tableMaker{ix: ix, result: result, viewer: v}).table(Layer(result.Query.By), rowsOf(result))
}

func rowsOf(result *coverage.Result) []*coverage.Row {
	rows := make([]*coverage.Row, len(result.Rows))
	for i := range result.Rows {
		rows[i] = &result.Rows[i]
	}
	return rows
}

// tableMaker turns the rows of a result into those of a table.
type tableMaker struct {
	ix     *coverage.Index
	result *coverage.Result
	viewer coverage.Viewer
	spots  *coverage.HotSpots // nil: not asked for
}

func (m *tableMaker) table(layer Layer, rows []*coverage.Row) *Table {
	t := &Table{Metadata: m.metadata(layer), AtMost: len(rows)}
	t.Columns = m.columns()
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
func (m *tableMaker) each(ctx context.Context, rows []*coverage.Row, order []int, yield func(orb.Geometry, []Value) error) error {
	var values []Value
	for i := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := i
		if order != nil {
			at = order[i]
		}
		geometry, footprint, err := m.geometry(rows[at])
		if err != nil {
			return err
		}
		values = m.appendValues(values[:0], at, rows[at], footprint)
		if err := yield(geometry, values); err != nil {
			return err
		}
	}
	return nil
}

// order returns the numbers of the rows of areas by the H3 cell at the middle of each,
// those without a shape first.
func (m *tableMaker) order(rows []*coverage.Row) ([]int, error) {
	order, cells := make([]int, len(rows)), make([]geo.Cell, len(rows))
	for i, row := range rows {
		order[i] = i
		shape, _, err := m.geometry(row)
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
func flagged(result *coverage.Result, rows []*coverage.Row, name string) ([]*coverage.Row, error) {
	mask := ^coverage.Flags(0)
	if name != "" {
		var err error
		if mask, err = result.Config.ParseFlag(name); err != nil {
			return nil, &coverage.QueryError{Parameter: "kind", Reason: err.Error()}
		}
	}
	return slices.DeleteFunc(rows, func(r *coverage.Row) bool { return r.Flags&mask == 0 }), nil
}

// geometry returns the shape of a row, and the footprint that it is of where it stands in
// for an official outline that does not exist.
func (m *tableMaker) geometry(row *coverage.Row) (shape orb.Geometry, of *coverage.Footprint, err error) {
	switch m.result.Query.By {
	case coverage.ByCell:
		ring, err := row.Cell.Boundary()
		return orb.Polygon{ring}, nil, err
	case coverage.ByArea:
		if row.Area == coverage.NoArea {
			return nil, nil, nil
		}
		area := &m.result.Boundaries.Areas[row.Area]
		if len(area.Geometry) > 0 {
			return area.Geometry, nil, nil
		}
		if area.Level != data.Hamlet {
			return nil, nil, nil
		}
		if f := m.ix.HamletFootprint(area.Code); f != nil {
			outline, err := geo.Outline(f.Cells)
			return outline, f, err
		}
	}
	return nil, nil, nil
}

// columns lists the columns of a result's rows in the order of appendValues.
func (m *tableMaker) columns() []Column {
	result := m.result
	var c []Column
	switch result.Query.By {
	case coverage.ByArea:
		c = append(c,
			Column{"code", Text, "official unit code", "mã đơn vị"},
			Column{"name", Text, "name", "tên"},
			Column{"kind", Text, "kind of unit", "loại đơn vị"},
			Column{"level", Text, "province, district, commune or hamlet", "cấp: tỉnh, huyện, xã hoặc thôn/tổ"},
			Column{"parent", Text, "code of the area above", "mã đơn vị cấp trên"},
			Column{"geometry_derived", Boolean, "the shape is made of the cells that hold households", "hình dựng từ các ô có hộ, không phải ranh giới chính thức"},
			Column{"derived_households", Integer, "households in the register that the shape is made from", "số hộ trong sổ dùng để dựng hình"},
			Column{"derived_on", Day, "latest day that the register knew of then", "ngày mới nhất của sổ hộ khi dựng hình"},
			Column{"declared_households", Integer, "households that the authority declares", "số hộ theo công bố"},
			Column{"registry_completeness", Share, "households / declared_households", "số hộ trong sổ / số hộ công bố"})
	case coverage.ByCell:
		c = append(c, Column{"h3", Text, "H3 index of the cell", "mã ô H3"})
		if m.spots != nil {
			c = append(c,
				Column{"gi_z", Real, "Getis-Ord Gi*: how far coverage around the cell is from the mean, in standard deviations", "Gi*: mức lệch của độ bao phủ quanh ô so với trung bình"},
				Column{"gi_p", Real, "two-sided p-value of gi_z", "giá trị p hai phía"},
				Column{"gi_q", Real, "p-value after correction for the number of cells", "giá trị p đã hiệu chỉnh theo số ô"},
				Column{"hotspot", Text, "hot: high coverage stands together; cold: low coverage does; not_significant", "hot: cụm bao phủ cao; cold: cụm bao phủ thấp"})
		}
	case coverage.ByTeam:
		c = append(c,
			Column{"team_id", Text, "team", "mã tổ"},
			Column{"name", Text, "name", "tên tổ"},
			Column{"commune_code", Text, "code of the team's commune", "mã xã, phường của tổ"},
			Column{"members", Integer, "members", "số thành viên"},
			Column{"reached_by_any", Integer, "households of its hamlets reached by any team", "hộ trên địa bàn được bất kỳ tổ nào hoàn thành"},
			Column{"reached_elsewhere", Integer, "households of other hamlets that it reached", "hộ ngoài địa bàn mà tổ đã hoàn thành"},
			Column{"serves", List, "hamlets assigned to it on the last day", "thôn, tổ được phân công vào ngày cuối kỳ"},
			Column{"visits_inside", Integer, "visits to households of its hamlets", "lượt thăm trong địa bàn"},
			Column{"visits_outside", Integer, "visits to other households", "lượt thăm ngoài địa bàn"},
			Column{"days_worked", Integer, "days with a visit", "số ngày có đi thăm"},
			Column{"visits_per_day", Real, "visits / days_worked", "số lượt thăm mỗi ngày đi"},
			Column{"revisits", Integer, "visits where the time before ended absent or partly done", "lượt quay lại sau khi vắng nhà hoặc làm dở"},
			Column{"revisits_completed", Integer, "revisits that it completed", "lượt quay lại đã hoàn thành"},
			Column{"revisit_effectiveness", Share, "revisits_completed / revisits", "hiệu quả quay lại: hoàn thành / quay lại"})
	default:
		c = append(c,
			Column{"period", Day, "first day of the period", "ngày đầu kỳ"},
			Column{"newly_reached", Integer, "households reached in the period and not before in the window", "hộ lần đầu hoàn thành trong kỳ"},
			Column{"reached_so_far", Integer, "households reached from the window's first day to the period's last", "hộ đã hoàn thành lũy kế đến hết kỳ"})
	}
	c = append(c,
		Column{"households", Integer, "eligible households on the last day", "số hộ thuộc diện vào ngày cuối kỳ"},
		Column{"attempted", Integer, "households with a visit in the window", "hộ đã được đến trong kỳ"},
		Column{"contacted", Integer, "households that opened the door", "hộ đã gặp được"},
		Column{"reached", Integer, "households with a completed visit", "hộ đã hoàn thành hướng dẫn"},
		Column{"revisit_due", Integer, "attempted, not reached, last found absent or partly done", "hộ cần quay lại"},
		Column{"visits", Integer, "visits in the window", "số lượt thăm trong kỳ"},
		Column{"last_visit", Day, "day of the latest visit", "ngày thăm gần nhất"},
		Column{"coverage", Share, "reached / households", "tỷ lệ bao phủ: hoàn thành / tổng số hộ"},
		Column{"attempt_rate", Share, "attempted / households", "tỷ lệ đã đến: đã đến / tổng số hộ"},
		Column{"success_rate", Share, "reached / contacted", "tỷ lệ thành công: hoàn thành / gặp được"})
	for _, s := range result.Config.Skills {
		c = append(c,
			Column{"assessed_" + s.Key, Integer, "households assessed: " + s.EN, "hộ đã đánh giá: " + s.VI},
			Column{"shown_" + s.Key, Integer, "households that showed the skill: " + s.EN, "hộ làm được: " + s.VI},
			Column{"uptake_" + s.Key, Share, "shown / assessed: " + s.EN, "tỷ lệ làm được: " + s.VI},
			Column{"uptake_" + s.Key + "_low", Share, "lower end of the 95 % interval", "cận dưới khoảng tin cậy 95 %"},
			Column{"uptake_" + s.Key + "_high", Share, "upper end of the 95 % interval", "cận trên khoảng tin cậy 95 %"})
	}
	return append(c,
		Column{"flags", List, "flags raised", "cảnh báo"},
		Column{"suppressed", List, "counts kept back because they are small", "số liệu nhỏ không công bố"})
}

// appendValues appends the values of a row in the order of columns.
func (m *tableMaker) appendValues(dst []Value, at int, row *coverage.Row, footprint *coverage.Footprint) []Value {
	result := m.result
	r := NewRecord(result, row)
	dst = append(dst, text(r.Key))
	switch result.Query.By {
	case coverage.ByArea:
		dst = append(dst, text(r.Name), text(r.Kind), text(r.Level), text(r.Parent), boolean(footprint != nil), m.derivedFrom(row, footprint), derivedOn(footprint),
			integer(r.DeclaredHouseholds), real(r.RegistryCompleteness))
	case coverage.ByCell:
		if m.spots != nil {
			dst = appendSpot(dst, &m.spots.Spots[at])
		}
	case coverage.ByTeam:
		dst = append(dst, text(r.Name), text(r.Parent), integer(r.Members), integer(r.ReachedByAny), integer(r.ReachedElsewhere),
			Value{List: r.Serves}, integer(r.VisitsInside), integer(r.VisitsOutside), integer(r.DaysWorked), real(r.VisitsPerDay),
			integer(r.Revisits), integer(r.RevisitsCompleted), real(r.RevisitEffectiveness))
	case coverage.ByDay, coverage.ByWeek, coverage.ByMonth:
		dst = append(dst, integer(r.NewlyReached), integer(r.ReachedSoFar))
	}
	dst = append(dst, integer(r.Households), integer(r.Attempted), integer(r.Contacted), integer(r.Reached),
		integer(r.RevisitDue), integer(&r.Visits), optional(r.LastVisit), real(r.Coverage), real(r.AttemptRate), real(r.SuccessRate))
	for i := range result.Config.Skills {
		u := uptake(row, i)
		dst = append(dst, integer(u.Assessed), integer(u.Shown), real(u.Rate), real(u.Low), real(u.High))
	}
	return append(dst, Value{List: r.Flags}, Value{List: r.Suppressed})
}

func (m *tableMaker) derivedFrom(row *coverage.Row, f *coverage.Footprint) Value {
	if f != nil {
		if n, ok := f.From(row, m.viewer.SmallCounts); ok {
			return Value{Integer: int64(n)}
		}
	}
	return Value{Null: true}
}

func derivedOn(f *coverage.Footprint) Value {
	if f == nil {
		return Value{Null: true}
	}
	return optional(day(f.On))
}

// appendSpot appends what the neighbourhood says about a cell; without a statistic nothing.
func appendSpot(dst []Value, s *coverage.Spot) []Value {
	if s.Class == coverage.NoSpot {
		return append(dst, Value{Null: true}, Value{Null: true}, Value{Null: true}, Value{Null: true})
	}
	return append(dst, Value{Real: s.Z}, Value{Real: s.P}, Value{Real: s.Q}, text(s.Class.String()))
}

func text(s string) Value { return Value{Text: s} }

func boolean(b bool) Value {
	if b {
		return Value{Integer: 1}
	}
	return Value{}
}

func optional(s *string) Value {
	if s == nil {
		return Value{Null: true}
	}
	return Value{Text: *s}
}

func integer[T int | uint32](n *T) Value {
	if n == nil {
		return Value{Null: true}
	}
	return Value{Integer: int64(*n)}
}

func real(f *float64) Value {
	if f == nil {
		return Value{Null: true}
	}
	return Value{Real: *f}
}

// join writes a list into one field.
func join(list []string) string { return strings.Join(list, ";") }
