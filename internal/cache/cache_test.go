package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func weighOne(int, int) uint64 { return 1 }

func newInts(maxBytes uint64) *Cache[int, int] {
	return New(Options[int, int]{MaxBytes: maxBytes, Weight: weighOne})
}

func constant(n int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return n, nil }
}

func TestGetKeepsAndPeeks(t *testing.T) {
	c := newInts(100)
	if _, ok := c.Peek(1); ok {
		t.Error("an empty cache has a value")
	}
	for _, load := range []int{7, 8} {
		if got, err := c.Get(t.Context(), 1, constant(load)); got != 7 || err != nil {
			t.Errorf("got %d, %v; want 7, the first value loaded", got, err)
		}
	}
	if got, ok := c.Peek(1); got != 7 || !ok {
		t.Errorf("Peek: %d, %t", got, ok)
	}
	c.Put(1, 9)
	if got := c.PeekOrPut(1, 10); got != 9 {
		t.Errorf("PeekOrPut over a value: got %d, want 9", got)
	}
	if got := c.PeekOrPut(2, 11); got != 11 {
		t.Errorf("PeekOrPut of a new key: got %d, want 11", got)
	}
	c.DeleteFunc(func(key int) bool { return key == 1 })
	if _, ok := c.Peek(1); ok {
		t.Error("a deleted value is kept")
	}
	if _, ok := c.Peek(2); !ok {
		t.Error("another value was deleted")
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	c := newInts(100)
	wrong := errors.New("wrong")
	if _, err := c.Get(t.Context(), 1, func(context.Context) (int, error) { return 0, wrong }); err != wrong {
		t.Errorf("got %v", err)
	}
	if got, err := c.Get(t.Context(), 1, constant(7)); got != 7 || err != nil {
		t.Errorf("got %d, %v; want a new load", got, err)
	}
}

func TestOneLoadForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newInts(100)
		loads := 0
		release := make(chan struct{})
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				got, err := c.Get(t.Context(), 1, func(context.Context) (int, error) {
					loads++ // one goroutine only: the race detector checks it
					<-release
					return 7, nil
				})
				if got != 7 || err != nil {
					t.Errorf("got %d, %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()
		if loads != 1 {
			t.Errorf("%d loads for 50 callers", loads)
		}
	})
}

// The first caller gives its context to the load, so that it is the one that must not take the load with it.
func TestCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newInts(100)
		release := make(chan struct{})
		load := func(ctx context.Context) (int, error) {
			select {
			case <-release:
				return 7, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		first, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { _, err := c.Get(first, 1, load); left <- err }()
		synctest.Wait()
		stayed := make(chan int)
		go func() { got, _ := c.Get(t.Context(), 1, load); stayed <- got }()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who leaves: %v", err)
		}
		close(release)
		if got := <-stayed; got != 7 {
			t.Errorf("who stays: %d, want 7", got)
		}
	})
}

func TestAllCallersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newInts(100)
		cancelled, end := make(chan struct{}), make(chan struct{})
		for range 3 {
			ctx, leave := context.WithTimeout(t.Context(), time.Second)
			defer leave()
			go c.Get(ctx, 1, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				close(cancelled)
				<-end
				return 6, nil // too late: nobody must get it
			})
		}
		<-cancelled
		// The load that was given up still runs, and is not waited for.
		if got, err := c.Get(t.Context(), 1, constant(7)); got != 7 || err != nil {
			t.Errorf("got %d, %v; want 7 of a new load", got, err)
		}
		close(end)
		synctest.Wait()
		if got, _ := c.Peek(1); got != 7 {
			t.Errorf("a load that was given up replaced the value: %d", got)
		}
	})
}

