package export

import (
	"tungnha/coverage"
	"tungnha/coverage/hotspot"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// Field is an entry of the data dictionary: a field that files and answers have.
type Field struct {
	Column
	Unit             string // of a number, as UCUM writes it: 1 for a rate, {household} for a count; empty: none
	LabelVI, LabelEN string // a heading; Column describes the field
	Layers           []string
}

// field is a field with where its value comes from: a measure, or what a row or a household is.
type field struct {
	Field
	measure   *rules.Measure
	ofRow     func(*rowValues) Value
	household func(*coverage.Point) Value
}

func measureField(m *rules.Measure, public bool) field {
	f := field{measure: m}
	f.Column = Column{m.Key, typeOf[m.Kind], m.EN, m.VI}
	if public && m.Kind == rules.Day {
		f.Column = Column{m.Key, Text, "month of the latest visit, YYYY-MM", "tháng thăm gần nhất, YYYY-MM"}
	}
	f.Unit, f.LabelVI, f.LabelEN = m.Unit, m.LabelVI, m.LabelEN
	return f
}

// about makes a field that describes a row and is no measure of it.
func about(name string, t Type, unit, labelVI, labelEN, en, vi string, value func(*rowValues) Value) field {
	f := field{ofRow: value}
	f.Column = Column{name, t, en, vi}
	f.Unit, f.LabelVI, f.LabelEN = unit, labelVI, labelEN
	return f
}

// ofArea makes a value of the row's area; the row of those of no area has an empty text.
func ofArea(of func(*data.Area) string) func(*rowValues) Value {
	return func(v *rowValues) Value {
		if v.area == nil {
			return text("")
		}
		return text(of(v.area))
	}
}

// The fields that name and describe a row, before its measures.
var (
	areaFields = []field{
		about("code", Text, "", "Mã đơn vị", "Code", "official unit code", "mã đơn vị",
			ofArea(func(a *data.Area) string { return a.Code })),
		about("name", Text, "", "Tên", "Name", "name", "tên", ofArea(func(a *data.Area) string { return a.Name })),
		about("kind", Text, "", "Loại", "Kind", "kind of unit", "loại đơn vị",
			ofArea(func(a *data.Area) string { return a.Kind })),
		about("level", Text, "", "Cấp", "Level",
			"province, district, commune or hamlet", "cấp: tỉnh, huyện, xã hoặc thôn/tổ", func(v *rowValues) Value {
				if v.area == nil {
					return text(string(v.maker.result.Query.Level))
				}
				return text(string(v.area.Level))
			}),
		about("parent", Text, "", "Đơn vị cấp trên", "Parent", "code of the area above", "mã đơn vị cấp trên",
			ofArea(func(a *data.Area) string { return a.Parent })),
		about("valid_from", Day, "", "Có hiệu lực từ", "Valid from",
			"first day on which the area was valid in these boundaries", "ngày đầu tiên đơn vị có hiệu lực",
			func(v *rowValues) Value {
				if v.area == nil {
					return Value{Null: true}
				}
				return optional(v.area.ValidFrom.OrNull())
			}),
		about("geometry_derived", Boolean, "", "Hình dựng", "Derived shape",
			"the shape is made of the cells that hold households",
			"hình dựng từ các ô có hộ, không phải ranh giới chính thức",
			func(v *rowValues) Value { return boolean(v.footprint != nil) }),
		about("derived_households", Integer, rules.UnitHouseholds, "Số hộ dựng hình", "Households of the shape",
			"households in the register that the shape is made from", "số hộ trong sổ dùng để dựng hình",
			func(v *rowValues) Value { return v.maker.derivedFrom(v.area, v.footprint) }),
		about("derived_on", Day, "", "Ngày dựng hình", "Shape as of",
			"latest day that the register knew of then", "ngày mới nhất của sổ hộ khi dựng hình",
			func(v *rowValues) Value { return derivedOn(v.footprint) }),
	}
	cellFields = []field{about("h3", Text, "", "Mã ô H3", "H3 cell", "H3 index of the cell", "mã ô H3",
		func(v *rowValues) Value { return text(v.row.Cell.String()) })}
	teamFields = []field{
		about("team_id", Text, "", "Mã tổ", "Team", "team", "mã tổ",
			func(v *rowValues) Value { return text(v.team.ID) }),
		about("name", Text, "", "Tên", "Name", "name", "tên tổ", func(v *rowValues) Value { return text(v.team.Name) }),
		about("commune_code", Text, "", "Mã xã, phường", "Commune", "code of the team's commune",
			"mã xã, phường của tổ",
			func(v *rowValues) Value { return text(v.team.CommuneCode) }),
	}
	periodFields = []field{about("period", Day, "", "Kỳ", "Period", "first day of the period", "ngày đầu kỳ",
		func(v *rowValues) Value { return text(v.row.Day.String()) })}
	lastFields = []field{
		about("flags", List, "", "Cảnh báo", "Flags", "flags raised", "cảnh báo",
			func(v *rowValues) Value { return Value{List: v.maker.result.Config.Keys(v.row.Flags)} }),
		about("suppressed", List, "", "Không công bố", "Suppressed",
			"counts kept back because they are small", "số liệu nhỏ không công bố",
			func(v *rowValues) Value { return Value{List: v.maker.result.Config.Suppressed(v.row.Hidden)} }),
	}
	householdOwnFields = []field{
		ofHousehold("household_id", Text, "", "Mã hộ", "Household", "household", "mã hộ",
			func(p *coverage.Point) Value { return text(p.ID) }),
		ofHousehold("hamlet_code", Text, "", "Mã thôn, tổ", "Hamlet", "code of the hamlet it declares", "mã thôn, tổ",
			func(p *coverage.Point) Value { return text(p.Hamlet) }),
		ofHousehold("lon", Degrees, "deg", "Kinh độ", "Longitude", "longitude, degrees", "kinh độ",
			func(p *coverage.Point) Value { return Value{Real: p.Location[0]} }),
		ofHousehold("lat", Degrees, "deg", "Vĩ độ", "Latitude", "latitude, degrees", "vĩ độ",
			func(p *coverage.Point) Value { return Value{Real: p.Location[1]} }),
	}
)

// ofSpot makes a value of the statistics around a cell; without them it is null.
func ofSpot(kind rules.Kind) func(*rowValues) Value {
	return func(v *rowValues) Value {
		s := &v.maker.spots.Spots[v.at]
		if s.Class == hotspot.None {
			return Value{Null: true}
		}
		switch kind {
		case rules.SpotScore:
			return Value{Real: s.Z}
		case rules.SpotP:
			return Value{Real: s.P}
		case rules.SpotCorrectedP:
			return Value{Real: s.Q}
		}
		return text(s.Class.String())
	}
}

func ofHousehold(name string, t Type, unit, labelVI, labelEN, en, vi string, value func(*coverage.Point) Value) field {
	f := about(name, t, unit, labelVI, labelEN, en, vi, nil)
	f.household = value
	return f
}

// fieldsOf lists the fields of a result's rows in the order of files; of cells with those of hot spots, where they
// are requested. For the public the last visit is a month.
func fieldsOf(config *rules.Config, by coverage.By, spots, public bool) []field {
	layer := layerOfRows(by)
	measures := config.Measures()
	var fields []field
	switch layer {
	case rules.InAreas:
		fields = append(fields, areaFields...)
	case rules.InCells:
		fields = append(fields, cellFields...)
		for i := range measures {
			if m := &measures[i]; spots && m.In&rules.InHotSpots != 0 {
				f := measureField(m, public)
				f.measure, f.ofRow = nil, ofSpot(m.Kind)
				fields = append(fields, f)
			}
		}
	case rules.InTeams:
		fields = append(fields, teamFields...)
	default:
		fields = append(fields, periodFields...)
	}
	for _, own := range []bool{true, false} {
		for i := range measures {
			if m := &measures[i]; m.In&layer != 0 && m.OwnOf(layer) == own {
				fields = append(fields, measureField(m, public))
			}
		}
	}
	return append(fields, lastFields...)
}

// layerOfRows is the layer of the rows of a grouping.
func layerOfRows(by coverage.By) rules.Layers {
	switch by {
	case coverage.ByArea:
		return rules.InAreas
	case coverage.ByCell:
		return rules.InCells
	case coverage.ByTeam:
		return rules.InTeams
	}
	return rules.InPeriods
}

// householdFields lists the fields of the layer households: a measure that counts households is a yes or no there.
func householdFields(config *rules.Config) []field {
	fields := append([]field(nil), householdOwnFields...)
	measures := config.Measures()
	for i := range measures {
		m := &measures[i]
		f := measureField(m, false)
		switch {
		case m.State != 0:
			f.measure = nil
			f.Type, f.EN, f.VI, f.Unit = Boolean, m.HouseholdEN, m.HouseholdVI, ""
			if m.HouseholdKey != "" {
				f.Name, f.LabelVI, f.LabelEN = m.HouseholdKey, m.HouseholdLabelVI, m.HouseholdLabelEN
			}
			f.household = func(p *coverage.Point) Value { return boolean(p.State&m.State != 0) }
		case m.Key == "visits":
			f.household = func(p *coverage.Point) Value { return Value{Integer: int64(p.Visits)} }
		case m.Kind == rules.Day:
			f.household = func(p *coverage.Point) Value { return optional(p.LastVisit.OrNull()) }
		default:
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func columnsOf(fields []field) []Column {
	columns := make([]Column, len(fields))
	for i := range fields {
		columns[i] = fields[i].Column
	}
	return columns
}
