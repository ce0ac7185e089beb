package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"tungnha/coverage/export"
	"tungnha/coverage/rules"
)

// Sum is what the rows of the file add up to in one count.
type Sum struct {
	Column   string
	Rows     int64
	Total    int64 // that the file gives
	Withheld int   // rows whose count is kept back
}

// OK reports whether the rows add up to the total: to all of it where no count is kept
// back, else to no more.
func (s *Sum) OK() bool { return s.Rows == s.Total || s.Withheld > 0 && s.Rows < s.Total }

// runningSum adds up one column of the file.
type runningSum struct {
	Sum
	at       int  // column of the file
	eligible int  // of households: the column that shows whether the row counts
	isSet    bool // the column is a yes or no, of which yes counts one
}

// sumsOf returns what is to be added up in a file: nothing, where rows do not add up.
func sumsOf(m *export.Metadata) []runningSum {
	if !m.AddsUp || m.Total == nil {
		return nil
	}
	column := func(name string) int {
		return slices.IndexFunc(m.Columns, func(c export.Column) bool { return c.Name == name })
	}
	eligible := column("eligible")
	var sums []runningSum
	add := func(name, in string, total *uint32) {
		if at := column(in); at >= 0 && total != nil {
			sums = append(sums, runningSum{Sum{Column: name, Total: int64(*total)}, at, eligible,
				m.Columns[at].Type == export.Boolean})
		}
	}
	measures := (&rules.Config{}).Measures()
	for i := range measures {
		switch mm := &measures[i]; {
		case mm.Kind != rules.Counted || mm.In&rules.InRows != rules.InRows:
		// The total includes visits to households that were removed from the register since.
		case m.Layer == export.Households && mm.State == 0:
		case m.Layer == export.Households:
			add(mm.Key, cmp.Or(mm.HouseholdKey, mm.Key), m.Total.Count(mm.Key))
		default:
			add(mm.Key, mm.Key, m.Total.Count(mm.Key))
		}
	}
	uptake := m.Total.Uptake()
	for _, skill := range slices.Sorted(maps.Keys(uptake)) {
		add("assessed_"+skill, "assessed_"+skill, uptake[skill].Assessed)
		add("shown_"+skill, "shown_"+skill, uptake[skill].Shown)
	}
	return sums
}

// count adds a row of the file to the sums.
func (v *verifier) count(row *fileRow) error {
	v.Rows++
	for i := range v.sums {
		s := &v.sums[i]
		if s.eligible >= 0 && row.fields[s.eligible] != "true" {
			continue
		}
		switch field := row.fields[s.at]; {
		case field == "":
			s.Withheld++
		case s.isSet:
			if field == "true" {
				s.Sum.Rows++
			}
		default:
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return fmt.Errorf("row %q: %s: %w", row.fields[0], s.Column, err)
			}
			s.Sum.Rows += n
		}
	}
	return nil
}
