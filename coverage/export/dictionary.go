package export

import (
	"slices"

	"tungnha/coverage"
	"tungnha/coverage/hotspot"
	"tungnha/coverage/rules"
)

// Field is an entry of the data dictionary: a field that files and answers have.
type Field struct {
	Column
	Unit             string // of a number, as UCUM writes it: 1 for a rate, {household} for a count; empty: none
	LabelVI, LabelEN string // a heading; Column says what the field means
	Layers           []string
}

// Units of numbers, as UCUM writes them: what stands in braces is a thing that is counted.
const (
	unitHouseholds = "{household}"
	unitVisits     = "{visit}"
	unitOne        = "1"
)

// headings gives each field its unit and its labels, but for the fields of skills, in the
// order of the dictionary.
var headings = []struct{ name, unit, vi, en string }{
	{"code", "", "Mã đơn vị", "Code"},
	{"name", "", "Tên", "Name"},
	{"kind", "", "Loại", "Kind"},
	{"level", "", "Cấp", "Level"},
	{"parent", "", "Đơn vị cấp trên", "Parent"},
	{"geometry_derived", "", "Hình dựng", "Derived shape"},
	{"derived_households", unitHouseholds, "Số hộ dựng hình", "Households of the shape"},
	{"derived_on", "", "Ngày dựng hình", "Shape as of"},
	{"declared_households", unitHouseholds, "Số hộ công bố", "Declared households"},
	{"registry_completeness", unitOne, "Độ đầy đủ của sổ", "Registry completeness"},
	{"h3", "", "Mã ô H3", "H3 cell"},
	{"gi_z", unitOne, "Gi*", "Gi*"},
	{"gi_p", unitOne, "p của Gi*", "p of Gi*"},
	{"gi_q", unitOne, "p hiệu chỉnh", "Corrected p"},
	{"hotspot", "", "Cụm", "Hot spot"},
	{"team_id", "", "Mã tổ", "Team"},
	{"commune_code", "", "Mã xã, phường", "Commune"},
	{"members", "{person}", "Số thành viên", "Members"},
	{"reached_by_any", unitHouseholds, "Hoàn thành bởi tổ bất kỳ", "Reached by any team"},
	{"reached_elsewhere", unitHouseholds, "Hoàn thành ngoài địa bàn", "Reached elsewhere"},
	{"serves", "", "Địa bàn", "Serves"},
	{"visits_inside", unitVisits, "Lượt trong địa bàn", "Visits inside"},
	{"visits_outside", unitVisits, "Lượt ngoài địa bàn", "Visits outside"},
	{"days_worked", "d", "Số ngày đi thăm", "Days worked"},
	{"visits_per_day", "{visit}/d", "Lượt mỗi ngày", "Visits per day"},
	{"revisits", unitVisits, "Lượt quay lại", "Revisits"},
	{"revisits_completed", unitVisits, "Quay lại hoàn thành", "Revisits completed"},
	{"revisit_effectiveness", unitOne, "Hiệu quả quay lại", "Revisit effectiveness"},
	{"period", "", "Kỳ", "Period"},
	{"newly_reached", unitHouseholds, "Hoàn thành mới", "Newly reached"},
	{"reached_so_far", unitHouseholds, "Hoàn thành lũy kế", "Reached so far"},
	{"households", unitHouseholds, "Số hộ", "Households"},
	{"household_id", "", "Mã hộ", "Household"},
	{"hamlet_code", "", "Mã thôn, tổ", "Hamlet"},
	{"lon", "deg", "Kinh độ", "Longitude"},
	{"lat", "deg", "Vĩ độ", "Latitude"},
	{"eligible", "", "Thuộc diện", "Eligible"},
	{"attempted", unitHouseholds, "Đã đến", "Attempted"},
	{"contacted", unitHouseholds, "Đã gặp", "Contacted"},
	{"reached", unitHouseholds, "Đã hoàn thành", "Reached"},
	{"revisit_due", unitHouseholds, "Cần quay lại", "Revisit due"},
	{"visits", unitVisits, "Lượt thăm", "Visits"},
	{"last_visit", "", "Lần thăm gần nhất", "Last visit"},
	{"coverage", unitOne, "Tỷ lệ bao phủ", "Coverage"},
	{"attempt_rate", unitOne, "Tỷ lệ đã đến", "Attempt rate"},
	{"success_rate", unitOne, "Tỷ lệ thành công", "Success rate"},
	{"flags", "", "Cảnh báo", "Flags"},
	{"suppressed", "", "Không công bố", "Suppressed"},
}