func TestContextAlreadyEnded(t *testing.T) {
	c := newInts(100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Get(ctx, 1, func(context.Context) (int, error) { t.Error("loaded for nobody"); return 0, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.Put(1, 7)
	if got, err := c.Get(ctx, 1, nil); got != 7 || err != nil {
		t.Errorf("a value at hand: got %d, %v", got, err)
	}
}

func TestPanicReachesTheCallers(t *testing.T) {
	c := newInts(100)
	defer func() {
		r := recover()
		if e, ok := r.(*PanicError); !ok || e.Value != "broken" || !strings.Contains(e.Error(), "cache_test.go") {
			t.Errorf("recovered %v, want the panic of the load with its stack", r)
		}
		if got, err := c.Get(t.Context(), 1, constant(7)); got != 7 || err != nil {
			t.Errorf("after a panic: %d, %v", got, err)
		}
	}()
	c.Get(t.Context(), 1, func(context.Context) (int, error) { panic("broken") })
}

func TestGoexit(t *testing.T) {
	c := newInts(100)
	_, err := c.Get(t.Context(), 1, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
	if err != errExited {
		t.Errorf("got %v", err)
	}
}

func TestBound(t *testing.T) {
	c := New(Options[int, []byte]{MaxBytes: 1000, Weight: func(_ int, b []byte) uint64 { return uint64(len(b)) }})
	for i := range 100 {
		c.Put(i, make([]byte, 50))
	}
	c.Evict()
	if n := c.Bytes(); n == 0 || n > 1000 {
		t.Errorf("%d bytes kept of at most 1000", n)
	}
	got, err := c.Get(t.Context(), 1000, func(context.Context) ([]byte, error) { return make([]byte, 1001), nil })
	if len(got) != 1001 || err != nil {
		t.Errorf("a value above the bound: got %d bytes, %v", len(got), err)
	}
	c.Evict()
	if _, ok := c.Peek(1000); ok || c.Bytes() > 1000 {
		t.Errorf("a value above the bound is kept: %t, %d bytes", ok, c.Bytes())
	}
}

func TestReweigh(t *testing.T) {
	type grown struct{ bytes uint64 }
	c := New(Options[int, *grown]{MaxBytes: 1000, Weight: func(_ int, g *grown) uint64 { return g.bytes }})
	first, other := &grown{100}, &grown{100}
	c.Put(1, first)
	first.bytes = 300
	c.Reweigh(1, func(kept *grown) bool { return kept == other })
	c.Evict()
	if n := c.Bytes(); n != 100 {
		t.Errorf("%d bytes after another value has grown, want 100", n)
	}
	c.Reweigh(1, func(kept *grown) bool { return kept == first })
	c.Evict()
	if n := c.Bytes(); n != 300 {
		t.Errorf("%d bytes, want 300", n)
	}
	c.Reweigh(2, func(*grown) bool { t.Error("a key that is not there"); return true })
}

func TestMaxIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options[int, int]{MaxBytes: 10, Weight: weighOne, MaxIdle: time.Minute})
		defer c.Close()
		c.Put(1, 7)
		time.Sleep(50 * time.Second)
		if _, ok := c.Peek(1); !ok {
			t.Error("dropped before its time")
		}
		time.Sleep(50 * time.Second)
		if _, ok := c.Peek(1); !ok {
			t.Error("a value that is used is dropped")
		}
		time.Sleep(2 * time.Minute)
		if _, ok := c.Peek(1); ok {
			t.Error("an idle value is kept")
		}
	})
}

// Nothing is computed twice, whoever requests it when, as long as there is room.
func TestNothingTwice(t *testing.T) {
	const keys, callers, calls = 200, 16, 2000
	c := newInts(1 << 20)
	var loads [keys]atomic.Int32
	var group sync.WaitGroup
	for seed := range callers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(seed)))
			for range calls {
				key := random.IntN(keys)
				got, err := c.Get(t.Context(), key, func(context.Context) (int, error) {
					loads[key].Add(1)
					runtime.Gosched()
					return key * 3, nil
				})
				if got != key*3 || err != nil {
					t.Errorf("key %d: got %d, %v", key, got, err)
				}
			}
		})
	}
	group.Wait()
	for key := range loads {
		if n := loads[key].Load(); n != 1 {
			t.Errorf("key %d was loaded %d times", key, n)
		}
	}
}

func ExampleCache() {
	c := New(Options[string, string]{MaxBytes: 1 << 20,
		Weight: func(k, v string) uint64 { return uint64(len(k) + len(v)) }})
	v, err := c.Get(context.Background(), "tile", func(ctx context.Context) (string, error) { return "bytes", nil })
	fmt.Println(v, err)
	// Output: bytes <nil>
}
