package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/sample"
	"tungnha/data/sqlite"
	"tungnha/geo"
	"tungnha/scripts/postgis"
)

// boundaries returns the communes to measure on: real ones from TUNGNHA_TEST_DATA or
// ../shared/data where they are, else the invented province.
func boundaries(ctx context.Context) (name string, areas []data.Area, err error) {
	folders := []string{os.Getenv("TUNGNHA_TEST_DATA"), "../shared/data"}
	for _, folder := range folders {
		path := filepath.Join(folder, "danang", "communes.geojson")
		if folder == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		areas, err := readAreas(ctx, path)
		return filepath.Join("danang", filepath.Base(path)), areas, err
	}
	return "the invented province", sample.Province(1), nil
}

// readAreas reads an area file the way every file is read: by importing it.
func readAreas(ctx context.Context, path string) (areas []data.Area, err error) {
	dir, err := os.MkdirTemp("", "tungnha-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "areas.gpkg"))
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if _, err := ingest.Import(ctx, store, []string{path},
		ingest.Options{Kind: data.Areas, Now: time.Now()}); err != nil {
		return nil, err
	}
	tx, err := store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	err = tx.ReadAreas(ctx, func(a *data.Area) error {
		areas = append(areas, *a)
		return nil
	})
	return areas, err
}

func geometries(areas []data.Area) []orb.MultiPolygon {
	var out []orb.MultiPolygon
	for _, a := range areas {
		if a.Level == data.Commune {
			out = append(out, a.Geometry)
		}
	}
	return out
}

// settledPoints scatters n points around forty centres in each area, like houses.
func settledPoints(areas []orb.MultiPolygon, n int, seed uint64) []orb.Point {
	random := rand.New(rand.NewPCG(seed, 0))
	var centres []orb.Point
	for _, area := range areas {
		locator := geo.NewLocator([]orb.MultiPolygon{area})
		bound := area.Bound()
		for found := 0; found < 40; {
			p := orb.Point{
				bound.Min[0] + random.Float64()*(bound.Max[0]-bound.Min[0]),
				bound.Min[1] + random.Float64()*(bound.Max[1]-bound.Min[1]),
			}
			if m := locator.Locate(p); m.Area == 0 && !m.Snapped {
				centres = append(centres, p)
				found++
			}
		}
	}
	points := make([]orb.Point, n)
	for i := range points {
		c := centres[i*len(centres)/n]
		points[i] = orb.Point{c[0] + random.NormFloat64()*0.004, c[1] + random.NormFloat64()*0.004}
	}
	return points
}

const locatePoints = 1_000_000

// plans are ways to locate every point in SQL, with the areas cut into small pieces under a
// GiST index. The joins may count a point on a border twice, in PostGIS's favour.
var plans = []string{
	`SELECT count(s.area), sum(s.area) FROM bench_points p JOIN bench_pieces s ON ST_Intersects(s.geom, p.geom)`,
	`SELECT count(s.area), sum(s.area) FROM bench_points p JOIN bench_pieces s ON ST_Contains(s.geom, p.geom)`,
	`SELECT count(s.area), sum(s.area) FROM bench_points p CROSS JOIN LATERAL
		(SELECT area FROM bench_pieces WHERE ST_Contains(geom, p.geom) LIMIT 1) s`,
}

// fastest runs every plan once and returns the one that took least.
func fastest(ctx context.Context, db *pgx.Conn) (best string, err error) {
	least := time.Duration(math.MaxInt64)
	for _, plan := range plans {
		start := time.Now()
		if _, err := db.Exec(ctx, plan); err != nil {
			return "", fmt.Errorf("%s: %w", plan, err)
		}
		if took := time.Since(start); took < least {
			least, best = took, plan
		}
	}
	return best, nil
}

// locateVsPostGIS locates a million points, in PostGIS by the best of plans on two workers.
// Cutting areas can move a point on a cut, so the number of differing answers is
// reported.
func locateVsPostGIS(ctx context.Context, lines func(string, ...any)) (float64, error) {
	name, records, err := boundaries(ctx)
	if err != nil {
		return 0, err
	}
	areas := geometries(records)
	vertices := 0
	for _, area := range areas {
		for _, polygon := range area {
			for _, ring := range polygon {
				vertices += len(ring)
			}
		}
	}
	points := settledPoints(areas, locatePoints, 1)
	lines("%d points in %d areas of %d vertices (%s)", len(points), len(areas), vertices, name)

	var locator *geo.Locator
	built, err := medianOfFive(func() error { locator = geo.NewLocator(areas); return nil })
	if err != nil {
		return 0, err
	}
	answers := make([]int, len(points))
	ours, err := medianOfFive(func() error {
		for i, p := range points {
			if m := locator.Locate(p); m.Snapped {
				answers[i] = -1 // PostGIS has no snapping
			} else {
				answers[i] = m.Area
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	lines("tungnha: %.1f ms, %.1f ns a point on one core; index built in %.1f ms",
		float64(ours.Microseconds())/1e3, float64(ours.Nanoseconds())/float64(len(points)),
		float64(built.Microseconds())/1e3)

	db, closeDB, err := connect(ctx)
	if err != nil {
		return 0, err
	}
	defer closeDB()
	if err := loadLocate(ctx, db, areas, points); err != nil {
		return 0, err
	}
	plan, err := fastest(ctx, db)
	if err != nil {
		return 0, err
	}
	theirs, err := medianOfFive(func() error {
		_, err := db.Exec(ctx, plan)
		return err
	})
	if err != nil {
		return 0, err
	}
	differ, err := differing(ctx, db, answers)
	if err != nil {
		return 0, err
	}
	lines("PostGIS: %.0f ms on two cores; %d of %d answers differ", float64(theirs.Microseconds())/1e3, differ,
		len(points))
	lines("         %s", plan)
	return float64(theirs) / float64(ours), nil
}

func loadLocate(ctx context.Context, db *pgx.Conn, areas []orb.MultiPolygon, points []orb.Point) error {
	for _, sql := range []string{
		`CREATE TEMP TABLE bench_areas (area int, geom geometry(MultiPolygon, 4326))`,
		`CREATE UNLOGGED TABLE IF NOT EXISTS bench_points (i int, geom geometry(Point, 4326))`,
		`CREATE UNLOGGED TABLE IF NOT EXISTS bench_pieces (area int, geom geometry(Polygon, 4326))`,
		`TRUNCATE bench_points, bench_pieces`,
		`CREATE TEMP TABLE bench_lonlat (i int, lon float8, lat float8)`,
	} {
		if _, err := db.Exec(ctx, sql); err != nil {
			return err
		}
	}
	for i, area := range areas {
		if _, err := db.Exec(ctx, `INSERT INTO bench_areas VALUES ($1, ST_MakeValid(ST_GeomFromText($2, 4326)))`, i, wkt.MarshalString(area)); err != nil {
			return err
		}
	}
	i := -1
	if _, err := db.CopyFrom(ctx, pgx.Identifier{"bench_lonlat"}, []string{"i", "lon", "lat"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if i++; i == len(points) {
				return nil, nil
			}
			return []any{i, points[i][0], points[i][1]}, nil
		})); err != nil {
		return err
	}
	for _, sql := range []string{
		`INSERT INTO bench_points SELECT i, ST_SetSRID(ST_MakePoint(lon, lat), 4326) FROM bench_lonlat`,
		`INSERT INTO bench_pieces SELECT area, ST_Subdivide(geom, 64) FROM bench_areas`,
		`CREATE INDEX IF NOT EXISTS bench_pieces_geom ON bench_pieces USING gist (geom)`,
		`ANALYZE bench_points`, `ANALYZE bench_pieces`,
		`SET max_parallel_workers_per_gather = 2`, `SET parallel_setup_cost = 0`, `SET min_parallel_table_scan_size = 0`,
	} {
		if _, err := db.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// differing counts the points for which PostGIS's answer is not ours.
func differing(ctx context.Context, db *pgx.Conn, answers []int) (int, error) {
	rows, err := db.Query(ctx, `SELECT p.i, min(s.area) FROM bench_points p
		LEFT JOIN bench_pieces s ON ST_Intersects(s.geom, p.geom) GROUP BY p.i`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var i int
		var area *int
		if err := rows.Scan(&i, &area); err != nil {
			return 0, err
		}
		if got := answers[i]; area == nil && got != -1 || area != nil && got != *area {
			n++
		}
	}
	return n, rows.Err()
}

// connect brings up a throw-away PostGIS and connects to it.
func connect(ctx context.Context) (*pgx.Conn, func(), error) {
	url, stop, err := postgis.Start(ctx)
	if errors.Is(err, postgis.ErrNotInstalled) {
		return nil, nil, fmt.Errorf("%w: %w", errNoPeer, err)
	}
	if err != nil {
		return nil, nil, err
	}
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return db, func() { db.Close(context.Background()); stop() }, nil
}
