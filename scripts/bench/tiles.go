package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/paulmach/orb/maptile"

	"tungnha/api"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/scripts/bench/load"
)

// zoomResolution is the resolution of the cells that each zoom of the sample shows. Our tiles are compared
// with PostGIS's, cell by cell, so another choice there would be found out.
var zoomResolution = map[int]int{6: 4, 7: 5, 8: 5, 9: 6, 10: 7, 11: 8, 12: 8, 13: 9, 14: 10}

// The sample, and how often it is requested.
const (
	sampleTiles    = 200
	uncachedRounds = 5
	roundWindows   = 4 // in which the sample is requested in a round
	cachedRounds   = 41
	cachedRepeats  = 25                     // of the sample in a round
	liveRequests   = 24                     // of PostGIS, for each zoom and plan
	slowPlan       = 5 * time.Second        // for the first of them: no more are requested
	fastPlan       = 200 * time.Millisecond // for the first of them: as many as of ours
)

// tileServers are the servers that tiles are requested from, all in this process and over HTTP,
// and the tiles that are requested.
type tileServers struct {
	data     *live.Live
	store    *sqlite.Store
	ours     string // address
	version  string // of the data, as our server calls it
	postgis  string // address; empty until loaded
	backends []int  // processes of PostgreSQL's behind it
	sample   []maptile.Tile
	live     []zoomLoads   // beside PostGIS that counts in each tile; none until measured
	tegola   *tegolaRounds // none until measured
	windows  int           // how many were requested: each round begins with one that is new
	stop     []func()
}

func (t *tileServers) close() {
	for _, stop := range slices.Backward(t.stop) {
		stop()
	}
}

// serve answers with the handler on a port of its own and returns its address.
func (t *tileServers) serve(h http.Handler) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h}
	go server.Serve(listener)
	t.stop = append(t.stop, func() { server.Close() })
	return listener.Addr().String(), nil
}

// tileWindow returns the n-th window. No two are the same, all are of 90 days or a few more,
// and all end in the last two months: a window from before the programme began would have
// next to nothing in its tiles.
func tileWindow(n int) (from, to data.Date) {
	const ends = 60
	from, to = past(n % ends)
	return from - data.Date(n/ends), to
}

// prepareTiles starts the program's own server on the programme and chooses the sample.
func (p *province) prepareTiles(ctx context.Context, lines func(string, ...any)) (*tileServers, error) {
	if p.tiles != nil {
		return p.tiles, nil
	}
	if err := p.prepare(ctx, lines); err != nil {
		return nil, err
	}
	p.index = nil // the server has one of its own
	p.tiles = new(tileServers)
	t := p.tiles
	var err error
	if t.store, err = provinceStore(ctx, p.dir); err != nil {
		return nil, err
	}
	t.stop = append(t.stop, func() { t.store.Close() })
	clock := func() time.Time { return provinceToday.Time().Add(12 * time.Hour) }
	if t.data, err = live.Open(ctx, t.store, rules.DefaultConfig(), clock); err != nil {
		return nil, err
	}
	server, err := api.New(api.Config{
		Build: "bench", Programme: "bench", Clock: clock,
		Households: true, // small counts are shown, as PostGIS shows them
		Log:        slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	server.Open(t.data, 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(serving, listener) }()
	t.stop = append(t.stop, func() { stop(); <-stopped })
	t.ours = listener.Addr().String()

	if t.version, err = versionOf(ctx, t.ours); err != nil {
		return nil, err
	}
	if err := t.choose(ctx); err != nil {
		return nil, err
	}
	perZoom := map[maptile.Zoom]int{}
	for _, tile := range t.sample {
		perZoom[tile.Z]++
	}
	text := ""
	for _, z := range slices.Sorted(maps.Keys(perZoom)) {
		text += fmt.Sprintf(" %d of zoom %d,", perZoom[z], z)
	}
	lines("%d tiles:%s %d connections, load generator in the same process", len(t.sample), text, load.Connections)
	// What the start of the program makes in the background: outlines of cells.
	paths, err := t.fresh(ctx, t.sample)
	if err == nil {
		_, err = load.Request(ctx, t.ours, "", paths)
	}
	return t, err
}

// versionOf requests from the server the version of the data that addresses of tiles bear.
func versionOf(ctx context.Context, address string) (string, error) {
	body, err := get(ctx, "http://"+address+"/tiles/cells.json", "identity")
	if err != nil {
		return "", err
	}
	var described struct{ Tiles []string }
	if err := json.Unmarshal(body, &described); err != nil {
		return "", err
	}
	template, err := url.Parse(described.Tiles[0])
	if err != nil {
		return "", err
	}
	return template.Query().Get("v"), nil
}

// get returns the body of one answer as it came, in the encoding or plain.
func get(ctx context.Context, url, encoding string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept-Encoding", encoding)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %.200s", url, answer.Status, body)
	}
	return body, err
}

// choose takes as many tiles of each zoom as there are or as make up the sample, in which a
// household lives.
func (t *tileServers) choose(ctx context.Context) error {
	from, to := tileWindow(0)
	random := rand.New(rand.NewPCG(provinceSeed, 0))
	zooms := slices.Sorted(maps.Keys(zoomResolution))
	for i, z := range zooms {
		result, err := t.data.Index().For(coverage.Operator).Query(ctx, cellQuery(z, from, to))
		if err != nil {
			return err
		}
		set := maptile.Set{}
		for _, row := range result.Rows {
			center, err := row.Cell.Center()
			if err != nil {
				return err
			}
			set[maptile.At(center, maptile.Zoom(z))] = true
		}
		tiles := slices.SortedFunc(maps.Keys(set),
			func(a, b maptile.Tile) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
		random.Shuffle(len(tiles), func(i, j int) { tiles[i], tiles[j] = tiles[j], tiles[i] })
		quota := (sampleTiles - len(t.sample)) / (len(zooms) - i)
		t.sample = append(t.sample, tiles[:min(quota, len(tiles))]...)
	}
	random.Shuffle(len(t.sample), func(i, j int) { t.sample[i], t.sample[j] = t.sample[j], t.sample[i] })
	return nil
}

func cellQuery(zoom int, from, to data.Date) coverage.Query {
	return coverage.Query{By: coverage.ByCell, Resolution: zoomResolution[zoom], From: from, To: to}
}

// compute has the index count a window for the zooms of the tiles, so that a tile of it has
// only to be drawn.
func (t *tileServers) compute(ctx context.Context, window int, tiles []maptile.Tile) error {
	from, to := tileWindow(window)
	done := map[int]bool{}
	for _, tile := range tiles {
		q := cellQuery(int(tile.Z), from, to)
		if done[q.Resolution] {
			continue
		}
		done[q.Resolution] = true
		if _, err := t.data.Index().For(coverage.Operator).Query(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// fresh returns the addresses of the tiles in a window that no tile was requested of, but
// whose counts are computed: the server has to make every tile.
func (t *tileServers) fresh(ctx context.Context, tiles []maptile.Tile) ([]string, error) {
	if err := t.compute(ctx, t.windows, tiles); err != nil {
		return nil, err
	}
	paths := t.paths(t.windows, tiles)
	t.windows++
	return paths, nil
}

// paths returns the addresses at our server of the tiles in a window.
func (t *tileServers) paths(window int, tiles []maptile.Tile) []string {
	from, to := tileWindow(window)
	var paths []string
	for _, tile := range tiles {
		paths = append(paths, fmt.Sprintf("/tiles/cells/%d/%d/%d.mvt?from=%s&to=%s&v=%s", tile.Z, tile.X, tile.Y, from,
			to, t.version))
	}
	return paths
}
