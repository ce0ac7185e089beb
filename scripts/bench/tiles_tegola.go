package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

// tegola is the tile server that is put beside ours, in a release that its Go module has.
const (
	tegolaModule  = "github.com/go-spatial/tegola"
	tegolaVersion = "v0.21.2"
)

// tegolaRounds are tegola's loads and ours, plain and compressed.
type tegolaRounds struct{ ours, theirs [2]rounds }

const asPlain, asGzip = 0, 1

var acceptEncodings = [2]string{asPlain: "", asGzip: "gzip"}

// tilesVsTegola divides our requests a second for tiles of windows that are computed by those
// of tegola, which has PostGIS make the same tiles of cells with the same counts, computed in
// advance, and keeps none. It compresses every tile, and expands it again for a client that
// does not want that: beside our plain tiles counts which of the two it does faster.
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
		rate := r.theirs[asGzip].rate()
		if encoding == asPlain {
			rate = max(rate, r.theirs[asPlain].rate())
		}
		return r.ours[encoding].rate() / rate, nil
	}
}

func (p *province) measureTegola(ctx context.Context, t *tileServers, lines func(string, ...any)) (*tegolaRounds, error) {
	binary, err := buildTegola(ctx)
	if err != nil {
		return nil, err
	}
	address, pid, err := t.startTegola(ctx, binary, p.db.Config().ConnString())
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, tile := range t.sample {
		paths = append(paths, fmt.Sprintf("/maps/bench/%d/%d/%d.pbf", tile.Z, tile.X, tile.Y))
	}
	if err := t.checkTegola(ctx, address, paths, lines); err != nil {
		return nil, err
	}
	// Each of its connections prepares a statement for each tile, as its numbers stand in the
	// text: all are prepared before the clock starts.
	if _, err := request(ctx, address, "gzip", slices.Repeat(paths, connections)); err != nil {
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
		r.theirs[i] = besidePostgres(append(pids[:len(pids):len(pids)], pid))
	}
	for range uncachedRounds {
		for i, encoding := range acceptEncodings {
			if err := t.uncached(ctx, &r.ours[i], encoding); err != nil {
				return nil, err
			}
			if err := r.theirs[i].request(ctx, address, encoding, paths); err != nil {
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

// buildTegola builds the server of the module, in a folder where the next run finds it.
func buildTegola(ctx context.Context) (binary string, err error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("tungnha-bench-%d-tegola-%s", os.Getuid(), tegolaVersion))
	binary = filepath.Join(dir, "tegola")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	mod := fmt.Sprintf("module bench\n\ngo 1.24\n\nrequire %s %s\n", tegolaModule, tegolaVersion)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", binary, tegolaModule+"/cmd/tegola")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%w: tegola %s cannot be built: %w: %s", errNoPeer, tegolaVersion, err, bytes.TrimSpace(out))
	}
	return binary, nil
}

// startTegola serves the cells computed in advance and returns the address and the process.
func (t *tileServers) startTegola(ctx context.Context, binary, database string) (address string, pid int, err error) {
	if address, err = freeAddress(); err != nil {
		return "", 0, err
	}
	dir, err := os.MkdirTemp("", "tungnha-bench-tegola-")
	if err != nil {
		return "", 0, err
	}
	t.stop = append(t.stop, func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "tegola.toml")
	if err := os.WriteFile(config, []byte(tegolaConfig(address, database)), 0o600); err != nil {
		return "", 0, err
	}
	serving, stop := context.WithCancel(ctx)
	var said bytes.Buffer
	server := exec.CommandContext(serving, binary, "serve", "--config", config)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		stop()
		return "", 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.stop = append(t.stop, func() { stop(); <-ended })
	for range 300 {
		if _, err = get(ctx, "http://"+address+"/capabilities", "identity"); err == nil {
			return address, server.Process.Pid, nil
		}
		select {
		case err := <-ended:
			ended <- err
			return "", 0, fmt.Errorf("tegola: %w: %s", err, bytes.TrimSpace(said.Bytes()))
		case <-ctx.Done():
			return "", 0, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", 0, fmt.Errorf("tegola does not answer: %w", err)
}

// freeAddress returns one that nobody listened on a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// tegolaConfig has one layer for each zoom of the sample, of the SQL that the lean handler
// prepares. Tegola puts a tile's numbers into the text, and wants its own token for the box of
// the tile, which has no buffer: it stands in a comment, so that both clip by the same box.
func tegolaConfig(address, database string) string {
	var providers, maps strings.Builder
	for zoom, resolution := range zoomResolution {
		sql := resolved(precomputedRows, resolution)
		sql = strings.Replace(sql, "FIELDS", strings.Join(countFields(data.DefaultSkills), ", "), 1)
		sql = strings.NewReplacer("$1", "!Z!", "$2", "!X!", "$3", "!Y!").Replace(sql)
		fmt.Fprintf(&providers, "[[providers.layers]]\nname = \"zoom%d\"\ngeometry_fieldname = \"geom\"\ngeometry_type = \"Polygon\"\nsql = %q\n",
			zoom, strings.Join(strings.Fields(sql), " ")+" /* !BBOX! */")
		fmt.Fprintf(&maps, "[[maps.layers]]\nname = \"cells\"\nprovider_layer = \"bench.zoom%d\"\nmin_zoom = %d\nmax_zoom = %d\n", zoom, zoom, zoom)
	}
	return fmt.Sprintf("[webserver]\nport = %q\n[[providers]]\nname = \"bench\"\ntype = \"mvt_postgis\"\nuri = %q\nsrid = 3857\n%s[[maps]]\nname = \"bench\"\n%s",
		address, withPool(database), providers.String(), maps.String())
}

// withPool adds to the URL of a database that the pool holds as many connections as requests
// come at once, all open from the start.
func withPool(database string) string {
	separator := "?"
	if strings.Contains(database, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%spool_min_conns=%d&pool_max_conns=%d", database, separator, connections, connections)
}

// checkTegola fails where a tile of tegola's holds other cells or counts than the lean
// handler's or than ours.
func (t *tileServers) checkTegola(ctx context.Context, address string, paths []string, lines func(string, ...any)) error {
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
		tegolaVersion, cells, len(t.sample), slivers)
	return nil
}
