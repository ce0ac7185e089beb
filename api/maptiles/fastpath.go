package maptiles

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/prometheus/client_golang/prometheus"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/tiles"
)

// FastPath keeps the answers to addresses that never change what they mean: tiles under the
// version of the data. Requested again they cost a lookup; parsing the address, routing it and
// finding the tile take longer than sending a tile does. It keeps weak pointers: a tile that the
// cache of tiles has evicted is answered by the router again.
type FastPath struct {
	took prometheus.Observer

	mu      sync.RWMutex
	version string // of the data, whose answers these are
	answers map[fastKey]*fastAnswer
}

// fastKey is all that the answer depends on, besides the version.
type fastKey struct {
	uri, acceptEncoding, viewer string
}

// A fastAnswer is a tile in an encoding, with the headers that go with it.
type fastAnswer struct {
	tile     weak.Pointer[tiles.Tile]
	encoding tiles.Encoding
	headers  []fastHeader
	times    atomic.Uint32 // requested
}

// fastHeader is a header with values that all answers share, and which must not be changed.
type fastHeader struct {
	name   string
	values []string
}

const (
	// MaxAnswers bounds what is kept: some 16 MB. All are dropped when it is full.
	MaxAnswers = 1 << 14
	// MaxAddress bounds an address and what a client accepts.
	MaxAddress = 512
	// SlowTurn: one answer in so many is made again, so that the tiles' cache records what is in use.
	SlowTurn = 64
)

// NewFastPath returns an empty one. took observes the seconds that its answers take.
func NewFastPath(took prometheus.Observer) *FastPath {
	return &FastPath{took: took, answers: map[fastKey]*fastAnswer{}}
}

// fastKeyOf returns under what the answer to a request is remembered, and false for requests
// that are answered by more than their address: conditional ones, those from another site's
// page.
func fastKeyOf(r *http.Request, view *coverage.View) (fastKey, bool) {
	if r.Method != http.MethodGet || !strings.HasPrefix(r.RequestURI, "/tiles/") || len(r.RequestURI) > MaxAddress ||
		r.Header["If-None-Match"] != nil || r.Header["Origin"] != nil {
		return fastKey{}, false
	}
	k := fastKey{uri: r.RequestURI, viewer: view.Key()}
	switch accept := r.Header["Accept-Encoding"]; {
	case len(accept) == 1 && len(accept[0]) <= MaxAddress:
		k.acceptEncoding = accept[0]
	case len(accept) != 0:
		return fastKey{}, false
	}
	return k, true
}

// find returns what is remembered for a request, and the body to send.
func (t *FastPath) find(r *http.Request, view *coverage.View) (*fastAnswer, []byte) {
	k, ok := fastKeyOf(r, view)
	if !ok {
		return nil, nil
	}
	t.mu.RLock()
	var answer *fastAnswer
	if t.version == view.Version() {
		answer = t.answers[k]
	}
	t.mu.RUnlock()
	if answer == nil || answer.times.Add(1)%SlowTurn == 0 {
		return nil, nil
	}
	tile := answer.tile.Value()
	if tile == nil {
		return nil, nil
	}
	body, _, err := tile.Encoded(answer.encoding) // made before
	if err != nil {
		return nil, nil
	}
	return answer, body
}

// Keep stores the answer that is being given to a request.
func (t *FastPath) Keep(r *http.Request, view *coverage.View, h http.Header, tile *tiles.Tile,
	encoding tiles.Encoding) {
	k, ok := fastKeyOf(r, view)
	if !ok || h["Age"] != nil {
		return
	}
	answer := &fastAnswer{tile: weak.Make(tile), encoding: encoding}
	for name, values := range h {
		if name != request.IDHeader {
			answer.headers = append(answer.headers, fastHeader{name, slices.Clip(values)})
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if version := view.Version(); t.version != version || len(t.answers) >= MaxAnswers {
		t.version = version
		clear(t.answers)
	}
	t.answers[k] = answer
}

// Answer answers a request from what is remembered, and reports whether it did, the bytes of the body that were sent
// and how long it took. The answer has no request's id: nothing is computed that the log could name by it.
func (t *FastPath) Answer(w http.ResponseWriter, r *http.Request, view *coverage.View) (bytes int, took time.Duration,
	ok bool) {
	start := time.Now()
	answer, body := t.find(r, view)
	if answer == nil {
		return 0, 0, false
	}
	h := w.Header()
	for _, header := range answer.headers {
		h[header.name] = header.values
	}
	bytes, _ = w.Write(body) // a client that is gone has no use for the error
	took = time.Since(start)
	t.took.Observe(took.Seconds())
	return bytes, took, true
}

// Remembers reports whether a request would be answered from what is kept.
func (t *FastPath) Remembers(r *http.Request, view *coverage.View) bool {
	answer, _ := t.find(r, view)
	return answer != nil
}

// Len returns how many answers are remembered.
func (t *FastPath) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.answers)
}
