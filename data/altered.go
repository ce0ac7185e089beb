package data

import "tungnha/internal/problem"

// Settings names, beside the kinds of record, what is known of the data as a whole: the programme's name, its skills.
const Settings Kind = "settings"

// Alteration is a kind of record of which a store has others than the program wrote last.
type Alteration struct {
	Kind    Kind
	Written int64 // how many records the program wrote
	Found   int64 // how many there are
}

// AlteredError means that the records of a store are not those that this program wrote last: another program
// edited them, or they are damaged. Read returns it after the last record.
type AlteredError struct {
	Alterations []Alteration
	// NoticedAt is when a running program noticed an edit by another one, in UTC as RFC 3339; empty where none did.
	NoticedAt string
}

func (e *AlteredError) Error() string { return e.Problem().Error() }

// Unwrap returns the Problem, which has the sentence in both languages.
func (e *AlteredError) Unwrap() error { return e.Problem() }

// Problem says which kinds are altered.
func (e *AlteredError) Problem() *problem.Problem {
	kinds := make([]*problem.Problem, len(e.Alterations))
	for i, a := range e.Alterations {
		kinds[i] = a.Problem()
	}
	return problem.RecordsAltered(kinds)
}

// Problem says how many records there are.
func (a *Alteration) Problem() *problem.Problem {
	return problem.AlteredKind(string(a.Kind), int(a.Written), int(a.Found))
}
