// Package export writes counts and areas as files: GeoJSON, CSV and their kin.
package export

import "tungnha/coverage"

// Record is one row of a result as JSON, GeoJSON properties and tables show it. A rate
// over nothing and a count that is kept back are null; Suppressed names what is kept back.
type Record struct {
	Key  string `json:"key" doc:"code of the area, H3 index, team id or first day of the period; empty: the bucket of no area"`
	Name string `json:"name"`

	Kind   string `json:"kind,omitempty" doc:"of an area: Phường, Xã, Thôn …"`
	Level  string `json:"level,omitempty"`
	Parent string `json:"parent,omitempty" doc:"code of the area above"`

	Households *uint32  `json:"households"`
	Attempted  *uint32  `json:"attempted"`
	Contacted  *uint32  `json:"contacted"`
	Reached    *uint32  `json:"reached"`
	RevisitDue *uint32  `json:"revisit_due"`
	Visits     uint32   `json:"visits"`
	LastVisit  *string  `json:"last_visit" format:"date"`
	Coverage   *float64 `json:"coverage" doc:"reached / households"`
	Attempts   *float64 `json:"attempt_rate" doc:"attempted / households"`
	Success    *float64 `json:"success_rate" doc:"reached / contacted"`

	DeclaredHouseholds   *int     `json:"declared_households,omitempty"`
	RegistryCompleteness *float64 `json:"registry_completeness,omitempty"`

	Members          *int    `json:"members,omitempty" doc:"of a team"`
	ReachedByAny     *uint32 `json:"reached_by_any,omitempty" doc:"of a team: households of its hamlets reached by any team"`
	ReachedElsewhere *uint32 `json:"reached_elsewhere,omitempty" doc:"of a team: households of other hamlets it reached"`

	Uptake         map[string]Uptake `json:"uptake" doc:"by skill"`
	Flags          []string          `json:"flags"`
	HamletsFlagged map[string]uint32 `json:"hamlets_flagged,omitempty"`
	Suppressed     []string          `json:"suppressed,omitempty" doc:"counts kept back because they are small"`
}

// Uptake is what is known of one skill, with its 95 % interval.
type Uptake struct {
	Assessed *uint32  `json:"assessed"`
	Shown    *uint32  `json:"shown"`
	Rate     *float64 `json:"rate"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
}

// Answer is a whole result as JSON shows it.
type Answer struct {
	Version    string   `json:"version" doc:"of the data"`
	Definition string   `json:"definition" doc:"version of the indicators' definitions"`
	From       *string  `json:"from" format:"date" doc:"null: ever"`
	To         string   `json:"to" format:"date"`
	Boundaries string   `json:"boundaries" format:"date"`
	Total      Record   `json:"total"`
	Rows       []Record `json:"rows"`
}

// NewRecord returns row of result as a Record.
func NewRecord(result *coverage.Result, row *coverage.Row) Record { panic("not yet") }

// NewAnswer returns the whole result.
func NewAnswer(result *coverage.Result) Answer { panic("not yet") }
