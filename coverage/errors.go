package coverage

import "errors"

// ErrNotAllowed means that something was asked for which the viewer has no right to see: households, or figures on two
// boundaries.
var ErrNotAllowed = errors.New("not shown to this viewer")

// ErrOutOfScope means that an area was asked for that lies beyond the viewer's scope.
var ErrOutOfScope = errors.New("beyond what this viewer may see")
