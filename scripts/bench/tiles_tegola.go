package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/scripts/bench/load"
	"tungnha/scripts/bench/tegola"
)

// tegolaRounds are tegola's loads and ours, plain and compressed.
type tegolaRounds struct{ ours, theirs [2]load.Rounds }

const asPlain, asGzip = 0, 1

var acceptEncodings = [2]string{asPlain: "", asGzip: "gzip"}

// tilesVsTegola divides our requests a second for tiles of windows that are computed by those
// of tegola, which has PostGIS make the same tiles of cells with the same counts, computed in
// advance, and keeps none. It compresses every tile, and expands it again for a client that
// does not accept that: beside our plain tiles counts which of the two it does faster.
func (p *province) tilesVsTegola(encoding int) func(context.Context, func(string, ...any)) (float64, error) {
	return func(ctx context.Context, lines func(string, ...any)) (float64, error) {
		t, err := p.preparePostgis(ctx, lines)
		if err != nil {
			return 0, err
		}
		if t.tegola == nil {
			if t.tegola, err = p.measureTegola(ctx, t, lines); err != nil {
				return 0, err
			}
		}
		r := t.tegola
		rate := r.theirs[asGzip].Rate()
		if encoding == asPlain {
			rate = max(rate, r.theirs[asPlain].Rate())
		}
		return r.ours[encoding].Rate() / rate, nil
	}
}

func (p *province) measureTegola(ctx context.Context, t *tileServers, lines func(string, ...any)) (*tegolaRounds,
	error) {
	binary, err := tegola.Build(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPeer, err)
	}
	config := func(address string) string { return tegolaConfig(address, p.db.Config().ConnString()) }
	server, err := tegola.Start(ctx, binary, config)
	if err != nil {
		return nil, err
	}
	t.stop = append(t.stop, server.Close)
	address, pid := server.Address, server.PID
	var paths []string
	for _, tile := range t.sample {
		paths = append(paths, fmt.Sprintf("/maps/bench/%d/%d/%d.pbf", tile.Z, tile.X, tile.Y))
	}
	if err := t.checkTegola(ctx, address, paths, lines); err != nil {
		return nil, err
	}
	// Each of its connections prepares a statement for each tile, as its numbers are in the
	// text: all are prepared before the clock starts.
	if _, err := load.Request(ctx, address, "gzip", slices.Repeat(paths, load.Connections)); err != nil {
		return nil, err
	}
	rows, err := p.db.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE application_name = 'tegola'`)
	if err != nil {
		return nil, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return nil, err
	}
	r := new(tegolaRounds)
	for i := range r.theirs {
		r.theirs[i] = load.BesidePostgres(append(pids[:len(pids):len(pids)], pid))
	}
	for range uncachedRounds {
		for i, encoding := range acceptEncodings {
			if err := t.uncached(ctx, &r.ours[i], encoding); err != nil {
				return nil, err
			}
			if err := r.theirs[i].Request(ctx, address, encoding, paths); err != nil {
				return nil, err
			}
		}
	}
	for i, name := range [2]string{asPlain: "plain", asGzip: "gzip"} {
		lines("%-5s: tungnha, uncached: %v", name, &r.ours[i])
		lines("       tegola, no cache:  %v", &r.theirs[i])
	}
	return r, nil
}

// tegolaConfig has one layer for each zoom of the sample, of the SQL that the lean handler
// prepares. Tegola puts a tile's numbers into the text, and requires its own token for the box of
// the tile, which has no buffer: it is in a comment, so that both clip by the same box.
func tegolaConfig(address, database string) string {
	var providers, maps strings.Builder
	for zoom, resolution := range zoomResolution {
		sql := resolved(precomputedRows, resolution)
		sql = strings.Replace(sql, "FIELDS", strings.Join(countFields(data.DefaultSkills), ", "), 1)
		sql = strings.NewReplacer("$1", "!Z!", "$2", "!X!", "$3", "!Y!").Replace(sql)
		fmt.Fprintf(&providers,
			"[[providers.layers]]\nname = \"zoom%d\"\ngeometry_fieldname = \"geom\"\ngeometry_type = \"Polygon\"\nsql = %q\n",
			zoom, strings.Join(strings.Fields(sql), " ")+" /* !BBOX! */")
		fmt.Fprintf(&maps,
			"[[maps.layers]]\nname = \"cells\"\nprovider_layer = \"bench.zoom%d\"\nmin_zoom = %d\nmax_zoom = %d\n",
			zoom, zoom, zoom)
	}
	return fmt.Sprintf("[webserver]\nport = %q\n[[providers]]\nname = \"bench\"\ntype = \"mvt_postgis\"\nuri = %q\nsrid = 3857\n%s[[maps]]\nname = \"bench\"\n%s",
		address, withPool(database), providers.String(), maps.String())
}

// withPool adds to the URL of a database that the pool has as many connections as requests
// come at once, all open from the start.
func withPool(database string) string {
	separator := "?"
	if strings.Contains(database, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%spool_min_conns=%d&pool_max_conns=%d", database, separator, load.Connections,
		load.Connections)
}

// checkTegola fails where a tile of tegola's has other cells or counts than the lean
// handler's or than ours.
func (t *tileServers) checkTegola(ctx context.Context, address string, paths []string,
	lines func(string, ...any)) error {
	cells, slivers := 0, 0
	for i, path := range t.paths(0, t.sample) {
		theirs, err := readCells(ctx, "http://"+address+paths[i])
		if err != nil {
			return err
		}
		lean, err := readCells(ctx, "http://"+t.postgis+precomputedPath(precomputed, t.sample[i]))
		if err != nil {
			return err
		}
		if n, err := compareCells(lean, theirs); n > 0 || err != nil {
			return fmt.Errorf("%s beside the lean handler: %d slivers, %w", paths[i], n, err)
		}
		ours, err := readCells(ctx, "http://"+t.ours+path)
		if err != nil {
			return err
		}
		n, err := compareCells(ours, theirs)
		if err != nil {
			return fmt.Errorf("%s beside tegola's %s: %w", path, paths[i], err)
		}
		cells += len(ours)
		slivers += n
	}
	lines("tegola %s: households and reached of %d hexagons in %d tiles are the same as ours; %d slivers at the rim of the buffer in one only",
		tegola.Version, cells, len(t.sample), slivers)
	return nil
}
