package live

import (
	"errors"
	"fmt"

	"tungnha/data"
	"tungnha/internal/problem"
)

// ErrUnavailable means that the source does not take visits now: it cannot be reached, has
// no room, or another writer has it locked. What was posted may be durable all the same, or
// none of it; sending it again is safe.
var ErrUnavailable = errors.New("the source does not take visits now")

// errFull and errUnsound are each an ErrUnavailable that somebody has to mend.
var (
	errFull    = fmt.Errorf("%w: %w", ErrUnavailable, data.ErrFull)
	errUnsound = fmt.Errorf("%w: %w", ErrUnavailable, data.ErrUnsound)
)

// refusal is what those whose visits were not written are told of the error.
func refusal(err error) error {
	switch {
	case errors.Is(err, data.ErrReadOnly):
		return data.ErrReadOnly
	case errors.Is(err, data.ErrFull):
		return errFull
	case errors.Is(err, data.ErrUnsound):
		return errUnsound
	}
	return ErrUnavailable
}

// WhyRefused says why visits were not written, of an ErrUnavailable.
func WhyRefused(err error) *problem.Problem {
	switch {
	case errors.Is(err, data.ErrFull):
		return problem.StoreFull()
	case errors.Is(err, data.ErrUnsound):
		return problem.StoreUnsound()
	}
	return problem.StoreUnavailable()
}
