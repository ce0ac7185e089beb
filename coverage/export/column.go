package export

import (
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/footprint"
	"tungnha/coverage/hotspot"
)

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
func (m *tableMaker) appendValues(dst []Value, at int, row *coverage.Row, f *footprint.Footprint) []Value {
	result := m.result
	r := NewRecord(result, row)
	dst = append(dst, text(r.Key))
	switch result.Query.By {
	case coverage.ByArea:
		dst = append(dst, text(r.Name), text(r.Kind), text(r.Level), text(r.Parent), boolean(f != nil), m.derivedFrom(row, f), derivedOn(f),
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

func (m *tableMaker) derivedFrom(row *coverage.Row, f *footprint.Footprint) Value {
	if f != nil {
		if n, ok := f.From(row.Hidden, m.view.Viewer().SmallCounts); ok {
			return Value{Integer: int64(n)}
		}
	}
	return Value{Null: true}
}

func derivedOn(f *footprint.Footprint) Value {
	if f == nil {
		return Value{Null: true}
	}
	return optional(f.On.OrNull())
}

// appendSpot appends what the neighbourhood says about a cell; without a statistic nothing.
func appendSpot(dst []Value, s *hotspot.Spot) []Value {
	if s.Class == hotspot.None {
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
