package coverage

import "errors"

// ErrNotAllowed means that households were asked for, which the viewer has no right to see.
var ErrNotAllowed = errors.New("households are not shown to this viewer")

// ErrOutOfScope means that an area was asked for that lies beyond the viewer's scope.
var ErrOutOfScope = errors.New("beyond what this viewer may see")

// QueryError says which parameter of a query is out of bounds.
type QueryError struct {
	Parameter string // by its name in a URL: resolution, level, parent, from …
	Reason    string
}

func (e *QueryError) Error() string { return e.Parameter + ": " + e.Reason }
