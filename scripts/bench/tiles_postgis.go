package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/scripts/bench/load"
)

// A tile's SQL has RES in place of the resolution of its cells. $1, $2, $3 are its zoom,
// column and row, $4 and $5 the window's days.
const (
	envelope = `ST_TileEnvelope($1, $2, $3)`
	buffered = `ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096)`

	// encode makes the tile of the cells in a table or CTE "counts", joined to their shapes.
	encode = `
	SELECT coalesce(ST_AsMVT(t, 'cells', 4096, 'geom'), '') FROM (
		SELECT ST_AsMVTGeom(geom, ` + envelope + `, 4096, 64, true) AS geom, h3, households, reached, coverage
		FROM counts JOIN bench_cell_RES USING (cell) WHERE geom && ` + buffered + `) t`

	// homes and seen count, among the cells that WHICH leaves, who is in the register on the
	// last day and who of them was reached.
	homes = `homes AS MATERIALIZED (
		SELECT c_RES AS cell, count(*) AS households FROM bench_home WHICH WHERE since <= $5 AND until > $5 GROUP BY c_RES)`
	seen = `seen AS MATERIALIZED (
		SELECT c_RES AS cell, count(*) AS reached FROM (SELECT DISTINCT c_RES, household FROM bench_hit WHICH
			WHERE day BETWEEN $4 AND $5 AND since <= $5 AND until > $5) d GROUP BY c_RES)`
	counts = `counts AS MATERIALIZED (
		SELECT cell, households, coalesce(reached, 0) AS reached, (coalesce(reached, 0)::float8 / households) AS coverage
		FROM homes LEFT JOIN seen USING (cell))`
)

// The names of plans: those that read what was computed in advance, and those that count.
const (
	precomputed     = "precomputed"
	precomputedLean = "precomputed-lean" // with households, reached and coverage only
	allCells        = "all-cells"
	registers       = "registers"
	prepared        = "prepared"
)

// livePlans count a window for one tile: two of our counts and a rate, in the ways that
// PostgreSQL does it best. The first counts all cells and then takes those in the tile, from
// tables that have in advance in which periods a household counts. The second looks up the
// cells in the tile and counts their households from the registers, as indexes find them. The
// third does so from the first one's tables, where visits have periods and cells with them:
// keeping those up to date with every visit does half of the counting in advance, so it is
// reported, and is not what the ratio is of.
var livePlans = map[string]string{
	allCells: `WITH ` + homes + `, ` + seen + `, ` + counts + encode,
	registers: `WITH ` + wanted + `,
		at AS MATERIALIZED (SELECT household, c_RES AS cell FROM bench_place p JOIN wanted USING (c_RES)
			WHERE registered <= $5 AND removed > $5 AND coalesce((SELECT max(outcome) FROM bench_visit v WHERE v.household = p.household
				AND day = (SELECT max(day) FROM bench_visit w WHERE w.household = p.household AND day <= $5)), 7) > 2),
		home AS MATERIALIZED (SELECT cell, count(*) AS households, count(*) FILTER (WHERE EXISTS (SELECT FROM bench_visit v
				WHERE v.household = at.household AND outcome = 7 AND day BETWEEN $4 AND $5)) AS reached FROM at GROUP BY cell),
		counts AS MATERIALIZED (SELECT cell, households, reached, (reached::float8 / households) AS coverage FROM home)` + encode,
	prepared: `WITH ` + wanted + `, ` +
		strings.ReplaceAll(homes+`, `+seen, "WHICH", "JOIN wanted USING (c_RES)") + `, ` + counts + encode,
}

const wanted = `wanted AS MATERIALIZED (SELECT cell AS c_RES FROM bench_cell_RES WHERE geom && ` + buffered + `)`

// precomputedRows are those of a tile of cells whose counts are in the row of their shapes:
// nothing is computed. FIELDS are those of the tile.
const precomputedRows = `
	SELECT ST_AsMVTGeom(geom, ` + envelope + `, 4096, 64, true) AS geom, FIELDS
	FROM bench_tile_RES WHERE geom && ` + buffered

