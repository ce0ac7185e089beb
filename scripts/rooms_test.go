// Package scripts is what surrounds the program: set-up, PostGIS for tests, measurements
// against peers, and the test that keeps the rooms apart.
package scripts

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms lists what each package may import besides the standard library. Arrows point one
// way: geo ← data ← coverage ← tiles ← api ← cmd.
var rooms = map[string][]string{
	"internal/await":     {},
	"internal/problem":   {},
	"internal/wallclock": {},
	"internal/limit": {
		"github.com/KimMachineGun/automemlimit",
		"golang.org/x/sync",
	},
	"geo": {
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
		"github.com/uber/h3-go/v4",
		"golang.org/x/text",
	},
	"geo/geopackage": {
		"github.com/paulmach/orb",
	},
	"data": {
		"tungnha/geo",
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
	},
	"data/ingest/scan": {
		"tungnha/internal/problem",
		"golang.org/x/text",
	},
	"data/ingest/geojson": {
		"tungnha/data/ingest/scan",
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
	},
	"data/ingest/form": {
		"tungnha/data/ingest/value",
		"tungnha/internal/problem",
	},
	"data/ingest/value": {
		"tungnha/data",
		"tungnha/data/ingest/scan",
		"tungnha/internal/problem",
		"golang.org/x/text",
	},
	"data/ingest": {
		"tungnha/data",
		"tungnha/data/ingest/form",
		"tungnha/data/ingest/geojson",
		"tungnha/data/ingest/scan",
		"tungnha/data/ingest/value",
		"tungnha/data/recordfile",
		"tungnha/geo",
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"data/digest": {
		"tungnha/data",
		"github.com/dchest/siphash",
	},
	"data/sqlite/column": {
		"tungnha/data",
		"tungnha/data/sqlite/gpkg",
	},
	"data/sqlite/gpkg": {
		"tungnha/data",
		"tungnha/data/sqlite/statement",
		"tungnha/geo/geopackage",
		"github.com/paulmach/orb",
		"github.com/mattn/go-sqlite3",
		"github.com/twpayne/go-geom",
	},
	"data/sqlite/postqueue": {"tungnha/data/sqlite/writable"},
	"data/sqlite/rowset":    {},
	"data/sqlite/schema":    {},
	"data/sqlite/statement": {
		"github.com/mattn/go-sqlite3",
	},
	"data/sqlite/origin": {
		"tungnha/data",
		"tungnha/data/sqlite/column",
	},
	"data/sqlite/writable": {
		"tungnha/data",
		"github.com/mattn/go-sqlite3",
	},
	"data/sqlite": {
		"tungnha/data/sqlite/rowset",
		"tungnha/data/sqlite/writable",
		"tungnha/data/sqlite/origin",
		"tungnha/data/sqlite/statement",
		"tungnha/data",
		"tungnha/data/digest",
		"tungnha/data/sqlite/column",
		"tungnha/data/sqlite/gpkg",
		"tungnha/data/sqlite/postqueue",
		"tungnha/data/sqlite/schema",
		"tungnha/geo/geopackage",
		"tungnha/internal/problem",
		"github.com/mattn/go-sqlite3",
		"github.com/paulmach/orb",
		"github.com/pressly/goose/v3",
	},
	"data/postgis/ewkb": {
		"tungnha/data",
		"github.com/jackc/pgx/v5",
		"github.com/paulmach/orb",
		"github.com/twpayne/go-geom",
	},
	"data/postgis/column": {
		"tungnha/data",
		"github.com/jackc/pgx/v5",
	},
	"data/postgis/session": {
		"github.com/jackc/pgx/v5",
	},
	"data/postgis/listen": {
		"github.com/jackc/pgx/v5",
	},
	"data/postgis/digests": {
		"tungnha/data",
		"tungnha/data/digest",
		"github.com/jackc/pgx/v5",
	},
	"data/postgis/connect": {
		"tungnha/data",
		"tungnha/data/postgis/ewkb",
		"github.com/jackc/pgx/v5",
		"github.com/pressly/goose/v3",
	},
	"data/postgis": {
		"tungnha/data/digest",
		"tungnha/data/postgis/connect",
		"tungnha/data/postgis/digests",
		"tungnha/data/postgis/listen",
		"tungnha/data/postgis/session",
		"tungnha/data/postgis/column",
		"tungnha/data/postgis/ewkb",
		"tungnha/data",
		"tungnha/geo",
		"tungnha/internal/problem",
		"github.com/jackc/pgx/v5",
		"github.com/paulmach/orb",
		"github.com/twpayne/go-geom",
	},
	"data/sqlite/check": {
		"tungnha/data",
		"tungnha/data/sqlite",
		"tungnha/data/sqlite/postqueue",
	},
	"data/sqlite/backup": {
		"tungnha/data",
		"tungnha/data/sqlite",
		"tungnha/data/sqlite/check",
		"tungnha/data/sqlite/postqueue",
	},
	"data/storetest": {
		"tungnha/data",
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
	},
	"data/recordfile": {
		"tungnha/data",
		"tungnha/data/ingest/geojson",
		"tungnha/data/ingest/scan",
		"tungnha/geo",
	},
	"data/sample": {
		"tungnha/data",
		"tungnha/data/recordfile",
		"tungnha/data/sample/calendar",
		"tungnha/data/sample/names",
		"tungnha/data/sample/noise",
		"tungnha/geo",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"data/sample/calendar": {
		"tungnha/data",
	},
	"data/sample/names": {
		"tungnha/geo",
	},
	"data/sample/noise": {},
	"coverage/release": {
		"tungnha/data",
	},
	"coverage/disclosure": {
		"tungnha/coverage/rules",
		"tungnha/data",
	},
	"coverage/rules": {
		"tungnha/coverage/release",
		"tungnha/data",
		"tungnha/internal/problem",
	},
	"coverage/boundary": {
		"tungnha/data",
		"tungnha/geo",
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"coverage/columns": {
		"tungnha/internal/limit",
		"tungnha/coverage/boundary",
		"tungnha/data",
		"tungnha/geo",
		"github.com/dchest/siphash",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"coverage/windows": {
		"tungnha/internal/limit",
		"tungnha/coverage/columns",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
		"golang.org/x/sync",
	},
	"coverage/quality": {
		"tungnha/coverage/boundary",
		"tungnha/coverage/columns",
		"tungnha/data",
		"tungnha/geo",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"coverage": {
		"tungnha/internal/limit",
		"tungnha/coverage/quality",
		"tungnha/coverage/boundary",
		"tungnha/coverage/columns",
		"tungnha/coverage/disclosure",
		"tungnha/coverage/footprint",
		"tungnha/coverage/hotspot",
		"tungnha/coverage/release",
		"tungnha/coverage/rules",
		"tungnha/coverage/windows",
		"tungnha/data",
		"tungnha/geo",
		"tungnha/internal/cache",
		"tungnha/internal/problem",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"coverage/internal/fixture": {
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
		"github.com/paulmach/orb",
	},
	"coverage/live": {
		"tungnha/coverage",
		"tungnha/coverage/columns",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/internal/problem",
		"golang.org/x/sync",
	},
	"coverage/export": {
		"tungnha/coverage/disclosure",
		"tungnha/internal/limit",
		"tungnha/coverage",
		"tungnha/coverage/boundary",
		"tungnha/coverage/footprint",
		"tungnha/coverage/hotspot",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
		"tungnha/geo/geopackage",
		"tungnha/internal/problem",
		"github.com/mattn/go-sqlite3",
		"github.com/parquet-go/parquet-go",
		"github.com/paulmach/orb",
		"github.com/xuri/excelize/v2",
		"golang.org/x/sync",
	},
	"coverage/export/verify": {
		"tungnha/coverage/disclosure",
		"tungnha/coverage",
		"tungnha/coverage/export",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo/geopackage",
		"github.com/mattn/go-sqlite3",
		"github.com/parquet-go/parquet-go",
		"github.com/paulmach/orb",
		"github.com/xuri/excelize/v2",
	},
	"internal/cache": {
		"github.com/maypok86/otter/v2",
	},
	"tiles/archive": {
		"github.com/andybalholm/brotli",
		"github.com/klauspost/compress",
		"github.com/mattn/go-sqlite3",
		"tungnha/internal/cache",
	},
	"tiles/style": {
		"tungnha/geo",
		"tungnha/tiles/archive",
		"tungnha/tiles/glyphs",
	},
	"tiles/glyphs": {
		"golang.org/x/image",
	},
	"tiles/mvt": {
		"tungnha/data",
		"tungnha/geo",
		"github.com/paulmach/orb",
	},
	"tiles/outline": {
		"tungnha/geo",
		"tungnha/tiles/mvt",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"tiles": {
		"tungnha/coverage/release",
		"tungnha/internal/limit",
		"tungnha/internal/cache",
		"tungnha/tiles/style",
		"tungnha/tiles/mvt",
		"tungnha/tiles/outline",
		"tungnha/coverage",
		"tungnha/coverage/boundary",
		"tungnha/coverage/hotspot",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
		"tungnha/internal/problem",
		"tungnha/tiles/archive",
		"github.com/andybalholm/brotli",
		"github.com/klauspost/compress",
		"github.com/paulmach/orb",
		"golang.org/x/sync",
	},
	"api/web":       {},
	"api/accesslog": {},
	"api/cql": {
		"tungnha/geo",
		"github.com/paulmach/orb",
		"golang.org/x/text",
	},
	"api/ogc": {
		"tungnha/api/cql",
		"tungnha/api/httpx",
		"tungnha/api/maptiles",
		"tungnha/api/request",
		"tungnha/coverage",
		"tungnha/coverage/boundary",
		"tungnha/coverage/export",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
		"tungnha/internal/cache",
		"tungnha/internal/problem",
		"tungnha/tiles",
		"github.com/danielgtaylor/huma/v2",
		"github.com/go-chi/chi/v5",
		"github.com/paulmach/orb",
	},
	"api/admin": {
		"tungnha/api/httpx",
		"tungnha/api/request",
		"tungnha/coverage",
		"tungnha/coverage/live",
		"tungnha/data",
		"tungnha/internal/problem",
		"github.com/danielgtaylor/huma/v2",
	},
	"api/metrics": {
		"tungnha/internal/limit",
		"tungnha/api/accesslog",
		"tungnha/coverage",
		"tungnha/coverage/live",
		"github.com/prometheus/client_golang",
	},
	"api/pages": {
		"tungnha/api/httpx",
		"tungnha/api/request",
		"tungnha/api/svgmap",
		"tungnha/coverage",
		"tungnha/coverage/boundary",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
		"github.com/andybalholm/brotli",
		"github.com/go-chi/chi/v5",
		"github.com/klauspost/compress",
		"github.com/paulmach/orb",
	},
	"api/search": {
		"tungnha/coverage/boundary",
		"tungnha/data",
		"tungnha/geo",
	},
	"api": {
		"tungnha/api/accesslog",
		"tungnha/api/admin",
		"tungnha/api/metrics",
		"tungnha/api/guard",
		"tungnha/internal/wallclock",
		"tungnha/internal/limit",
		"tungnha/api/search",
		"tungnha/coverage/quality",
		"tungnha/api/httpx",
		"tungnha/api/maptiles",
		"tungnha/api/ogc",
		"tungnha/api/pages",
		"tungnha/api/request",
		"tungnha/api/transfer",
		"tungnha/coverage",
		"tungnha/coverage/boundary",
		"tungnha/coverage/export",
		"tungnha/coverage/hotspot",
		"tungnha/coverage/live",
		"tungnha/coverage/release",
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/data/ingest",
		"tungnha/geo",
		"tungnha/internal/problem",
		"tungnha/tiles",
		"tungnha/tiles/style",
		"tungnha/tiles/archive",
		"tungnha/tiles/glyphs",
		"github.com/andybalholm/brotli",
		"github.com/danielgtaylor/huma/v2",
		"github.com/go-chi/chi/v5",
		"github.com/klauspost/compress",
		"github.com/paulmach/orb",
		"github.com/prometheus/client_golang",
	},
	"api/svgmap": {
		"tungnha/tiles/glyphs",
		"github.com/paulmach/orb",
		"golang.org/x/image",
	},
	"api/guard": {
		"tungnha/data",
		"tungnha/api/accesslog",
		"tungnha/api/httpx",
		"tungnha/internal/limit",
		"tungnha/internal/problem",
		"golang.org/x/time",
	},
	"api/httpx": {
		"tungnha/internal/limit",
		"tungnha/internal/problem",
		"github.com/danielgtaylor/huma/v2",
		"github.com/klauspost/compress",
		"golang.org/x/text",
	},
	"api/request": {
		"tungnha/internal/problem",
		"tungnha/api/httpx",
		"tungnha/coverage",
		"tungnha/coverage/live",
		"tungnha/data",
	},
	"coverage/hotspot": {
		"tungnha/geo",
	},
	"api/transfer": {
		"tungnha/internal/limit",
		"tungnha/api/httpx",
		"tungnha/api/request",
		"tungnha/coverage",
		"tungnha/data",
		"tungnha/data/ingest",
		"tungnha/data/ingest/scan",
		"tungnha/internal/problem",
		"github.com/danielgtaylor/huma/v2",
		"github.com/go-chi/chi/v5",
	},
	"coverage/footprint": {
		"tungnha/coverage/rules",
		"tungnha/data",
		"tungnha/geo",
	},
	"api/maptiles": {
		"tungnha/internal/problem",
		"tungnha/api/httpx",
		"tungnha/api/request",
		"tungnha/coverage",
		"tungnha/data",
		"tungnha/tiles",
		"tungnha/tiles/style",
		"tungnha/tiles/archive",
		"tungnha/tiles/glyphs",
		"github.com/danielgtaylor/huma/v2",
		"github.com/go-chi/chi/v5",
		"github.com/prometheus/client_golang",
	},
}

// TestRooms fails on an import that the table does not permit. cmd and scripts wire and
// measure, so they may import everything; nothing may import them.
func TestRooms(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		room := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, "../")))
		if strings.HasPrefix(room, "cmd/") || strings.HasPrefix(room, "scripts") {
			return nil
		}
		permitted, known := rooms[room]
		if !known {
			if room != "." {
				t.Errorf("%s: no room of this name: add it to the table with what it may import", room)
			}
			return nil
		}
		seen[room] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if !strings.Contains(name, ".") && !strings.HasPrefix(name, "tungnha/") {
				continue // standard library
			}
			ours := strings.HasPrefix(name, "tungnha/")
			if !slices.ContainsFunc(permitted, func(p string) bool {
				return name == p || !ours && strings.HasPrefix(name, p+"/")
			}) {
				t.Errorf("%s imports %s, which %s may not", path, name, room)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range rooms {
		if !seen[room] {
			t.Errorf("%s: the table names a room that is not there", room)
		}
	}
}
