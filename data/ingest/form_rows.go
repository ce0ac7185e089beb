package ingest

import (
	"slices"

	"tungnha/data"
	"tungnha/data/ingest/form"
	"tungnha/data/ingest/value"
)

// listColumns are the columns whose fields hold keys of a list that forms offer.
var listColumns = []string{"assessed", "shown"}

// match finds what the columns of a file are, taken as one of the kind.
func match(kind data.Kind, names []string) []form.Column {
	return form.Match(columnsOf(kind), listColumns, names)
}

// given is a bit for each column of the kind that a file of these columns gives.
func given(columns []form.Column) (set uint16) {
	for _, c := range columns {
		switch c.Role {
		case form.Field, form.Choice:
			set |= 1 << c.At
		case form.Point:
			set |= 1<<householdLon | 1<<householdLat
		}
	}
	return set
}

// readAs tells which fields are read from columns of other names.
func readAs(kind data.Kind, names []string, columns []form.Column) (notes value.Notes) {
	fields := columnsOf(kind)
	for i, c := range columns {
		switch {
		case c.Role == form.Field && !c.Named:
			notes.Add(value.ColumnReadAs, fields[c.At], names[i], 1)
		case c.Role == form.Point:
			notes.Add(value.ColumnReadAs, "lon, lat", names[i], 1)
		case c.Role == form.Choice && !slices.ContainsFunc(columns, func(other form.Column) bool {
			return other.Role == form.Field && other.At == c.At
		}):
			notes.Add(value.ChoicesReadAs, fields[c.At], names[i], 1)
		}
	}
	return notes
}

// answer gives a row what its answers say. listed are the columns that the file or the row has by their own names.
func (r *row) answer(a *form.Answers, listed uint16) {
	if a.Rejected != nil {
		r.leftOut = a.Rejected
		return
	}
	if a.Lat != "" {
		r.values[householdLat], r.values[householdLon] = a.Lat, a.Lon
		r.present |= 1<<householdLon | 1<<householdLat
	}
	wrong := a.Problem
	for _, list := range a.Lists {
		if listed>>list.At&1 == 0 {
			r.values[list.At] = list.Chosen
			r.present |= 1 << list.At
		} else if wrong == nil {
			wrong = list.Check(visitColumns[list.At], r.values[list.At])
		}
	}
	if r.problem == nil {
		r.problem = wrong
	}
}