const precomputedPlan = `SELECT coalesce(ST_AsMVT(t, 'cells', 4096, 'geom'), '') FROM (` + precomputedRows + `) t`

// countFields are the columns of cells computed in advance: what our tiles have of a cell,
// but for a flag's own fields besides the text of all flags.
func countFields(skills data.Skills) []string {
	fields := []string{"h3", "households", "attempted", "contacted", "reached", "revisit_due", "visits",
		"last_visit", "days_since_visit", "coverage", "attempt_rate", "success_rate", "flags"}
	for _, s := range skills {
		fields = append(fields, "assessed_"+s.Key, "shown_"+s.Key, "uptake_"+s.Key)
	}
	return fields
}

// countValues returns a row's values for countFields, and the cell after them.
func countValues(result *coverage.Result, row *coverage.Row) []any {
	number := func(n uint32) any { return int32(n) }
	rate := func(part, whole uint32) any {
		if whole == 0 {
			return nil
		}
		return math.Round(float64(part)/float64(whole)*1e4) / 1e4
	}
	values := []any{row.Cell.String(), number(row.Households), number(row.Attempted), number(row.Contacted),
		number(row.Reached),
		number(row.RevisitDue), number(row.Visits), nil, nil, rate(row.Reached, row.Households),
		rate(row.Attempted, row.Households),
		rate(row.Reached, row.Contacted), nil}
	if row.LastVisit != data.NoDate {
		values[7], values[8] = row.LastVisit.String(), int32(result.Query.To-row.LastVisit)
	}
	if row.Flags != 0 {
		values[12] = strings.Join(result.Config.Keys(row.Flags), ";")
	}
	for i := range result.Config.Skills {
		values = append(values, number(row.Assessed[i]), number(row.Shown[i]), rate(row.Shown[i], row.Assessed[i]))
	}
	return append(values, int64(row.Cell))
}

// resolved returns a plan for cells of a resolution.
func resolved(plan string, resolution int) string {
	return strings.NewReplacer("WHICH", "", "RES", strconv.Itoa(resolution)).Replace(plan)
}

