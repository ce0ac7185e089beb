package limit

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
)

// Account is what one request has taken, which it returns when it is closed. It travels in the request's context:
// work without one, such as that of the command line, is not bounded. A nil Account takes nothing.
type Account struct {
	memory *Memory
	number int64 // of the request

	long atomic.Bool // it has computed more than a small query

	mu      sync.Mutex
	closed  bool
	release []func()
	writing bool // the goroutine that writes the answer has a processor of the gate
}

type accountKey struct{}

// Open returns a context with an account of its own, which the caller closes when the work is done. A nil Memory
// bounds nothing.
func (m *Memory) Open(ctx context.Context) (context.Context, *Account) {
	if m == nil {
		return ctx, nil
	}
	m.underWay.Add(1)
	a := &Account{memory: m, number: m.requests.Add(1)}
	return context.WithValue(ctx, accountKey{}, a), a
}

// Seen counts a request that takes nothing: computations leave room for those that may follow.
func (m *Memory) Seen() {
	if m != nil {
		m.requests.Add(1)
	}
}

// From returns the account of a context, nil where it has none.
func From(ctx context.Context) *Account {
	a, _ := ctx.Value(accountKey{}).(*Account)
	return a
}

// Close returns all that was taken.
func (a *Account) Close() {
	if a == nil {
		return
	}
	a.mu.Lock()
	release := a.release
	a.release, a.closed = nil, true
	a.mu.Unlock()
	for _, f := range release {
		f()
	}
	a.memory.underWay.Add(-1)
}

// keep has the function called when the account is closed; at once where it is, or is nil.
func (a *Account) keep(release func()) {
	if a != nil {
		a.mu.Lock()
		if !a.closed {
			a.release = append(a.release, release)
			a.mu.Unlock()
			return
		}
		a.mu.Unlock()
	}
	release()
}

// Reserve takes bytes of a lane, at most all of it, until the account of ctx is closed, see Memory.Take.
func Reserve(ctx context.Context, of Lane, bytes int64) error {
	a := From(ctx)
	if a == nil {
		return nil
	}
	lease, err := a.memory.Take(ctx, of, min(bytes, a.memory.lanes[of].bytes))
	if err == nil {
		a.keep(lease.Release)
	}
	return err
}

// Hold is Reserve until release is called.
func Hold(ctx context.Context, of Lane, bytes int64) (release func(), err error) {
	a := From(ctx)
	if a == nil {
		return func() {}, nil
	}
	lease, err := a.memory.Take(ctx, of, min(bytes, a.memory.lanes[of].bytes))
	return lease.Release, err
}

// bodyFactor is how many times its size a body takes: itself, its parts, what is made of them.
const bodyFactor = 3

// clientShare is which part of a lane of bodies one client may have, unless it sends one body alone.
const clientShare = 4

// ReserveBody is Reserve of what reading a body takes, of which length is declared, -1 where it is not, and at most so
// many bytes are read. Small bodies find room also while larger ones take all that they may, and bodies of one client
// leave room for those of others: it gets ErrBusy where its own would be more than a quarter of the lane. A client of
// which nothing is known, the zero netip.Addr, has no bound of its own.
func ReserveBody(ctx context.Context, client netip.Addr, length, most int64) error {
	a := From(ctx)
	if a == nil {
		return nil
	}
	if length < 0 || length > most {
		length = most
	}
	of, bytes := Body, bodyFactor*(length+4<<10)
	if length <= SmallBodyBytes {
		of = SmallBody
	}
	if client.IsValid() {
		release, ok := a.memory.bodies.hold(of, client, bytes, a.memory.lanes[of].bytes/clientShare)
		if !ok {
			a.memory.lanes[of].refused.Add(1)
			return ErrBusy
		}
		a.keep(release)
	}
	if length > LargeBodyBytes {
		if err := Reserve(ctx, LargeBody, bytes); err != nil {
			return err
		}
	}
	return Reserve(ctx, of, bytes)
}

