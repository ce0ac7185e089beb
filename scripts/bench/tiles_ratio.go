package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/paulmach/orb/maptile"

	"tungnha/scripts/bench/load"
)

// tileEncodeVsOrb encodes 2,000 hexagons as the benchmarks of package tiles do, ours from a
// computed window and the library's whole path from features to bytes, one core each.
func tileEncodeVsOrb(ctx context.Context, lines func(string, ...any)) (float64, error) {
	took, err := goBenchmarks(ctx, "./tiles", "1s", "Hexagons", "HexagonsOrb")
	if err != nil {
		return 0, err
	}
	lines("tungnha: %.2f ms; orb: %.2f ms for the same tile, one core each", took["Hexagons"]/1e6,
		took["HexagonsOrb"]/1e6)
	return took["HexagonsOrb"] / took["Hexagons"], nil
}

// tilesVsLiveSQL divides our requests a second by PostGIS's that counts the window in each
// tile, by the fastest of the plans named, zoom by zoom, and returns the lowest.
func (p *province) tilesVsLiveSQL(plans ...string) func(context.Context, func(string, ...any)) (float64, error) {
	return func(ctx context.Context, lines func(string, ...any)) (float64, error) {
		t, err := p.preparePostgis(ctx, lines)
		if err != nil {
			return 0, err
		}
		if t.live == nil {
			if t.live, err = t.measureLive(ctx, lines); err != nil {
				return 0, err
			}
		}
		least := math.Inf(1)
		for _, l := range t.live {
			best := 0.0
			for _, plan := range plans {
				best = max(best, l.plans[plan].Rate())
			}
			lines("zoom %d: %.3g times", l.zoom, l.ours.Rate()/best)
			least = min(least, l.ours.Rate()/best)
		}
		return least, nil
	}
}

// zoomLoads are what was measured of the tiles of a zoom: ours, and PostGIS's by each plan.
type zoomLoads struct {
	zoom  int
	ours  load.Rounds
	plans map[string]*load.Rounds
}

// measureLive requests tiles of windows that are computed and not drawn: the tiles of deep
// zooms of one window, those of wide zooms, which are few, of many.
func (t *tileServers) measureLive(ctx context.Context, lines func(string, ...any)) ([]zoomLoads, error) {
	byZoom := map[int][]maptile.Tile{}
	for _, tile := range t.sample {
		byZoom[int(tile.Z)] = append(byZoom[int(tile.Z)], tile)
	}
	var measured []zoomLoads
	for _, z := range slices.Sorted(maps.Keys(byZoom)) {
		first := t.windows
		var ownPaths []string
		for len(ownPaths) < sampleTiles {
			paths, err := t.fresh(ctx, byZoom[z])
			if err != nil {
				return nil, err
			}
			ownPaths = append(ownPaths, paths...)
		}
		runtime.GC()
		l := zoomLoads{zoom: z, plans: map[string]*load.Rounds{}}
		if err := l.ours.Request(ctx, t.ours, "", ownPaths); err != nil {
			return nil, err
		}
		lines("zoom %d: tungnha %v", z, &l.ours)
		for _, name := range slices.Sorted(maps.Keys(livePlans)) {
			asked := func(n int) (paths []string) {
				for window := first; len(paths) < n; window++ {
					for _, tile := range byZoom[z][:min(len(byZoom[z]), n-len(paths))] {
						paths = append(paths, livePath(name, window, tile))
					}
				}
				return paths
			}
			// The first requests warm a plan up, and give how many more its time allows.
			plan := load.BesidePostgres(t.backends)
			if err := plan.Request(ctx, t.postgis, "", asked(load.Connections)); err != nil {
				return nil, err
			}
			if took := plan.All.Took; took < slowPlan {
				n := liveRequests
				if took < fastPlan {
					n = sampleTiles
				}
				plan = load.BesidePostgres(t.backends)
				if err := plan.Request(ctx, t.postgis, "", asked(n)); err != nil {
					return nil, err
				}
			}
			l.plans[name] = &plan
			lines("        PostGIS, %s: %v; we are %.3g times", name, &plan, l.ours.Rate()/plan.Rate())
		}
		measured = append(measured, l)
	}
	return measured, nil
}

func livePath(plan string, window int, tile maptile.Tile) string {
	from, to := tileWindow(window)
	return fmt.Sprintf("/%s/%d/%d/%d.mvt?from=%d&to=%d", plan, tile.Z, tile.X, tile.Y, from, to)
}

func precomputedPath(plan string, tile maptile.Tile) string {
	return fmt.Sprintf("/%s/%d/%d/%d.mvt", plan, tile.Z, tile.X, tile.Y)
}

