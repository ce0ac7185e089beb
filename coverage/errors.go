package coverage

import "errors"

// ErrNotAllowed means that something was requested which the viewer has no right to see: households, or figures on two
// boundaries.
var ErrNotAllowed = errors.New("not shown to this viewer")

// ErrOutOfScope means that an area was requested that is beyond the viewer's scope.
var ErrOutOfScope = errors.New("beyond what this viewer may see")
