package limit

import (
	"context"
	"slices"
	"sync"
)

// Fair is a counting semaphore whose waiters take turns by client: who waits with many requests does not keep others
// waiting for more than one of them. Any number of goroutines may share it.
type Fair struct {
	mu      sync.Mutex
	free    int
	waiting map[string][]chan struct{} // of each client, the first to come first
	turns   []string                   // the clients that wait, the next one first
}

// NewFair returns a semaphore of n slots.
func NewFair(n int) *Fair { return &Fair{free: n, waiting: make(map[string][]chan struct{})} }

// Acquire takes a slot for a client, and waits for one. Its error is the cause of the end of ctx.
func (f *Fair) Acquire(ctx context.Context, client string) error {
	f.mu.Lock()
	if f.free > 0 {
		f.free--
		f.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	if len(f.waiting[client]) == 0 {
		f.turns = append(f.turns, client)
	}
	f.waiting[client] = append(f.waiting[client], turn)
	f.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.waiting[client], turn); i >= 0 {
		f.remove(client, i)
		return context.Cause(ctx)
	}
	f.release() // the slot came at the same moment
	return context.Cause(ctx)
}

// Release gives a slot back.
func (f *Fair) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release()
}

// release gives a slot to the client whose turn it is, which goes to the end of the turns. f.mu is locked.
func (f *Fair) release() {
	if len(f.turns) == 0 {
		f.free++
		return
	}
	client := f.turns[0]
	close(f.waiting[client][0])
	f.remove(client, 0)
	if len(f.waiting[client]) > 0 {
		f.turns = append(f.turns[1:], client)
	}
}

// remove removes a waiter, and the client's turn with its last. f.mu is locked.
func (f *Fair) remove(client string, i int) {
	f.waiting[client] = slices.Delete(f.waiting[client], i, i+1)
	if len(f.waiting[client]) > 0 {
		return
	}
	delete(f.waiting, client)
	f.turns = slices.DeleteFunc(f.turns, func(c string) bool { return c == client })
}

// Waiting returns how many wait.
func (f *Fair) Waiting() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, all := range f.waiting {
		n += len(all)
	}
	return n
}