// uncached adds a round of requests for the sample in windows whose tiles were never requested.
func (t *tileServers) uncached(ctx context.Context, r *load.Rounds, encoding string) error {
	var paths []string
	for range roundWindows {
		fresh, err := t.fresh(ctx, t.sample)
		if err != nil {
			return err
		}
		paths = append(paths, fresh...)
	}
	runtime.GC()
	return r.Request(ctx, t.ours, encoding, paths)
}

// tilesVsPrecomputed divides our requests a second for tiles of windows that are computed by
// those of the leanest handler there can be before cells with the same counts, computed in
// advance, in PostGIS: it does less for a request than any tile server.
func (p *province) tilesVsPrecomputed(ctx context.Context, lines func(string, ...any)) (float64, error) {
	t, err := p.preparePostgis(ctx, lines)
	if err != nil {
		return 0, err
	}
	theirPaths := func(plan string) []string {
		var paths []string
		for _, tile := range t.sample {
			paths = append(paths, precomputedPath(plan, tile))
		}
		return slices.Repeat(paths, roundWindows)
	}
	var plain, zipped load.Rounds
	full, lean := load.BesidePostgres(t.backends), load.BesidePostgres(t.backends)
	for range uncachedRounds {
		for _, side := range []struct {
			r        *load.Rounds
			encoding string
		}{{&plain, ""}, {&zipped, "gzip"}} {
			if err := t.uncached(ctx, side.r, side.encoding); err != nil {
				return 0, err
			}
		}
		if err := full.Request(ctx, t.postgis, "", theirPaths(precomputed)); err != nil {
			return 0, err
		}
		if err := lean.Request(ctx, t.postgis, "", theirPaths(precomputedLean)); err != nil {
			return 0, err
		}
	}
	lines("tungnha, computed windows, no tile made before: %v", &plain)
	lines("tungnha, the same and compressed (gzip):        %v", &zipped)
	lines("PostGIS, precomputed cells, the same counts:    %v", &full)
	lines("PostGIS, three fields of them:                  %v, of which we are %.3g times", &lean,
		plain.Rate()/lean.Rate())
	return plain.Rate() / full.Rate(), nil
}

// tilesVsStatic divides our requests a second for tiles made before by those of Go's file
// server for files of the same bytes. The worse of plain and compressed tiles counts.
func (p *province) tilesVsStatic(ctx context.Context, lines func(string, ...any)) (float64, error) {
	t, err := p.prepareTiles(ctx, lines)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "tungnha-bench-tiles-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	// Or it would read the beginning of every file to find out what it is.
	if err := mime.AddExtensionType(".mvt", "application/vnd.mapbox-vector-tile"); err != nil {
		return 0, err
	}
	static, err := t.serve(http.FileServer(http.Dir(dir)))
	if err != nil {
		return 0, err
	}
	tiles, err := t.fresh(ctx, t.sample)
	if err != nil {
		return 0, err
	}
	least := math.Inf(1)
	for _, encoding := range []string{"identity", "gzip"} {
		files, err := writeTiles(ctx, t, dir, encoding, tiles)
		if err != nil {
			return 0, err
		}
		ownPaths, filePaths := slices.Repeat(tiles, cachedRepeats), slices.Repeat(files, cachedRepeats)
		var ours, theirs load.Rounds
		for range cachedRounds {
			if err := ours.Request(ctx, t.ours, encoding, ownPaths); err != nil {
				return 0, err
			}
			if err := theirs.Request(ctx, static, encoding, filePaths); err != nil {
				return 0, err
			}
		}
		if ours.All.Bytes != theirs.All.Bytes {
			return 0, fmt.Errorf("%s: we sent %d bytes, the file server %d", encoding, ours.All.Bytes, theirs.All.Bytes)
		}
		lines("%s: tungnha, cached:    %v", encoding, &ours)
		lines("%s: static file server: %v", encoding, &theirs)
		least = min(least, ours.Rate()/theirs.Rate())
	}
	return least, nil
}

// writeTiles requests each tile once and keeps the bytes as files for the static server,
// whose addresses it returns.
func writeTiles(ctx context.Context, t *tileServers, dir, encoding string, paths []string) (files []string, err error) {
	for i, path := range paths {
		body, err := get(ctx, "http://"+t.ours+path, encoding)
		if err != nil {
			return nil, err
		}
		tile := t.sample[i]
		name := fmt.Sprintf("/%s/%d/%d/%d.mvt", encoding, tile.Z, tile.X, tile.Y)
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, body, 0o644); err != nil {
			return nil, err
		}
		files = append(files, name)
	}
	return files, nil
}
