package value

import (
	"slices"
	"strings"

	"tungnha/internal/problem"
)

// NoteKind is what a note says.
type NoteKind uint8

// The kinds of notes.
const (
	TakenAsEmpty  NoteKind = iota // texts such as --- stand for no value
	NoZone                        // times without a time zone are those of Việt Nam
	Invisible                     // characters that nobody sees are dropped
	NotApproved                   // rows that a form tool marks as rejected are left out
	HeaderAgain                   // the header stands among the rows again: files were joined
	TotalLeftOut                  // rows of sums are left out
	ColumnReadAs                  // a column of another name is read as this one
	ChoicesReadAs                 // columns with one choice each are read as this list
)

// Note is how often something was read otherwise than it stands in one column of a file: nothing is lost, and
// whoever sends the file should know.
type Note struct {
	Kind    NoteKind
	Column  string // empty where whole rows are meant
	Count   int
	Example string // the first text
	Line    int    // of it
}

// Notes are what is told of a file once a column.
type Notes struct{ all []Note }

// Add counts one more case. Only the first text is kept.
func (n *Notes) Add(kind NoteKind, column, example string, line int) {
	for i := range n.all {
		if at := &n.all[i]; at.Kind == kind && at.Column == column {
			at.Count++
			return
		}
	}
	n.all = append(n.all, Note{kind, column, 1, strings.Clone(problem.Clip(example, MaxID)), line})
}

// All lists the notes in the order in which their first cases came.
func (n *Notes) All() []Note { return slices.Clone(n.all) }

// Problem returns the sentences of the note.
func (n *Note) Problem() *problem.Problem {
	switch n.Kind {
	case TakenAsEmpty:
		return problem.TakenAsEmpty(n.Column, n.Example)
	case NoZone:
		return problem.ZoneTaken(n.Column, n.Example)
	case Invisible:
		return problem.InvisibleDropped(n.Column, n.Line)
	case NotApproved:
		return problem.RowsNotApproved(n.Column, n.Example)
	case HeaderAgain:
		return problem.HeaderAgain(n.Line)
	case TotalLeftOut:
		return problem.TotalLeftOut(n.Example, n.Line)
	case ColumnReadAs:
		return problem.ColumnReadAs(n.Column, n.Example)
	default:
		return problem.ChoicesReadAs(n.Column, n.Example)
	}
}
