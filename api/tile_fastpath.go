package api

import (
	"log/slog"
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

// tileRoute is the pattern of the addresses of tiles.
const tileRoute = "/tiles/{layer}/{z}/{x}/{y}.mvt"

// readyTiles remembers the answers to addresses that never change what they mean: tiles
// under the version of the data. Asked again they cost a lookup; reading the address,
// routing it and finding the tile take longer than sending a tile does. It holds no tile:
// what the tiles' cache has let go is answered by the long way again.
type readyTiles struct {
	took prometheus.Observer

	mu      sync.RWMutex
	version string // of the data, whose answers these are
	answers map[readyKey]*readyAnswer
}

// readyKey is all that the answer depends on, besides the version.
type readyKey struct {
	uri, acceptEncoding, viewer string
}

// A readyAnswer is a tile in an encoding, with the headers that go with it.
type readyAnswer struct {
	tile     weak.Pointer[tiles.Tile]
	encoding tiles.Encoding
	headers  []readyHeader
	times    atomic.Uint32 // asked for
}

// readyHeader is a header with values that all answers share: nobody may change them.
type readyHeader struct {
	name   string
	values []string
}

const (
	// maxReadyAnswers bounds what is remembered: some 16 MB. All are forgotten when it is full.
	maxReadyAnswers = 1 << 14
	// maxReadyAddress bounds an address and what a client says it accepts.
	maxReadyAddress = 512
	// One answer in so many goes the long way, so that the tiles' cache learns what is in use.
	readyTurns = 64
)

func newReadyTiles(m *metrics) *readyTiles {
	return &readyTiles{took: m.requests.WithLabelValues(tileRoute, http.MethodGet, "200"), answers: map[readyKey]*readyAnswer{}}
}

// keyOf returns under what the answer to a request is remembered, and false for requests
// that are answered by more than their address: conditional ones, those from another site's
// page.
func keyOf(r *http.Request, view *coverage.View) (readyKey, bool) {
	if r.Method != http.MethodGet || !strings.HasPrefix(r.RequestURI, "/tiles/") || len(r.RequestURI) > maxReadyAddress ||
		r.Header["If-None-Match"] != nil || r.Header["Origin"] != nil {
		return readyKey{}, false
	}
	k := readyKey{uri: r.RequestURI, viewer: view.Key()}
	switch accept := r.Header["Accept-Encoding"]; {
	case len(accept) == 1 && len(accept[0]) <= maxReadyAddress:
		k.acceptEncoding = accept[0]
	case len(accept) != 0:
		return readyKey{}, false
	}
	return k, true
}

// find returns what is remembered for a request, and the body to send.
func (t *readyTiles) find(r *http.Request, view *coverage.View) (*readyAnswer, []byte) {
	k, ok := keyOf(r, view)
	if !ok {
		return nil, nil
	}
	t.mu.RLock()
	var answer *readyAnswer
	if t.version == view.Version() {
		answer = t.answers[k]
	}
	t.mu.RUnlock()
	if answer == nil || answer.times.Add(1)%readyTurns == 0 {
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

// keep remembers the answer that is being given to a request.
func (t *readyTiles) keep(r *http.Request, a *request.Context, h http.Header, tile *tiles.Tile, encoding tiles.Encoding) {
	k, ok := keyOf(r, a.View)
	if !ok || h["Age"] != nil {
		return
	}
	answer := &readyAnswer{tile: weak.Make(tile), encoding: encoding}
	for name, values := range h {
		if name != requestIDHeader {
			answer.headers = append(answer.headers, readyHeader{name, slices.Clip(values)})
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if version := a.View.Version(); t.version != version || len(t.answers) >= maxReadyAnswers {
		t.version = version
		clear(t.answers)
	}
	t.answers[k] = answer
}

// answerReady answers a request from what is remembered, and reports whether it did. Where
// every request is logged, and where the data are older than they should be, the long way
// has more to do than to send the tile. The answer bears no request's id: no log tells of it.
func (s *Server) answerReady(w http.ResponseWriter, r *http.Request, live *coverage.Live, view *coverage.View) bool {
	start := time.Now()
	answer, body := s.ready.find(r, view)
	if answer == nil || s.age(live.Freshness()) > 0 || s.log.Enabled(r.Context(), slog.LevelDebug) {
		return false
	}
	h := w.Header()
	for _, header := range answer.headers {
		h[header.name] = header.values
	}
	w.Write(body)
	s.ready.took.Observe(time.Since(start).Seconds())
	return true
}
