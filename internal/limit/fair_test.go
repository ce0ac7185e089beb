package limit

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// TestFair: a client that waits with a hundred requests does not keep two others waiting for more than one of them
// each; whoever gives up leaves no slot behind.
func TestFair(t *testing.T) {
	f := NewFair(1)
	if err := f.Acquire(t.Context(), "greedy"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var all sync.WaitGroup
	wait := func(client string) {
		before := f.Waiting()
		all.Go(func() {
			if err := f.Acquire(t.Context(), client); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, client)
			mu.Unlock()
			f.Release()
		})
		for f.Waiting() == before {
			runtime.Gosched()
		}
	}
	for range 100 {
		wait("greedy")
	}
	gone, leave := context.WithCancelCause(t.Context())
	left := make(chan error)
	go func() { left <- f.Acquire(gone, "gone") }()
	for f.Waiting() == 100 {
		runtime.Gosched()
	}
	wait("second")
	wait("third")
	reason := errors.New("left")
	leave(reason)
	if err := <-left; err != reason {
		t.Errorf("got %v, want %v", err, reason)
	}
	f.Release()
	all.Wait()
	if at := max(slices.Index(order, "second"), slices.Index(order, "third")); at > 2 || len(order) != 102 {
		t.Errorf("the others came at place %d of %d", at, len(order))
	}
	if f.free != 1 || len(f.waiting) > 0 || len(f.turns) > 0 {
		t.Errorf("left behind: %+v", f)
	}
}
