package rules

import (
	"maps"
	"slices"

	"tungnha/data"
)

// ThresholdRow is the thresholds of one province from a day on, as a store keeps them for who
// counts in SQL. Its JSON members are named as the columns of that table.
type ThresholdRow struct {
	Province  string    `json:"province_code"` // empty: every province without a row of its own
	ValidFrom data.Date `json:"valid_from"`    // first last day of a window for which they are used
	Thresholds
}

// ThresholdRows lists the thresholds: the common ones, then those of each province that has its
// own. The configuration has none that change with the day, so all are valid from the first of all days.
func (c *Config) ThresholdRows() []ThresholdRow {
	const always = data.Date(1)
	rows := []ThresholdRow{{ValidFrom: always, Thresholds: c.Thresholds}}
	for _, code := range slices.Sorted(maps.Keys(c.Provinces)) {
		rows = append(rows, ThresholdRow{code, always, c.Provinces[code]})
	}
	return rows
}
