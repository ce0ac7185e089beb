package archive

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// mbtiles reads an MBTiles archive, a SQLite file. MBTiles 1.3.
type mbtiles struct {
	db       *sql.DB
	patience time.Duration // how long one question may take
}

// patience bounds a query of an MBTiles archive: its tables may be views that somebody
// made to take for ever.
const patience = 5 * time.Second

// newMBTiles opens the archive at path and reads its metadata.
func newMBTiles(ctx context.Context, path string, patience time.Duration) (_ *mbtiles, _ *Info, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	address := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&immutable=1&_query_only=1&_cache_size=-8192"}
	m := &mbtiles{sql.OpenDB(&bounded{address.String()}), patience}
	m.db.SetMaxOpenConns(4)
	defer func() {
		if err != nil {
			m.db.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	values, err := m.metadata(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("table metadata: %w", err)
	}
	info, err := describeMBTiles(values)
	if err != nil {
		return nil, nil, err
	}
	if err := m.zooms(ctx, info); err != nil {
		return nil, nil, fmt.Errorf("table tiles: %w", err)
	}
	return m, info, info.check()
}

// bounded opens connections on which no value can be larger than a tile may be, and which
// run no functions that the file brings along.
type bounded struct{ address string }

func (b *bounded) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (b *bounded) Connect(context.Context) (driver.Conn, error) {
	d := &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		c.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, maxMetadataBytes)
		_, err := c.Exec("PRAGMA trusted_schema = OFF", nil)
		return err
	}}
	return d.Open(b.address)
}

// metadata reads all names and values: there are a dozen or two.
func (m *mbtiles) metadata(ctx context.Context) (map[string]string, error) {
	rows, err := m.db.QueryContext(ctx, `SELECT CAST(name AS TEXT), CAST(value AS TEXT) FROM metadata LIMIT 200`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values, size := make(map[string]string), 0
	for rows.Next() {
		var name, value sql.NullString
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		if size += len(name.String) + len(value.String); size > maxMetadataBytes {
			return nil, fmt.Errorf("more than %d bytes", maxMetadataBytes)
		}
		values[name.String] = value.String
	}
	return values, rows.Err()
}

var mbtilesFormats = map[string]TileType{"pbf": MVT, "mvt": MVT, "png": PNG, "jpg": JPEG, "jpeg": JPEG, "webp": WebP,
	"avif": AVIF}

// describeMBTiles reads the metadata of an archive, where numbers are texts.
func describeMBTiles(values map[string]string) (*Info, error) {
	info := &Info{Bounds: [4]float64{-180, -85.051129, 180, 85.051129}, MinZoom: -1, MaxZoom: -1}
	format := strings.ToLower(values["format"])
	info.Type = mbtilesFormats[format]
	if info.Type == 0 {
		return nil, fmt.Errorf("metadata: format %q: want pbf, png, jpg, webp or avif", format)
	}
	for name, zoom := range map[string]*int{"minzoom": &info.MinZoom, "maxzoom": &info.MaxZoom} {
		if values[name] == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(values[name]))
		if err != nil || n < 0 || n > MaxZoom {
			return nil, fmt.Errorf("metadata: %s %q: want 0 to %d", name, values[name], MaxZoom)
		}
		*zoom = n
	}
	if err := numbers("bounds", values["bounds"], info.Bounds[:]); err != nil {
		return nil, err
	}
	info.Center = [3]float64{(info.Bounds[0] + info.Bounds[2]) / 2, (info.Bounds[1] + info.Bounds[3]) / 2, -1}
	if err := numbers("center", values["center"], info.Center[:]); err != nil {
		return nil, err
	}
	if info.Type == MVT && values["json"] != "" {
		if err := info.describe([]byte(values["json"])); err != nil {
			return nil, fmt.Errorf("json of %w", err)
		}
	}
	info.Name, info.Attribution = values["name"], values["attribution"]
	return info, nil
}

// numbers reads as many numbers as into has elements, divided by commas.
func numbers(name, text string, into []float64) error {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	if len(parts) != len(into) {
		return fmt.Errorf("metadata: %s %q: want %d numbers divided by commas", name, text, len(into))
	}
	for i, part := range parts {
		n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return fmt.Errorf("metadata: %s %q: want %d numbers divided by commas", name, text, len(into))
		}
		into[i] = n
	}
	return nil
}

// zooms finds the zooms out where the metadata do not contain them, and that there are tiles.
func (m *mbtiles) zooms(ctx context.Context, info *Info) error {
	var least, most sql.NullInt64
	err := m.db.QueryRowContext(ctx, `SELECT zoom_level FROM tiles
		WHERE tile_column >= 0 AND tile_row >= 0 AND tile_data IS NOT NULL LIMIT 1`).Scan(&least)
	if errors.Is(err, sql.ErrNoRows) {
		return errors.New("it has no tiles")
	}
	if err != nil || info.MinZoom >= 0 && info.MaxZoom >= 0 {
		return err
	}
	err = m.db.QueryRowContext(ctx, `SELECT min(zoom_level), max(zoom_level) FROM tiles`).Scan(&least, &most)
	if err != nil {
		return err
	}
	if info.MinZoom < 0 {
		info.MinZoom = int(least.Int64)
	}
	if info.MaxZoom < 0 {
		info.MaxZoom = int(most.Int64)
	}
	return nil
}

// Close closes the file.
func (m *mbtiles) Close() error { return m.db.Close() }

// tile returns a tile. Rows count from the south in MBTiles.
func (m *mbtiles) tile(ctx context.Context, z, x, y int) ([]byte, Compression, error) {
	ctx, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	var body []byte
	err := m.db.QueryRowContext(ctx, `SELECT CASE WHEN length(tile_data) <= ?4 THEN CAST(tile_data AS BLOB) END FROM tiles
		WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3 LIMIT 1`,
		z, x, 1<<z-1-y, maxTileBytes).Scan(&body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, None, nil
	case err != nil:
		return nil, None, err
	case body == nil:
		return nil, None, fmt.Errorf("nothing, or more than %d bytes", maxTileBytes)
	}
	return bytes.Clone(body), sniff(body), nil
}
