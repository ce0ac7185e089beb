package form

import (
	"slices"
	"strings"

	"tungnha/data/ingest/value"
	"tungnha/internal/problem"
)

// Answers are what the columns of one row say that are no field.
type Answers struct {
	Rejected *value.Note // by a reviewer
	Lat, Lon string      // of a point
	Lists    []List      // with a choice that is answered
	Problem  *problem.Problem
}

// List is what is chosen of one list.
type List struct {
	At     int    // its place among the columns of the kind
	Chosen string // the keys, each with a separator behind it
}

// Reset forgets the answers of a row.
func (a *Answers) Reset() { *a = Answers{Lists: a.Lists[:0]} }

// Take reads a text that is not empty from a column of a name.
func (a *Answers) Take(c Column, name, text string) {
	missing, _ := value.Missing(text)
	switch {
	case c.Role == Review:
		if a.Rejected == nil && isRejected(text) {
			a.Rejected = &value.Note{Kind: value.NotApproved, Column: name, Example: text}
		}
	case missing:
	case c.Role == Point:
		var ok bool
		if a.Lat, a.Lon, ok = latLon(text); !ok && a.Problem == nil {
			a.Problem = problem.NotGeopoint(name, text)
		}
	case c.Role == Choice:
		chosen, ok := isChosen(text)
		if !ok && a.Problem == nil {
			a.Problem = problem.NotAmong(name, text, "0", "1")
		}
		list := a.list(c.At)
		if chosen {
			list.Chosen += c.Key + value.ListSeparators[:1]
		}
	}
}

// list returns the list at a place, a new one where there is none.
func (a *Answers) list(at int) *List {
	i := slices.IndexFunc(a.Lists, func(l List) bool { return l.At == at })
	if i < 0 {
		i = len(a.Lists)
		a.Lists = append(a.Lists, List{At: at})
	}
	return &a.Lists[i]
}

// Check compares what is chosen with the text of a column for the whole list: both have to say the same.
func (l *List) Check(field, text string) *problem.Problem {
	var listed []string
	for _, key := range value.List(nil, text) {
		listed = append(listed, strings.Fields(key)...)
	}
	chosen := value.List(nil, l.Chosen)
	slices.Sort(listed)
	slices.Sort(chosen)
	if !slices.Equal(slices.Compact(listed), slices.Compact(chosen)) {
		return problem.ChoicesDiffer(field, text, chosen)
	}
	return nil
}

// isRejected reports whether the word of a reviewer rejects the row. One that waits for review is not.
func isRejected(state string) bool {
	state = strings.ToLower(state)
	for _, word := range []string{"rejected", "not_approved", "not approved", "hasissues", "has_issues", "has issues"} {
		if strings.Contains(state, word) {
			return true
		}
	}
	return false
}

// isChosen reads whether a choice is made; ok is false for a text that says neither.
func isChosen(text string) (chosen, ok bool) {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "1.0":
		return true, true
	case "0", "false", "no", "0.0":
		return false, true
	}
	return false, false
}

// latLon takes a point apart as form tools write it: latitude, longitude, and perhaps altitude and accuracy.
func latLon(text string) (lat, lon string, ok bool) {
	parts := strings.Fields(text)
	if len(parts) < 2 || len(parts) > 4 {
		return "", "", false
	}
	return parts[0], parts[1], true
}
