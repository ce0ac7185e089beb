// Package form knows how form tools (ODK, KoboToolbox, CommCare and their kin) write tables: groups in front of the
// names of columns, a point in several columns or in one, a column for each choice of a list, the word of a reviewer.
package form

import (
	"slices"
	"strings"
)

// Role is what a column of a file is for.
type Role uint8

// The roles.
const (
	Unused Role = iota
	Field       // the values of a field
	Choice      // whether one value is in a list
	Point       // latitude and longitude, with a space between
	Review      // whether a reviewer has rejected the row
)

// Column is what a column of a file is read as.
type Column struct {
	Role  Role
	At    int    // the place of the field or of the list among the columns of the kind
	Key   string // of a Choice: the value
	Named bool   // the file has the name of the field itself
}

// Fold returns the form in which the names of columns meet: " Household ID" is household_id.
func Fold(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// Index returns the place among columns of the one that a file names so, or -1.
func Index(columns []string, name string) int {
	if i := slices.Index(columns, name); i >= 0 {
		return i
	}
	return slices.Index(columns, Fold(name))
}

// The names of columns that are read as others.
var (
	aliases = map[string]string{"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}
	// instances are the columns in which tools have the id of a form that was filled in, the best first.
	instances = []string{"key", "instanceid", "_uuid"}
	points    = []string{"geopoint", "gps", "place", "location", "position", "point", "coordinates", "geolocation"}
	reviews   = []string{"reviewstate", "review_state", "_validation_status"}
)

// groupSeparators stand between the names of groups and of the question in them.
const groupSeparators = "/-.:"

// Match finds what each column of a file is, by its names and those of the columns of a kind, of which lists hold
// more than one value. Where two columns could be one field and none has its name, neither is.
func Match(columns, lists, names []string) []Column {
	found := make([]Column, len(names))
	taken := make([]bool, len(columns))
	for i, name := range names {
		if at := Index(columns, name); at >= 0 {
			found[i] = Column{Role: Field, At: at, Named: true}
			taken[at] = true
		}
	}
	for i, name := range names {
		if found[i].Role == Unused {
			found[i] = special(columns, lists, name)
		}
	}
	for at, column := range columns {
		if i := candidate(found, names, column, at == 0); i >= 0 && !taken[at] {
			found[i] = Column{Role: Field, At: at}
			taken[at] = true
		}
	}
	lat, lon := slices.Index(columns, "lat"), slices.Index(columns, "lon")
	if lat < 0 || lon < 0 || taken[lat] || taken[lon] {
		return found
	}
	if i := only(found, names, func(name string) bool { return slices.Contains(points, question(name)) }); i >= 0 {
		found[i] = Column{Role: Point}
	}
	return found
}

// special finds the columns that are no field.
func special(columns, lists []string, name string) Column {
	if slices.Contains(reviews, Fold(name)) {
		return Column{Role: Review}
	}
	if cut := strings.LastIndexByte(name, '/'); cut > 0 && cut+1 < len(name) {
		list := question(name[:cut])
		if at := slices.Index(columns, list); at >= 0 && slices.Contains(lists, list) {
			return Column{Role: Choice, At: at, Key: strings.TrimSpace(name[cut+1:])}
		}
	}
	return Column{}
}

// candidate returns the place of the column that is read as a field whose name none has, or -1.
func candidate(found []Column, names []string, column string, id bool) int {
	tests := []func(name string) bool{
		func(name string) bool { return aliases[Fold(name)] == column },
		func(name string) bool { return question(name) == column },
		func(name string) bool {
			folded := Fold(name)
			if last := strings.LastIndexByte(folded, '_'); last > 0 && folded[0] == '_' { // _place_latitude
				return aliases[folded[last+1:]] == column
			}
			return aliases[question(name)] == column
		},
	}
	if id && column == "visit_id" {
		for _, instance := range instances {
			tests = append(tests, func(name string) bool {
				return Fold(name) == instance || question(name) == instance
			})
		}
	}
	for _, is := range tests {
		if i := only(found, names, is); i >= 0 {
			return i
		}
	}
	return -1
}

// only returns the place of the one unused column for which is holds, or -1.
func only(found []Column, names []string, is func(name string) bool) int {
	at := -1
	for i, name := range names {
		if found[i].Role == Unused && is(name) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// question returns the name of a question without those of its groups.
func question(name string) string { return Fold(name[strings.LastIndexAny(name, groupSeparators)+1:]) }