// Layers by what the dictionary calls them: those of files, and counts by day.
var dictionaryLayers = []struct {
	name string
	by   coverage.By
}{{string(Areas), coverage.ByArea}, {string(Cells), coverage.ByCell}, {string(Teams), coverage.ByTeam}, {"visits", coverage.ByDay}}

// Dictionary returns every field that files and answers have, those of the skills last.
// A field that counts households tells in the layer households whether the one is among them.
func Dictionary(config *rules.Config) []Field {
	var all []Field
	add := func(layer string, columns []Column) {
		for _, c := range columns {
			i := slices.IndexFunc(all, func(f Field) bool { return f.Name == c.Name })
			if i < 0 {
				i = len(all)
				f := Field{Column: c}
				f.Unit, f.LabelVI, f.LabelEN = heading(config, c.Name)
				all = append(all, f)
			}
			all[i].Layers = append(all[i].Layers, layer)
		}
	}
	for _, layer := range dictionaryLayers {
		m := tableMaker{result: &coverage.Result{Query: coverage.Query{By: layer.by}, Config: config}, spots: &hotspot.Result{}}
		columns := m.columns()
		add(layer.name, columns)
		if layer.by == coverage.ByArea {
			add(string(Flags), columns)
		}
	}
	add(string(Households), householdColumns)
	order := func(name string) int {
		if i := slices.IndexFunc(headings, func(h struct{ name, unit, vi, en string }) bool { return h.name == name }); i >= 0 {
			return i
		}
		return len(headings)
	}
	slices.SortStableFunc(all, func(a, b Field) int { return order(a.Name) - order(b.Name) })
	return all
}

// heading returns the unit of a field and its labels.
func heading(config *rules.Config, name string) (unit, vi, en string) {
	for _, h := range headings {
		if h.name == name {
			return h.unit, h.vi, h.en
		}
	}
	for _, s := range config.Skills {
		switch name {
		case "assessed_" + s.Key:
			return unitHouseholds, "Đã đánh giá: " + s.VI, "Assessed: " + s.EN
		case "shown_" + s.Key:
			return unitHouseholds, "Làm được: " + s.VI, "Shown: " + s.EN
		case "uptake_" + s.Key:
			return unitOne, "Tỷ lệ làm được: " + s.VI, "Uptake: " + s.EN
		case "uptake_" + s.Key + "_low":
			return unitOne, "Cận dưới: " + s.VI, "Low end: " + s.EN
		case "uptake_" + s.Key + "_high":
			return unitOne, "Cận trên: " + s.VI, "High end: " + s.EN
		}
	}
	return "", name, name
}

// LayerFields returns the fields of a layer, "visits" for counts by day, in the order of
// its columns; of cells without those of hot spots.
func LayerFields(config *rules.Config, layer string) []Field {
	var columns []Column
	if layer == string(Households) {
		columns = householdColumns
	} else {
		if layer == string(Flags) {
			layer = string(Areas)
		}
		for _, l := range dictionaryLayers {
			if l.name == layer {
				m := tableMaker{result: &coverage.Result{Query: coverage.Query{By: l.by}, Config: config}}
				columns = m.columns()
			}
		}
	}
	fields := make([]Field, len(columns))
	for i, c := range columns {
		fields[i].Column = c
		fields[i].Unit, fields[i].LabelVI, fields[i].LabelEN = heading(config, c.Name)
		if layer == string(Households) && fields[i].Unit == unitHouseholds {
			fields[i].Unit = ""
		}
	}
	return fields
}

// String returns the name of the type.
func (t Type) String() string { return typeNames[t] }
