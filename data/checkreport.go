package data

import (
	"context"
	"errors"
	"fmt"
)

// CheckPart is what a check of a store looks at.
type CheckPart string

// The parts of a check.
const (
	CheckPages      CheckPart = "pages"      // of the file, and its indexes
	CheckReferences CheckPart = "references" // rows that name a row which is not there
	CheckSchema     CheckPart = "schema"     // tables, views, triggers
	CheckTypes      CheckPart = "types"      // values of another type than their column's
	CheckLayers     CheckPart = "layers"     // by which GIS programs find the tables
	CheckRecords    CheckPart = "records"    // compared with what the program wrote last
)

// CheckParts are all parts, in the order in which they are reported.
var CheckParts = []CheckPart{CheckPages, CheckReferences, CheckSchema, CheckTypes, CheckLayers, CheckRecords}

// CheckFinding is one thing that is wrong with a store.
type CheckFinding struct {
	Part   CheckPart `json:"part"`
	Detail string    `json:"detail"`
}

// CheckReport is what a check of a store found.
type CheckReport struct {
	Revision   int64          `json:"revision"`
	Areas      int            `json:"areas"`
	Teams      int            `json:"teams"`
	Households int            `json:"households"`
	Visits     int            `json:"visits"`
	Findings   []CheckFinding `json:"findings"`
	Older      *OlderTables   `json:"older,omitempty"` // of an earlier version of the program; nil: of this one
	Altered    *AlteredError  `json:"-"`               // which records are not those that the program wrote last
}

// OlderTables are tables as an earlier version of the program made them. The next one that opens them to write brings
// them up to date.
type OlderTables struct {
	Version int64 `json:"version"`
	Current int64 `json:"current"` // of this program
}

// maxFindings is how many findings of one part are listed.
const maxFindings = 100

// CheckReader reads a whole store and looks for visits whose household or team is missing. It needs memory for the ids
// of the households.
func CheckReader(ctx context.Context, from Reader) (*CheckReport, error) {
	var report CheckReport
	households, teams := make(map[string]struct{}), make(map[string]struct{})
	found := func(part CheckPart, format string, args ...any) {
		if len(report.Findings) < maxFindings {
			report.Findings = append(report.Findings, CheckFinding{part, fmt.Sprintf(format, args...)})
		}
	}
	var err error
	report.Revision, err = from.Read(ctx, RecordHandler{
		Area:      func(*Area) error { report.Areas++; return nil },
		Team:      func(t *Team) error { report.Teams++; teams[t.ID] = struct{}{}; return nil },
		Household: func(h *Household) error { report.Households++; households[h.ID] = struct{}{}; return nil },
		Visit: func(v *Visit) error {
			report.Visits++
			if _, ok := households[v.HouseholdID]; !ok {
				found(CheckReferences, "visit %s: no household %s", v.ID, v.HouseholdID)
			}
			if _, ok := teams[v.TeamID]; !ok {
				found(CheckReferences, "visit %s: no team %s", v.ID, v.TeamID)
			}
			return nil
		},
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	report.CompareRecords(err)
	return &report, nil
}

// CompareRecords notes how the reading of all records ended.
func (r *CheckReport) CompareRecords(err error) {
	var altered *AlteredError
	switch {
	case errors.As(err, &altered):
		r.Altered = altered
		for _, a := range altered.Alterations {
			r.Findings = append(r.Findings,
				CheckFinding{CheckRecords, fmt.Sprintf("%s: %d written, %d found", a.Kind, a.Written, a.Found)})
		}
	case err != nil:
		r.Findings = append(r.Findings, CheckFinding{CheckRecords, err.Error()})
	}
}
