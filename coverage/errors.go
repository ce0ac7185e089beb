package coverage

import "errors"

// ErrNotAllowed means that the viewer has no right to what was asked for.
var ErrNotAllowed = errors.New("not allowed for this viewer")
