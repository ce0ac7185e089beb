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
)

// tileEncodeVsOrb encodes 2,000 hexagons as the benchmarks of package tiles do, ours from a
// computed window and the library's whole path from features to bytes, one core each.
func tileEncodeVsOrb(ctx context.Context, lines func(string, ...any)) (float64, error) {
	took, err := goBenchmarks(ctx, "./tiles", "1s", "Hexagons", "HexagonsOrb")
	if err != nil {
		return 0, err
	}
	lines("tungnha: %.2f ms; orb: %.2f ms for the same tile, one core each", took["Hexagons"]/1e6, took["HexagonsOrb"]/1e6)
	return took["HexagonsOrb"] / took["Hexagons"], nil
}

// tilesVsLiveSQL divides our requests a second by PostGIS's that counts the window in each
// tile, by its best plan, zoom by zoom, and returns the lowest. Each tile is of a window
// that is computed and not drawn: the tiles of deep zooms of one, those of wide zooms, which
// are few, of many.
func (p *province) tilesVsLiveSQL(ctx context.Context, lines func(string, ...any)) (float64, error) {
	t, err := p.preparePostgis(ctx, lines)
	if err != nil {
		return 0, err
	}
	least, leastPrepared := math.Inf(1), math.Inf(1)
	byZoom := map[int][]maptile.Tile{}
	for _, tile := range t.sample {
		byZoom[int(tile.Z)] = append(byZoom[int(tile.Z)], tile)
	}
	for _, z := range slices.Sorted(maps.Keys(byZoom)) {
		first := t.windows
		var ownPaths []string
		for len(ownPaths) < sampleTiles {
			paths, err := t.fresh(ctx, byZoom[z])
			if err != nil {
				return 0, err
			}
			ownPaths = append(ownPaths, paths...)
		}
		runtime.GC()
		ours, err := request(ctx, t.ours, "", ownPaths)
		if err != nil {
			return 0, err
		}
		var theirs *load
		var plan string
		for _, name := range slices.Sorted(maps.Keys(livePlans)) {
			var paths []string
			for window := first; len(paths) < liveRequests; window++ {
				for _, tile := range byZoom[z][:min(len(byZoom[z]), liveRequests-len(paths))] {
					paths = append(paths, livePath(name, window, tile))
				}
			}
			// A plan that is slow for a few tiles is not asked for more.
			if _, err := request(ctx, t.postgis, "", paths[:connections]); err != nil {
				return 0, err
			}
			l, err := request(ctx, t.postgis, "", paths)
			if err != nil {
				return 0, err
			}
			if name == prepared {
				leastPrepared = min(leastPrepared, ours.rate()/l.rate())
				continue
			}
			if theirs == nil || l.rate() > theirs.rate() {
				theirs, plan = l, name
			}
		}
		ratio := ours.rate() / theirs.rate()
		lines("zoom %d: %.3g times; tungnha %v", z, ratio, ours)
		lines("         PostGIS %v (%s)", theirs, plan)
		least = min(least, ratio)
	}
	lines("lowest: %.3g times; beside visits that bear their cells and spells: %.3g times", least, leastPrepared)
	return least, nil
}

func livePath(plan string, window int, tile maptile.Tile) string {
	from, to := tileWindow(window)
	return fmt.Sprintf("/%s/%d/%d/%d.mvt?from=%d&to=%d", plan, tile.Z, tile.X, tile.Y, from, to)
}

// tilesVsPrecomputed divides our requests a second for tiles of windows that are computed by
// those of a server that reads cells with the same counts, computed in advance, from PostGIS.
func (p *province) tilesVsPrecomputed(ctx context.Context, lines func(string, ...any)) (float64, error) {
	t, err := p.preparePostgis(ctx, lines)
	if err != nil {
		return 0, err
	}
	lines("no tile server is to be had: the Go proxy refuses pg_tileserv and tegola, npm and Debian have no martin. Beside us is the")
	lines("leanest there can be, a handler that hands on what ST_AsMVT makes of one prepared statement, as pg_tileserv does")
	theirPaths := func(plan string) []string {
		var paths []string
		for _, tile := range t.sample {
			paths = append(paths, fmt.Sprintf("/%s/%d/%d/%d.mvt", plan, tile.Z, tile.X, tile.Y))
		}
		return slices.Repeat(paths, roundWindows)
	}
	var plain, zipped, full, lean rounds
	for range uncachedRounds {
		for _, side := range []struct {
			r        *rounds
			encoding string
		}{{&plain, ""}, {&zipped, "gzip"}} {
			var ownPaths []string
			for range roundWindows {
				paths, err := t.fresh(ctx, t.sample)
				if err != nil {
					return 0, err
				}
				ownPaths = append(ownPaths, paths...)
			}
			runtime.GC()
			if err := side.r.request(ctx, t.ours, side.encoding, ownPaths); err != nil {
				return 0, err
			}
		}
		if err := full.request(ctx, t.postgis, "", theirPaths(precomputed)); err != nil {
			return 0, err
		}
		if err := lean.request(ctx, t.postgis, "", theirPaths(precomputedLean)); err != nil {
			return 0, err
		}
	}
	lines("tungnha, computed windows, no tile made before: %v", &plain)
	lines("tungnha, the same and compressed (gzip):        %v", &zipped)
	lines("PostGIS, precomputed cells, the same counts:    %v", &full)
	lines("PostGIS, three fields of them:                  %v, of which we are %.3g times", &lean, plain.rate()/lean.rate())
	return plain.rate() / full.rate(), nil
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
		var ours, theirs rounds
		for range cachedRounds {
			if err := ours.request(ctx, t.ours, encoding, ownPaths); err != nil {
				return 0, err
			}
			if err := theirs.request(ctx, static, encoding, filePaths); err != nil {
				return 0, err
			}
		}
		if ours.all.bytes != theirs.all.bytes {
			return 0, fmt.Errorf("%s: we sent %d bytes, the file server %d", encoding, ours.all.bytes, theirs.all.bytes)
		}
		lines("%s: tungnha, cached:    %v", encoding, &ours)
		lines("%s: static file server: %v", encoding, &theirs)
		least = min(least, ours.rate()/theirs.rate())
	}
	return least, nil
}

// writeTiles asks for each tile once and keeps the bytes as files for the static server,
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