// loadTiles makes the tables that tiles are computed from, besides those of loadPostgres, and
// for one window the tables of cells computed in advance, of our counts.
func (p *province) loadTiles(ctx context.Context, cells map[int][]cellShape, t *tileServers,
	lines func(string, ...any)) error {
	if err := p.loadPostgres(ctx, lines); err != nil {
		return err
	}
	started := time.Now()
	if err := p.exec(ctx, `CREATE UNLOGGED TABLE bench_fine (household int, fine bigint)`); err != nil {
		return err
	}
	i := -1
	if _, err := p.db.CopyFrom(ctx, pgx.Identifier{"bench_fine"}, []string{"household", "fine"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if i++; i == len(p.plain.fine) {
				return nil, nil
			}
			return []any{int32(i), int64(p.plain.fine[i])}, nil
		})); err != nil {
		return err
	}
	var columns, names []string
	for r := range cells {
		// The parent of a cell: its resolution put in place, all finer digits set.
		columns = append(columns, fmt.Sprintf(`(fine & ~(15::bigint << 52)) | (%d::bigint << 52) | ((1::bigint << %d) - 1) AS c_%d`, r, 3*(15-r), r))
		names = append(names, fmt.Sprintf("c_%d", r))
	}
	steps := []string{
		`ANALYZE bench_fine`,
		`CREATE UNLOGGED TABLE bench_home AS
		WITH seen AS (SELECT household, day, max(outcome) <= 2 AS gone FROM bench_visit GROUP BY household, day),
		turn AS (SELECT household, day, gone, gone <> lag(gone, 1, false) OVER (PARTITION BY household ORDER BY day) AS turned FROM seen),
		state AS (SELECT household, 0 AS day, false AS gone FROM bench_household UNION ALL SELECT household, day, gone FROM turn WHERE turned),
		spell AS (SELECT household, gone, day AS since, lead(day, 1, 65536) OVER (PARTITION BY household ORDER BY day) AS until FROM state)
		SELECT household, greatest(since, registered) AS since, least(until, removed) AS until, ` + strings.Join(columns, ", ") + `
		FROM spell JOIN bench_household USING (household) JOIN bench_fine USING (household)
		WHERE NOT gone AND greatest(since, registered) < least(until, removed) ORDER BY household`,
		`CREATE UNLOGGED TABLE bench_hit AS
		SELECT DISTINCT day, household, since, until, ` + strings.Join(names, ", ") + `
		FROM bench_visit JOIN bench_home USING (household) WHERE outcome = 7 ORDER BY day, household`,
		`CREATE UNLOGGED TABLE bench_place AS SELECT household, registered, removed, ` + strings.Join(columns, ", ") + `
		FROM bench_household JOIN bench_fine USING (household) ORDER BY household`,
		`DROP TABLE bench_fine`,
		`CREATE INDEX ON bench_hit (day)`,
		`CREATE INDEX ON bench_visit (household, day) INCLUDE (outcome)`,
	}
	for _, name := range names {
		steps = append(steps,
			`CREATE INDEX ON bench_place (`+name+`) INCLUDE (household, registered, removed)`,
			`CREATE INDEX ON bench_home (`+name+`) INCLUDE (since, until)`,
			`CREATE INDEX ON bench_hit (`+name+`, day) INCLUDE (household, since, until)`)
	}
	if err := p.exec(ctx, append(steps, `VACUUM ANALYZE bench_place`, `VACUUM ANALYZE bench_visit`, `VACUUM ANALYZE bench_home`, `VACUUM ANALYZE bench_hit`)...); err != nil {
		return err
	}
	for r, shapes := range cells {
		if err := p.loadCells(ctx, r, shapes); err != nil {
			return err
		}
		from, to := tileWindow(0)
		result, err := t.data.Index().For(coverage.Operator).Query(ctx,
			coverage.Query{By: coverage.ByCell, Resolution: r, From: from, To: to})
		if err != nil {
			return err
		}
		if err := p.loadCounts(ctx, r, result); err != nil {
			return err
		}
	}
	lines("PostGIS: tables for tiles made in %.0f s", time.Since(started).Seconds())
	return nil
}

// loadCells makes the table of the shapes of the cells of a resolution.
func (p *province) loadCells(ctx context.Context, resolution int, shapes []cellShape) error {
	steps := func(all ...string) []string {
		for i := range all {
			all[i] = resolved(all[i], resolution)
		}
		return all
	}
	if err := p.exec(ctx, steps(`CREATE TEMP TABLE bench_outline (cell bigint, outline bytea)`)...); err != nil {
		return err
	}
	i := -1
	if _, err := p.db.CopyFrom(ctx, pgx.Identifier{"bench_outline"}, []string{"cell", "outline"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if i++; i == len(shapes) {
				return nil, nil
			}
			outline, err := wkb.Marshal(shapes[i].outline)
			return []any{int64(shapes[i].cell), outline}, err
		})); err != nil {
		return err
	}
	return p.exec(ctx, steps(
		`CREATE UNLOGGED TABLE bench_cell_RES AS
			SELECT cell, to_hex(cell) AS h3, ST_Transform(ST_GeomFromWKB(outline, 4326), 3857)::geometry(Polygon, 3857) AS geom FROM bench_outline ORDER BY cell`,
		`DROP TABLE bench_outline`,
		`CREATE INDEX ON bench_cell_RES USING gist (geom)`,
		`CREATE INDEX ON bench_cell_RES (cell)`,
		`VACUUM ANALYZE bench_cell_RES`)...)
}

