// Package export writes counts and areas as files: GeoJSON, CSV and their kin.
package export

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
)

// Definition is the version of the indicators' definitions that every answer and file
// carries.
const Definition = rules.Definition

// Record is one row of a result as JSON shows it: what names it, and its measures. A rate over nothing and a count
// that is kept back are null; suppressed names what is kept back.
type Record struct {
	Key, Name           string
	Kind, Level, Parent string // of an area; of a team Parent is its commune

	of     *Records                   // nil: read from JSON
	values rowValues                  // with of
	total  bool                       // of the whole scope, which has no measures of single layers but an area's
	read   map[string]json.RawMessage // members, where it was read
}

// Uptake is what is known of one skill, with the 95 % interval of its rate.
type Uptake struct {
	Assessed *uint32  `json:"assessed"`
	Shown    *uint32  `json:"shown"`
	Rate     *float64 `json:"rate" doc:"shown / assessed"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
}

// Answer is a whole result as JSON shows it.
type Answer struct {
	Version    string  `json:"version" doc:"of the data"`
	Definition string  `json:"definition" doc:"version of the indicators' definitions"`
	From       *string `json:"from" format:"date" doc:"null: ever"`
	To         string  `json:"to" format:"date"`
	Boundaries string  `json:"boundaries" format:"date" doc:"the day whose boundaries count"`

	BoundariesFrom *string `json:"boundaries_from" format:"date" doc:"first day on which these very boundaries hold; null: always did"`
	BoundariesTo   *string `json:"boundaries_to" format:"date" doc:"last day on which they hold; null: still do"`

	Total Record   `json:"total"`
	Rows  []Record `json:"rows"`
}

// NewAnswer returns the whole result.
func NewAnswer(result *coverage.Result) Answer {
	records := NewRecords(result)
	answer := Answer{
		Version:    result.Version,
		Definition: Definition,
		From:       result.Query.From.OrNull(),
		To:         result.Query.To.String(),
		Boundaries: result.Query.Boundaries.String(),

		BoundariesFrom: result.Boundaries.From.OrNull(),
		BoundariesTo:   result.Boundaries.To.OrNull(),

		Total: records.Total(),
		Rows:  make([]Record, len(result.Rows)),
	}
	for i := range result.Rows {
		answer.Rows[i] = records.Of(&result.Rows[i])
	}
	return answer
}

// Records makes the records of a result.
type Records struct {
	result   *coverage.Result
	measures []rules.Measure
	skills   []int // of the configuration, by key: the order of JSON
}

// NewRecords returns the records of a result.
func NewRecords(result *coverage.Result) *Records {
	skills := make([]int, len(result.Config.Skills))
	for i := range skills {
		skills[i] = i
	}
	slices.SortFunc(skills, func(a, b int) int {
		return strings.Compare(result.Config.Skills[a].Key, result.Config.Skills[b].Key)
	})
	return &Records{result, result.Config.Measures(), skills}
}

// Total returns the record of the whole scope, under the key and the name of the scope's area.
func (of *Records) Total() Record {
	r := Record{of: of, total: true}
	r.values.set(of.result, &of.result.Total)
	b := of.result.Boundaries
	r.values.area, r.values.team = nil, nil
	if i := b.Find(of.result.Query.Parent); of.result.Query.Parent != "" && i != boundary.NoArea {
		r.values.setArea(&b.Areas[i])
		r.nameArea()
	}
	return r
}

// Of returns the record of one of the result's rows.
func (of *Records) Of(row *coverage.Row) Record {
	r := Record{of: of, Key: key(of.result, row)}
	r.values.set(of.result, row)
	switch {
	case r.values.area != nil:
		r.nameArea()
	case of.result.Query.By == coverage.ByArea:
		r.Level = string(of.result.Query.Level)
	case r.values.team != nil:
		r.Name, r.Parent = r.values.team.Name, r.values.team.CommuneCode
	default:
		r.Name = r.Key
	}
	return r
}

func (r *Record) nameArea() {
	area := r.values.area
	r.Key, r.Name, r.Kind, r.Level, r.Parent = area.Code, area.Name, area.Kind, string(area.Level), area.Parent
}

// layer is the layer that the record is a row of.
func (r *Record) layer() rules.Layers {
	switch layer := layerOfRows(r.of.result.Query.By); {
	case r.values.area != nil:
		return rules.InAreas
	case r.total:
		return 0
	default:
		return layer
	}
}

// Count returns a count, or nil where it is kept back.
func (r *Record) Count(key string) *uint32 { return member[uint32](r, key) }

// Rate returns a rate, or nil where it is one over nothing or a count of it is kept back.
func (r *Record) Rate(key string) *float64 { return member[float64](r, key) }

// LastVisit returns the day of the latest visit, or nil where there was none.
func (r *Record) LastVisit() *string { return member[string](r, "last_visit") }

// Flags returns the flags raised.
func (r *Record) Flags() []string { return *cmp.Or(member[[]string](r, "flags"), new([]string)) }

// Suppressed returns the names of the counts that are kept back.
func (r *Record) Suppressed() []string {
	return *cmp.Or(member[[]string](r, "suppressed"), new([]string))
}

// Serves returns the codes of the hamlets of a team.
func (r *Record) Serves() []string { return *cmp.Or(member[[]string](r, "serves"), new([]string)) }

// HamletsFlagged returns of an area above hamlets how many of its hamlets have each flag.
func (r *Record) HamletsFlagged() map[string]uint32 {
	return *cmp.Or(member[map[string]uint32](r, "hamlets_flagged"), new(map[string]uint32))
}

// Uptake returns what is known of each skill, by key.
func (r *Record) Uptake() map[string]Uptake {
	return *cmp.Or(member[map[string]Uptake](r, "uptake"), new(map[string]Uptake))
}

// key returns what names the row among the rows of its result.
func key(result *coverage.Result, row *coverage.Row) string {
	switch result.Query.By {
	case coverage.ByArea:
		if row.Area == boundary.NoArea {
			return ""
		}
		return result.Boundaries.Areas[row.Area].Code
	case coverage.ByCell:
		return row.Cell.String()
	case coverage.ByTeam:
		return result.Teams[row.Team].ID
	default:
		return row.Day.String()
	}
}
