package limit

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestTake: work beyond the lane waits in the order of arrival, and is refused when the time is over; what never fits
// is refused at once.
func TestTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(1000 << 20)
		_, _, all := m.Bytes(Large)
		first, err := m.Take(t.Context(), Large, all)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := m.Take(t.Context(), Large, 1); !errors.Is(err, ErrBusy) || time.Since(began) != m.Wait {
			t.Errorf("a full lane: %v after %s", err, time.Since(began))
		}
		if _, err := m.Take(t.Context(), Large, all+1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("more than the lane: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Take(gone, Large, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("a client that is gone: %v", err)
		}
		if lease, err := m.Take(t.Context(), Small, 1); err != nil {
			t.Errorf("small work beside a full lane of large: %v", err)
		} else {
			lease.Release()
		}
		var order []int
		var work sync.WaitGroup
		for i := range 3 {
			work.Go(func() {
				lease, err := m.Take(t.Context(), Large, all)
				if err != nil {
					t.Error(err)
				}
				order = append(order, i)
				lease.Release()
			})
			synctest.Wait()
		}
		first.Release()
		first.Release()
		work.Wait()
		for i, at := range order {
			if i != at {
				t.Errorf("served in the order %v", order)
			}
		}
		if taken, _, _ := m.Bytes(Large); taken != 0 {
			t.Errorf("%d bytes are still taken", taken)
		}
	})
}

// TestShared: many users of a few values at once. What they use together is never more than the lane, a value is
// counted once, and nothing is taken in the end.
func TestShared(t *testing.T) {
	m := New(256 << 20)
	m.Wait = time.Minute // nobody is refused
	const each = 16 << 20
	_, _, all := m.Bytes(Large)
	values, using := make([]*Shared, 8), make([]atomic.Int64, 8)
	for i := range values {
		values[i] = NewShared(each)
	}
	var work sync.WaitGroup
	for range 200 {
		work.Go(func() {
			ctx, account := m.Open(t.Context())
			defer account.Close()
			i := rand.N(len(values))
			if err := values[i].Use(ctx); err != nil {
				t.Error(err)
				return
			}
			using[i].Add(1)
			defer using[i].Add(-1)
			sum := int64(0)
			for k := range using {
				if using[k].Load() > 0 {
					sum += each
				}
			}
			if taken, _, _ := m.Bytes(Large); sum > all || taken > all {
				t.Errorf("%d bytes are in use and %d taken, want at most %d", sum, taken, all)
			}
			runtime.Gosched()
		})
	}
	work.Wait()
	if taken, peak, _ := m.Bytes(Large); taken != 0 || peak < each {
		t.Errorf("%d bytes are taken, %d were at most", taken, peak)
	}
}

// TestAdopt: what work took is returned but for its value, and that when the last of its users has gone.
// TestBodiesOfOneClient: a client has at most a quarter of a lane of bodies, or one body, and others have the rest.
func TestBodiesOfOneClient(t *testing.T) {
	m := New(Least)
	m.Wait = time.Millisecond
	one, two := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	ctx, first := m.Open(t.Context())
	sent := 0
	for ; sent < 10_000; sent++ {
		if err := ReserveBody(ctx, one, 4<<10, 8<<20); err != nil {
			break
		}
	}
	taken, _, all := m.Bytes(SmallBody)
	if taken > all/4 || taken < all/4-bodyFactor*8<<10 {
		t.Errorf("one client has %d bytes by %d bodies, of %d: want a quarter", taken, sent, all)
	}
	if err := ReserveBody(ctx, one, 4<<10, 8<<20); !errors.Is(err, ErrBusy) {
		t.Errorf("beyond its quarter: %v", err)
	}
	other, second := m.Open(t.Context())
	defer second.Close()
	if err := ReserveBody(other, two, 4<<10, 8<<20); err != nil {
		t.Errorf("another client: %v", err)
	}
	if err := ReserveBody(other, one, 8<<20, 8<<20); err != nil {
		t.Errorf("its one large body, in another lane: %v", err)
	}
	first.Close()
	if err := ReserveBody(other, one, 4<<10, 8<<20); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAdopt(t *testing.T) {
	m := New(256 << 20)
	ctx, maker := m.Open(t.Context())
	lease, done, err := Query(ctx, 32<<20)
	if err != nil {
		t.Fatal(err)
	}
	done()
	value := NewShared(16 << 20)
	value.Adopt(ctx, lease)
	second, reader := m.Open(t.Context())
	if err := value.Use(second); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		close *Account
		want  int64
	}{{nil, 16 << 20}, {maker, 16 << 20}, {reader, 0}} {
		c.close.Close()
		if taken, _, _ := m.Bytes(Large); taken != c.want {
			t.Errorf("%d bytes are taken, want %d", taken, c.want)
		}
	}
}

// TestSend: whoever waits for a client gives the processor to others.
func TestSend(t *testing.T) {
	m := New(256 << 20)
	ctx, account := m.Open(t.Context())
	defer account.Close()
	other, second := m.Open(t.Context())
	defer second.Close()
	ran := false
	_, err := Write(ctx, func() (int, error) {
		return account.Send(func() (int, error) {
			for range m.width { // each processor of the gate in turn
				if err := Run(other, func() error { ran = true; return nil }); err != nil {
					return 0, err
				}
			}
			return 0, nil
		})
	})
	if err != nil || !ran {
		t.Errorf("nothing ran while an answer waited for its client: %v", err)
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"1536MiB": 1536 << 20, "1.5GiB": 1536 << 20, "2G": 2 << 30,
		"800000000": 800_000_000, "1GB": 1e9, "": 0, "MiB": 0, "-1": 0, "x": 0, "1 GB": 0, "9999999TiB": 0} {
		got, err := ParseBytes(text)
		if (err != nil) != (want == 0) || err == nil && got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	if n := Available(); n < Least {
		t.Errorf("%d bytes are available", n)
	}
}

// TestStep: a large query lets others run first, whoever else is ready.
func TestStep(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m := New(256 << 20)
	ctx, account := m.Open(t.Context())
	defer account.Close()
	_, done, err := Query(ctx, m.lanes[Large].bytes)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var ran atomic.Bool
	go ran.Store(true)
	for range 200 { // the scheduler looks at those who let others go first once in 61 times
		if err := Step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if !ran.Load() {
		t.Error("a goroutine that is ready to run waits for a large query")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := Step(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that is gone: %v", err)
	}
}
