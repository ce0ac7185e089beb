package coverage

import "errors"

// ErrNotAllowed means that the viewer has no right to what was asked for.
var ErrNotAllowed = errors.New("not allowed for this viewer")

// QueryError says which parameter of a query is out of bounds.
type QueryError struct {
	Parameter string // by its name in a URL: resolution, level, parent, from …
	Reason    string
}

func (e *QueryError) Error() string { return e.Parameter + ": " + e.Reason }
