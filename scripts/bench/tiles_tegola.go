package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tungnha/data"
)

// tegola is the tile server that is put beside ours, in a release that its Go module has.
const (
	tegolaModule  = "github.com/go-spatial/tegola"
	tegolaVersion = "v0.21.2"
)

// tilesVsTegola divides our requests a second for tiles of windows that are computed by those
// of tegola, which has PostGIS make the same tiles of cells with the same counts, computed in
// advance. It keeps no tiles, and compresses all: for a client that wants none of that it
// expands what it has compressed. So both are measured both ways, and the worse counts.
func (p *province) tilesVsTegola(ctx context.Context, lines func(string, ...any)) (float64, error) {
	t, err := p.preparePostgis(ctx, lines)
	if err != nil {
		return 0, err
	}
	binary, err := buildTegola(ctx)
	if err != nil {
		return 0, err
	}
	address, err := t.startTegola(ctx, binary, p.db.Config().ConnString())
	if err != nil {
		return 0, err
	}
	var theirPaths []string
	for _, tile := range t.sample {
		theirPaths = append(theirPaths, fmt.Sprintf("/maps/bench/%d/%d/%d.pbf", tile.Z, tile.X, tile.Y))
	}
	if err := t.checkTegola(ctx, address, theirPaths, lines); err != nil {
		return 0, err
	}
	// Each of its connections prepares a statement for each tile, as its numbers stand in the
	// text: all are prepared before the clock starts.
	if _, err := request(ctx, address, "gzip", slices.Repeat(theirPaths, connections)); err != nil {
		return 0, err
	}
	encodings := [2]string{"", "gzip"}
	var ours, theirs [2]rounds
	for range uncachedRounds {
		for i, encoding := range encodings {
			if err := t.uncached(ctx, &ours[i], encoding); err != nil {
				return 0, err
			}
			runtime.GC()
			if err := theirs[i].request(ctx, address, encoding, theirPaths); err != nil {
				return 0, err
			}
		}
	}
	for i, name := range [2]string{"plain", "gzip"} {
		lines("%-5s: tungnha, uncached: %v", name, &ours[i])
		lines("       tegola, no cache:  %v, of which we are %.3g times", &theirs[i], ours[i].rate()/theirs[i].rate())
	}
	return min(ours[0].rate()/theirs[0].rate(), ours[1].rate()/theirs[1].rate()), nil
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

// startTegola serves the cells computed in advance and returns the address.
func (t *tileServers) startTegola(ctx context.Context, binary, database string) (address string, err error) {
	if address, err = freeAddress(); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "tungnha-bench-tegola-")
	if err != nil {
		return "", err
	}
	t.stop = append(t.stop, func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "tegola.toml")
	if err := os.WriteFile(config, []byte(tegolaConfig(address, database)), 0o600); err != nil {
		return "", err
	}
	serving, stop := context.WithCancel(ctx)
	var said bytes.Buffer
	server := exec.CommandContext(serving, binary, "serve", "--config", config)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		stop()
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.stop = append(t.stop, func() { stop(); <-ended })
	for range 300 {
		if _, err = get(ctx, "http://"+address+"/capabilities", "identity"); err == nil {
			return address, nil
		}
		select {
		case err := <-ended:
			ended <- err
			return "", fmt.Errorf("tegola: %w: %s", err, bytes.TrimSpace(said.Bytes()))
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", fmt.Errorf("tegola does not answer: %w", err)
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
