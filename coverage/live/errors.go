package live

import "errors"

// ErrUnavailable means that the source does not take visits now: it cannot be reached, has
// no room, or another writer has it locked. What was posted may be durable all the same, or
// none of it; sending it again is safe.
var ErrUnavailable = errors.New("the source does not take visits now")
