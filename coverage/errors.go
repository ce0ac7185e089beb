package coverage

import "errors"

// ErrNotAllowed means that households were asked for, which the viewer has no right to see.
var ErrNotAllowed = errors.New("households are not shown to this viewer")

// ErrOutOfScope means that an area was asked for that lies beyond the viewer's scope.
var ErrOutOfScope = errors.New("beyond what this viewer may see")
