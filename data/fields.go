package data

import "slices"

// FieldType is how the values of a field are written in files and in the tables of stores.
type FieldType uint8

// The types of fields. Those up to CountField are plain: one column of a file, and one of a table.
const (
	TextField    FieldType = iota // text; may be empty
	CodeField                     // the code of an area or of a team; may be empty
	DayField                      // a Date; may be NoDate
	CountField                    // a whole number of people or households; may be Unknown
	KeyField                      // the id of the record; never empty
	DegreesField                  // longitude or latitude, WGS 84
	OtherField                    // read and written by code of its own
)

// Field is one field of a record R: its column in files and, where it is plain, in the tables of
// the stores. Of the functions only that of its type is set; it returns where the value is in r.
type Field[R any] struct {
	Name     string
	Type     FieldType
	Required bool // a record that is new needs it
	Optional bool // a file without the column is complete: there is no warning
	NotNull  bool // TextField: the tables of the stores have an empty text, not NULL

	Text    func(r *R) *string  // TextField, CodeField, KeyField
	Day     func(r *R) *Date    // DayField
	Count   func(r *R) *int     // CountField
	Degrees func(r *R) *float64 // DegreesField
	Same    func(a, b *R) bool  // OtherField: whether two records are equal in it; nil: not compared
	Take    func(r, from *R)    // OtherField: gives a record the value of another; nil: the store does
}

// HouseholdFields are the fields of households in the order of their files. A plain field that is
// added here is read, compared, written and stored; each store needs a migration with its column.
var HouseholdFields = []Field[Household]{
	{Name: "household_id", Type: KeyField, Required: true, Text: func(h *Household) *string { return &h.ID }},
	{Name: "lon", Type: DegreesField, Required: true, Degrees: func(h *Household) *float64 { return &h.Point[0] }},
	{Name: "lat", Type: DegreesField, Required: true, Degrees: func(h *Household) *float64 { return &h.Point[1] }},
	{Name: "hamlet_code", Type: CodeField, Text: func(h *Household) *string { return &h.HamletCode }},
	{Name: "registered_on", Type: DayField, Day: func(h *Household) *Date { return &h.RegisteredOn }},
	{Name: "removed_on", Type: DayField, Day: func(h *Household) *Date { return &h.RemovedOn }},
}

// HouseholdColumns, AreaColumns and TeamColumns are the plain fields, columns of the stores' tables by
// the same names. Visits have no such list: they are the many, so that stores pack them.
var (
	HouseholdColumns = plain(HouseholdFields)
	AreaColumns      = plain(AreaFields)
	TeamColumns      = plain(TeamFields)
)

// AreaFields are the fields of areas in the order of their files, but for the geometry.
var AreaFields = []Field[Area]{
	{Name: "code", Type: KeyField, Required: true, Text: func(a *Area) *string { return &a.Code }},
	{Name: "name", Type: TextField, Required: true, NotNull: true, Text: func(a *Area) *string { return &a.Name }},
	{Name: "name_en", Type: TextField, Text: func(a *Area) *string { return &a.NameEN }},
	{Name: "kind", Type: TextField, Text: func(a *Area) *string { return &a.Kind }},
	{Name: "level", Type: OtherField, Same: func(a, b *Area) bool { return a.Level == b.Level }},
	{Name: "parent", Type: CodeField, Text: func(a *Area) *string { return &a.Parent }},
	{Name: "valid_from", Type: OtherField}, // names the area, with its code
	{Name: "valid_to", Type: DayField, Day: func(a *Area) *Date { return &a.ValidTo }},
	{Name: "declared_households", Type: CountField, Count: func(a *Area) *int { return &a.DeclaredHouseholds }},
	{Name: "population", Type: CountField, Count: func(a *Area) *int { return &a.Population }},
}

// TeamFields are the fields of teams in the order of their files. Most files have no assigned_on:
// they have one assignment of each team.
var TeamFields = []Field[Team]{
	{Name: "team_id", Type: KeyField, Required: true, Text: func(t *Team) *string { return &t.ID }},
	{Name: "name", Type: TextField, NotNull: true, Text: func(t *Team) *string { return &t.Name }},
	{Name: "commune_code", Type: CodeField, Text: func(t *Team) *string { return &t.CommuneCode }},
	{Name: "hamlet_codes", Type: OtherField, Required: true, Same: sameHamlets},
	{Name: "members", Type: CountField, Count: func(t *Team) *int { return &t.Members }},
	{Name: "formed_on", Type: DayField, Day: func(t *Team) *Date { return &t.FormedOn }},
	{Name: "dissolved_on", Type: DayField, Day: func(t *Team) *Date { return &t.DissolvedOn }},
	{Name: "assigned_on", Type: OtherField, Optional: true, Same: sameAssignments},
}