// bodies is what each client has in the lanes of bodies. The zero value is ready.
type bodies struct {
	mu sync.Mutex
	of map[bodyKey]int64
}

type bodyKey struct {
	lane   Lane
	client netip.Addr
}

// hold adds bytes to what the client has, unless it has some and would have more than most.
func (b *bodies) hold(lane Lane, client netip.Addr, bytes, most int64) (release func(), ok bool) {
	key := bodyKey{lane, client}
	b.mu.Lock()
	defer b.mu.Unlock()
	if has := b.of[key]; has > 0 && has+bytes > most {
		return nil, false
	}
	if b.of == nil {
		b.of = make(map[bodyKey]int64)
	}
	b.of[key] += bytes
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.of[key] -= bytes; b.of[key] == 0 {
			delete(b.of, key)
		}
	}, true
}

// Query takes the bytes of a query and, where it is a large one, a processor of the gate; done returns the processor.
// The lease is nil where ctx has no account.
func Query(ctx context.Context, bytes int64) (lease *Lease, done func(), err error) {
	a := From(ctx)
	if a == nil {
		return nil, func() {}, nil
	}
	of := a.memory.LaneOf(bytes)
	if lease, err = a.memory.Take(ctx, of, bytes); err != nil || of == Small {
		return lease, func() {}, err
	}
	// All processors of the gate: it uses as many, see Workers.
	if err := a.memory.gate.Acquire(ctx, a.memory.width); err != nil {
		lease.Release()
		return nil, nil, err
	}
	a.long.Store(true)
	return lease, sync.OnceFunc(func() { a.memory.gate.Release(a.memory.width) }), nil
}

// Step is called between the pieces of a computation, each of some 100 µs. A large query lets all goroutines go first
// that are ready to run: the scheduler gives it what they leave. The error is that of ctx.
func Step(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a := From(ctx); a != nil && a.long.Load() {
		runtime.Gosched()
	}
	return nil
}

// Workers returns how many goroutines a computation is shared among: all processors where no other request has come
// since its own, else one less, for a goroutine that computes for long on each of them would delay all others by the
// ten milliseconds after which the runtime looks for messages from the network.
func Workers(ctx context.Context) int {
	n := runtime.GOMAXPROCS(0)
	if a := From(ctx); a != nil && (a.memory.underWay.Load() > 1 || a.memory.requests.Load() != a.number) {
		n = max(1, n-1)
	}
	return n
}

// Run runs a piece of long work, of at most some milliseconds, when a processor of the gate is free.
func Run(ctx context.Context, piece func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a := From(ctx)
	if a == nil {
		return piece()
	}
	if err := a.memory.gate.Acquire(ctx, 1); err != nil {
		return err
	}
	defer a.memory.gate.Release(1)
	runtime.Gosched() // see Step
	return piece()
}

// Write runs write, which encodes a piece of an answer and sends it, when a processor of the gate is free. Around what
// waits for the network write calls Send, so that a reader who is slow takes no processor from the others.
func Write(ctx context.Context, write func() (int, error)) (int, error) {
	a := From(ctx)
	if a == nil {
		return write()
	}
	if err := a.memory.gate.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	runtime.Gosched() // see Step
	a.setWriting(true)
	defer func() {
		a.setWriting(false)
		a.memory.gate.Release(1)
	}()
	return write()
}

func (a *Account) setWriting(writing bool) {
	a.mu.Lock()
	a.writing = writing
	a.mu.Unlock()
}

// Send runs what waits for the network. Within Write it returns the processor meanwhile.
func (a *Account) Send(send func() (int, error)) (int, error) {
	if a == nil {
		return send()
	}
	a.mu.Lock()
	writing := a.writing
	a.mu.Unlock()
	if !writing {
		return send()
	}
	a.memory.gate.Release(1)
	defer func() { _ = a.memory.gate.Acquire(context.Background(), 1) }()
	return send()
}