// loadCounts makes the table of the cells of a result, their counts in the row of their shapes.
func (p *province) loadCounts(ctx context.Context, resolution int, result *coverage.Result) error {
	fields := countFields(result.Config.Skills)
	columns := make([]string, len(fields))
	for i, field := range fields {
		kind := "int"
		switch {
		case field == "h3" || field == "last_visit" || field == "flags":
			kind = "text"
		case field == "coverage" || strings.HasSuffix(field, "_rate") || strings.HasPrefix(field, "uptake_"):
			kind = "float8"
		}
		columns[i] = field + " " + kind
	}
	if err := p.exec(ctx, `CREATE TEMP TABLE bench_count (`+strings.Join(columns, ", ")+`, cell bigint)`); err != nil {
		return err
	}
	i := -1
	if _, err := p.db.CopyFrom(ctx, pgx.Identifier{"bench_count"}, append(fields, "cell"),
		pgx.CopyFromFunc(func() ([]any, error) {
			if i++; i == len(result.Rows) {
				return nil, nil
			}
			return countValues(result, &result.Rows[i]), nil
		})); err != nil {
		return err
	}
	for _, step := range []string{
		`CREATE UNLOGGED TABLE bench_tile_RES AS SELECT n.*, geom FROM bench_count n JOIN bench_cell_RES USING (cell) ORDER BY cell`,
		`DROP TABLE bench_count`,
		`CREATE INDEX ON bench_tile_RES USING gist (geom)`,
		`VACUUM ANALYZE bench_tile_RES`,
	} {
		if err := p.exec(ctx, resolved(step, resolution)); err != nil {
			return err
		}
	}
	return nil
}

func (p *province) exec(ctx context.Context, steps ...string) error {
	for _, step := range steps {
		if _, err := p.db.Exec(ctx, step, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%.60s: %w", strings.TrimSpace(step), err)
		}
	}
	return nil
}

// A postgisServer answers tiles by forwarding what PostGIS makes of one prepared statement,
// as pg_tileserv does, and spends on a request as little as a server can.
//
//	GET /{plan}/{z}/{x}/{y}.mvt?from&to    days as numbers; a precomputed tile needs none
type postgisServer struct {
	statements map[string]map[int]string // by plan and resolution
	conns      chan *pgx.Conn
	backends   []int // the processes of the connections
}

// newPostgisServer connects as often as requests come at once. All cores are busy then, so
// no query gets a second one.
func newPostgisServer(ctx context.Context, url string) (*postgisServer, error) {
	s := &postgisServer{statements: map[string]map[int]string{}, conns: make(chan *pgx.Conn, load.Connections)}
	plans := maps.Clone(livePlans)
	plans[precomputed] = strings.Replace(precomputedPlan, "FIELDS", strings.Join(countFields(data.DefaultSkills), ", "),
		1)
	plans[precomputedLean] = strings.Replace(precomputedPlan, "FIELDS", "h3, households, reached, coverage", 1)
	for name, plan := range plans {
		s.statements[name] = map[int]string{}
		for _, r := range zoomResolution {
			s.statements[name][r] = resolved(plan, r)
		}
	}
	for range load.Connections {
		db, err := pgx.Connect(ctx, url)
		if err != nil {
			s.close()
			return nil, err
		}
		s.conns <- db
		s.backends = append(s.backends, int(db.PgConn().PID()))
		if _, err := db.Exec(ctx, `SET max_parallel_workers_per_gather = 0`); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *postgisServer) close() {
	close(s.conns)
	for db := range s.conns {
		db.Close(context.Background())
	}
}

func (s *postgisServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var z, x, y, from, to int
	name, place, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if _, err := fmt.Sscanf(place, "%d/%d/%d.mvt", &z, &x, &y); err != nil {
		http.NotFound(w, r)
		return
	}
	arguments := []any{z, x, y}
	if name != precomputed && name != precomputedLean {
		if _, err := fmt.Sscanf(r.URL.RawQuery, "from=%d&to=%d", &from, &to); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		arguments = append(arguments, from, to)
	}
	db := <-s.conns
	defer func() { s.conns <- db }()
	var tile []byte
	if err := db.QueryRow(r.Context(), s.statements[name][zoomResolution[z]], arguments...).Scan(&tile); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
	w.Header().Set("Content-Length", strconv.Itoa(len(tile)))
	w.Write(tile)
}
