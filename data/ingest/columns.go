package ingest

import (
	"cmp"
	"math/bits"
	"slices"

	"tungnha/data"
	"tungnha/internal/problem"
)

// The columns of each kind of file, in their order; the first is the id. The values of a row are
// kept in this order, whatever the order in the file.
var (
	areaColumns      = columnNames(data.AreaFields)
	householdColumns = columnNames(data.HouseholdFields)
	teamColumns      = columnNames(data.TeamFields)
	visitColumns     = columnNames(data.VisitFields)
)

// The places of the columns that are read by code of their own.
var (
	areaKind, areaLevel, areaParent = place(areaColumns, "kind"), place(areaColumns, "level"),
		place(areaColumns, "parent")
	areaFrom, areaTo            = place(areaColumns, "valid_from"), place(areaColumns, "valid_to")
	householdLon, householdLat  = place(householdColumns, "lon"), place(householdColumns, "lat")
	teamHamlets, teamAssignedOn = place(teamColumns, "hamlet_codes"), place(teamColumns, "assigned_on")
	visitHousehold, visitTeam   = place(visitColumns, "household_id"), place(visitColumns, "team_id")
	visitAt, visitOutcome       = place(visitColumns, "visited_at"), place(visitColumns, "outcome")
	visitAssessed, visitShown   = place(visitColumns, "assessed"), place(visitColumns, "shown")
)

func columnNames[R any](fields []data.Field[R]) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}

func place(columns []string, name string) int {
	i := slices.Index(columns, name)
	if i < 0 {
		panic("no column " + name)
	}
	return i
}

// maxColumns is the greatest number of columns that a kind may have.
const maxColumns = 12

// columnsOf returns the columns of the kind, nil for a kind that is none.
func columnsOf(kind data.Kind) []string {
	switch kind {
	case data.Areas:
		return areaColumns
	case data.Households:
		return householdColumns
	case data.Teams:
		return teamColumns
	case data.Visits:
		return visitColumns
	}
	return nil
}

// fieldsWith lists the columns of the kind whose field is required or, else, optional.
func fieldsWith(kind data.Kind, required bool) []string {
	switch kind {
	case data.Areas:
		return namesWith(data.AreaFields, required)
	case data.Households:
		return namesWith(data.HouseholdFields, required)
	case data.Teams:
		return namesWith(data.TeamFields, required)
	case data.Visits:
		return namesWith(data.VisitFields, required)
	}
	return nil
}

func namesWith[R any](fields []data.Field[R], required bool) (names []string) {
	for i := range fields {
		if f := &fields[i]; required && f.Required || !required && f.Optional {
			names = append(names, f.Name)
		}
	}
	return names
}

// isOptional reports whether a file without the column lacks nothing.
func isOptional(kind data.Kind, column int) bool {
	return slices.Contains(fieldsWith(kind, false), columnsOf(kind)[column])
}

// requiredColumns are those that a new record of the kind needs, its key first.
func requiredColumns(kind data.Kind) []string { return fieldsWith(kind, true) }

// ParseKind reads the name of a kind; hamlets are areas.
func ParseKind(s string) (data.Kind, *problem.Problem) {
	if s == "hamlets" {
		return data.Areas, nil
	}
	if columnsOf(data.Kind(s)) == nil {
		return "", problem.UnknownKind(s)
	}
	return data.Kind(s), nil
}

// columnMatch is how the columns of a file fit a kind of record.
type columnMatch struct {
	kind     data.Kind
	has      int      // columns of the kind
	missing  []string // what new records need besides
	complete int      // 2: nothing is missing, and the key is a column; 1: nothing, with the id outside of the columns
	takes    bool     // the file can have new records, or update some
}

// matchColumns compares the columns with those of the kind. Updates need the key and one column more. hasID: there is
// an id outside the columns.
func matchColumns(kind data.Kind, names []string, hasID bool) columnMatch {
	m := columnMatch{kind: kind, has: countColumns(kind, names), missing: missingColumns(kind, names, hasID)}
	others := m.has
	named := given(match(kind, names))&1 == 1
	if named {
		others--
	}
	switch {
	case len(m.missing) > 0:
	case named:
		m.complete = 2
	default:
		m.complete = 1
	}
	m.takes = m.complete > 0 || (named || hasID) && others > 0
	return m
}

// better is above 0 where m fits better than n, and 0 where neither does. The id of a GeoJSON feature is one of
// anything: it makes no kind complete that has fewer columns.
func (m *columnMatch) better(n *columnMatch) int {
	return cmp.Or(cmp.Compare(m.complete/2, n.complete/2), cmp.Compare(m.has, n.has),
		cmp.Compare(m.complete, n.complete))
}

// kindOf finds by its column names the kind of a file: the one that fits best.
func kindOf(names []string, hasID bool) (data.Kind, error) {
	var best columnMatch
	unsure := false
	for _, kind := range []data.Kind{data.Visits, data.Households, data.Teams, data.Areas} {
		m := matchColumns(kind, names, hasID)
		switch better := m.better(&best); {
		case m.has == 0:
		case better > 0:
			best, unsure = m, false
		case better == 0:
			unsure = true
		}
	}
	switch {
	case best.has == 0:
		return "", problem.NoKnownColumn(names)
	case unsure && best.complete == 0:
		return "", problem.KindUnclear(names)
	case !best.takes:
		return "", problem.MissingColumns(string(best.kind), best.missing)
	}
	return best.kind, nil
}

// checkColumns reports an error where a file that is to be of the kind can neither have new records nor update any.
func checkColumns(kind data.Kind, names []string, hasID bool) error {
	if m := matchColumns(kind, names, hasID); !m.takes {
		return problem.MissingColumns(string(kind), m.missing)
	}
	return nil
}

func countColumns(kind data.Kind, names []string) int {
	return bits.OnesCount16(given(match(kind, names)))
}

func missingColumns(kind data.Kind, names []string, hasID bool) (missing []string) {
	has := given(match(kind, names))
	for i, column := range requiredColumns(kind) {
		if (!hasID || i > 0) && has>>place(columnsOf(kind), column)&1 == 0 {
			missing = append(missing, column)
		}
	}
	return missing
}

// missingFields lists the fields that a new record needs and a row does not give, but for the key.
func missingFields[R any](fields []data.Field[R], r *row) (missing []string) {
	for i := range fields {
		if i > 0 && fields[i].Required && !r.has(i) {
			missing = append(missing, fields[i].Name)
		}
	}
	return missing
}