// The places of the fields of teams that are merged with the history.
var (
	teamHamlets  = slices.IndexFunc(TeamFields, func(f Field[Team]) bool { return f.Name == "hamlet_codes" })
	teamAssigned = slices.IndexFunc(TeamFields, func(f Field[Team]) bool { return f.Name == "assigned_on" })
)

// sameHamlets compares the hamlets that two records of a team serve now.
func sameHamlets(a, b *Team) bool { return slices.Equal(a.HamletCodes, b.HamletCodes) }

// sameAssignments is false where a team serves the same hamlets now, and others on other days.
func sameAssignments(a, b *Team) bool {
	return !sameHamlets(a, b) || slices.EqualFunc(a.History, b.History, func(a, b Assignment) bool {
		return a.From == b.From && slices.Equal(a.HamletCodes, b.HamletCodes)
	})
}

// VisitFields are the fields of visits in the order of their files.
var VisitFields = []Field[Visit]{
	{Name: "visit_id", Type: KeyField, Required: true, Text: func(v *Visit) *string { return &v.ID }},
	{Name: "household_id", Type: CodeField, Required: true, Text: func(v *Visit) *string { return &v.HouseholdID }},
	{Name: "team_id", Type: CodeField, Required: true, Text: func(v *Visit) *string { return &v.TeamID }},
	{Name: "visited_at", Type: OtherField, Required: true,
		Same: func(a, b *Visit) bool { return a.At.Unix() == b.At.Unix() },
		Take: func(v, from *Visit) { v.At = from.At }},
	{Name: "outcome", Type: OtherField, Required: true,
		Same: func(a, b *Visit) bool { return a.Outcome == b.Outcome },
		Take: func(v, from *Visit) { v.Outcome = from.Outcome }},
	{Name: "assessed", Type: OtherField, Same: func(a, b *Visit) bool { return a.Assessed == b.Assessed },
		Take: func(v, from *Visit) { v.Assessed = from.Assessed }},
	{Name: "shown", Type: OtherField, Same: func(a, b *Visit) bool { return a.Shown == b.Shown },
		Take: func(v, from *Visit) { v.Shown = from.Shown }},
}

// Plain reports whether the field is one column of a file and one of a table.
func (f *Field[R]) Plain() bool { return f.Type <= CountField }

func plain[R any](fields []Field[R]) (columns []Field[R]) {
	for _, f := range fields {
		if f.Plain() {
			columns = append(columns, f)
		}
	}
	return columns
}

// same reports whether two records of one key are equal in the field.
func (f *Field[R]) same(a, b *R) bool {
	switch f.Type {
	case TextField, CodeField:
		return *f.Text(a) == *f.Text(b)
	case DayField:
		return *f.Day(a) == *f.Day(b)
	case CountField:
		return *f.Count(a) == *f.Count(b)
	case DegreesField:
		return *f.Degrees(a) == *f.Degrees(b)
	case OtherField:
		return f.Same == nil || f.Same(a, b)
	}
	return true
}

// changed names the fields in which two records of one key differ.
func changed[R any](fields []Field[R], old, now *R) (names []string) {
	for i := range fields {
		if !fields[i].same(old, now) {
			names = append(names, fields[i].Name)
		}
	}
	return names
}

// ChangedAreaFields names the fields in which two records of an area differ, but for the
// geometry; code and valid_from are the same.
func ChangedAreaFields(old, now *Area) []string { return changed(AreaFields, old, now) }

// ChangedHouseholdFields names the fields in which two records of a household differ.
func ChangedHouseholdFields(old, now *Household) []string {
	return changed(HouseholdFields, old, now)
}

// ChangedVisitFields names the fields in which two records of a visit differ.
func ChangedVisitFields(old, now *Visit) []string { return changed(VisitFields, old, now) }
