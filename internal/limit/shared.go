package limit

import (
	"context"
	"sync"
)

// Shared is a value that requests use together and that a cache may evict meanwhile: its bytes are taken once, for as
// long as any account uses it.
type Shared struct {
	bytes int64

	mu     sync.Mutex
	users  int
	lease  *Lease
	taking chan struct{} // closed when the first user has taken the bytes or failed; nil: nobody is at it
}

// NewShared returns a value of so many bytes that nobody uses yet.
func NewShared(bytes int64) *Shared { return &Shared{bytes: bytes} }

// Bytes returns how many bytes the value takes.
func (s *Shared) Bytes() int64 { return s.bytes }

// Adopt gives a new value the lease of the work that made it, and has the account of ctx use it until it is closed.
func (s *Shared) Adopt(ctx context.Context, lease *Lease) {
	lease.Shrink(s.bytes)
	s.lease, s.users = lease, 1
	From(ctx).keep(s.leave)
}

// Use has the account of ctx use the value until it is closed. The first user takes the bytes, see Memory.Take. A nil
// Shared takes none.
func (s *Shared) Use(ctx context.Context) error {
	a := From(ctx)
	if a == nil || s == nil {
		return nil
	}
	for {
		s.mu.Lock()
		if s.users > 0 {
			s.users++
			s.mu.Unlock()
			a.keep(s.leave)
			return nil
		}
		if taking := s.taking; taking != nil {
			s.mu.Unlock()
			select {
			case <-taking:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		s.taking = make(chan struct{})
		s.mu.Unlock()
		lease, err := a.memory.Take(ctx, a.memory.LaneOf(s.bytes), s.bytes)
		s.mu.Lock()
		close(s.taking)
		s.taking = nil
		if err == nil {
			s.users, s.lease = 1, lease
		}
		s.mu.Unlock()
		if err == nil {
			a.keep(s.leave)
		}
		return err
	}
}

// leave ends one use.
func (s *Shared) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.lease.Release()
		s.lease = nil
	}
}
