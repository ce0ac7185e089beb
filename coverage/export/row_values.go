package export

import (
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/footprint"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// rowValues is a row while its values are made.
type rowValues struct {
	maker     *tableMaker
	at        int // among the rows of the result
	row       *coverage.Row
	footprint *footprint.Footprint // of an area, where it replaces an outline
	area      *data.Area           // nil: not of an area, or of those of no area
	team      *data.Team           // nil: not of a team
	numbers   rules.Numbers

	skill     int // of the current interval
	low, high float64
	interval  bool
}

// set makes the values those of a row.
func (v *rowValues) set(result *coverage.Result, row *coverage.Row) {
	v.row, v.area, v.team, v.skill = row, nil, nil, -1
	v.numbers.SetAll(&row.Figures)
	switch result.Query.By {
	case coverage.ByArea:
		if row.Area != boundary.NoArea {
			v.setArea(&result.Boundaries.Areas[row.Area])
		}
	case coverage.ByTeam:
		if row.Team < 0 { // the total
			return
		}
		v.team = &result.Teams[row.Team]
		if v.team.Members != data.Unknown {
			v.numbers[rules.NumMembers] = uint32(v.team.Members)
		}
	}
}

func (v *rowValues) setArea(area *data.Area) {
	v.area = area
	if area.DeclaredHouseholds != data.Unknown {
		v.numbers[rules.NumDeclared] = uint32(area.DeclaredHouseholds)
	}
}

// measured returns the value of a measure.
func (v *rowValues) measured(m *rules.Measure, result *coverage.Result) Value {
	switch m.Kind {
	case rules.Counted:
		if n, ok := m.Count(&v.numbers, v.row.Hidden); ok {
			return Value{Integer: int64(n)}
		}
	case rules.Share, rules.Ratio:
		if rate, ok := m.Rate(&v.numbers, v.row.Hidden); ok {
			return Value{Real: rate}
		}
	case rules.Day:
		switch {
		case v.row.LastVisit == data.NoDate:
		case result.Release != nil:
			return text(v.row.LastVisit.MonthName())
		default:
			return text(v.row.LastVisit.String())
		}
	case rules.Low, rules.High:
		if v.row.Hidden&m.Hide != 0 {
			break
		}
		if v.skill != m.Skill {
			v.skill = m.Skill
			_, v.low, v.high, v.interval = v.row.Uptake(m.Skill)
		}
		switch {
		case !v.interval:
		case m.Kind == rules.Low:
			return Value{Real: v.low}
		default:
			return Value{Real: v.high}
		}
	case rules.Served:
		return Value{List: v.team.HamletsOn(result.Query.To)}
	}
	return Value{Null: true}
}

// typeOf is the type of the column of a measure.
var typeOf = map[rules.Kind]Type{
	rules.Counted: Integer, rules.Share: Share, rules.Ratio: Real, rules.Day: Day,
	rules.Low: Share, rules.High: Share, rules.Served: List,
	rules.SpotScore: Real, rules.SpotP: Real, rules.SpotCorrectedP: Real, rules.SpotClass: Text,
}

// appendValues appends the values of the row at a place of the result, in the order of the fields. What it needs
// to make them is in v, of which each goroutine has its own.
func (m *tableMaker) appendValues(dst []Value, v *rowValues, at int, row *coverage.Row,
	f *footprint.Footprint) []Value {
	v.maker, v.at, v.footprint = m, at, f
	v.set(m.result, row)
	for i := range m.fields {
		if field := &m.fields[i]; field.measure != nil {
			dst = append(dst, v.measured(field.measure, m.result))
		} else {
			dst = append(dst, field.ofRow(v))
		}
	}
	return dst
}

func (m *tableMaker) derivedFrom(area *data.Area, f *footprint.Footprint) Value {
	if f != nil {
		if n, ok := m.view.DerivedHouseholds(area, f); ok {
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
