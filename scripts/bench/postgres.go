package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

// peerTime is a peer's median for its best plan.
type peerTime struct {
	Plan string
	Ms   float64
}

// postgresPlans compute, for the window from $1 to $2, how many households of each commune,
// hamlet and cell were in the register at its end and how many of them were reached: less
// than our side does, in the ways that PostgreSQL does it best.
var postgresPlans = map[string]string{
	"hash distinct, then join": `
		WITH hit AS (SELECT DISTINCT household FROM bench_visit WHERE outcome = 7 AND day BETWEEN $1 AND $2),
		fine AS (SELECT commune, hamlet, cell, count(*) AS households, count(hit.household) AS reached
			FROM bench_household h LEFT JOIN hit USING (household)
			WHERE registered <= $2 AND removed > $2 GROUP BY commune, hamlet, cell)
		SELECT sum(households) FILTER (WHERE commune IS NOT NULL), sum(reached) FILTER (WHERE commune IS NOT NULL)
		FROM (SELECT commune, hamlet, cell, sum(households) AS households, sum(reached) AS reached
			FROM fine GROUP BY GROUPING SETS ((commune), (hamlet), (cell))) g`,
	"one join of grouping sets": `
		WITH hit AS MATERIALIZED (SELECT DISTINCT household FROM bench_visit WHERE outcome = 7 AND day BETWEEN $1 AND $2)
		SELECT sum(households) FILTER (WHERE commune IS NOT NULL), sum(reached) FILTER (WHERE commune IS NOT NULL)
		FROM (SELECT commune, hamlet, cell, count(*) AS households, count(hit.household) AS reached
			FROM bench_household h LEFT JOIN hit USING (household)
			WHERE registered <= $2 AND removed > $2
			GROUP BY GROUPING SETS ((commune), (hamlet), (cell))) g`,
	"reached and all apart": `
		WITH hit AS (SELECT DISTINCT household, commune, hamlet, cell, registered, removed
				FROM bench_visit WHERE outcome = 7 AND day BETWEEN $1 AND $2),
		fine AS (
			SELECT commune, hamlet, cell, count(*) AS households, 0 AS reached
			FROM bench_household WHERE registered <= $2 AND removed > $2 GROUP BY commune, hamlet, cell
			UNION ALL
			SELECT commune, hamlet, cell, 0, count(*) FROM hit WHERE registered <= $2 AND removed > $2 GROUP BY commune, hamlet, cell)
		SELECT sum(households) FILTER (WHERE commune IS NOT NULL), sum(reached) FILTER (WHERE commune IS NOT NULL)
		FROM (SELECT commune, hamlet, cell, sum(households) AS households, sum(reached) AS reached
			FROM fine GROUP BY GROUPING SETS ((commune), (hamlet), (cell))) g`,
	"sorted by household": `
		WITH fine AS (
			SELECT commune, hamlet, cell, count(*) AS households,
				count(*) FILTER (WHERE EXISTS (SELECT FROM bench_visit v
					WHERE v.household = h.household AND v.outcome = 7 AND v.day BETWEEN $1 AND $2)) AS reached
			FROM bench_household h WHERE registered <= $2 AND removed > $2 GROUP BY commune, hamlet, cell)
		SELECT sum(households) FILTER (WHERE commune IS NOT NULL), sum(reached) FILTER (WHERE commune IS NOT NULL)
		FROM (SELECT commune, hamlet, cell, sum(households) AS households, sum(reached) AS reached
			FROM fine GROUP BY GROUPING SETS ((commune), (hamlet), (cell))) g`,
}

// postgresAllCounts computes all counts of households and the visits, as our side does, but
// for the skills and the flags. It is printed with the plans; the ratio does not need it.
const postgresAllCounts = `
	WITH seen AS (SELECT household, day, max(outcome) AS outcome FROM bench_visit WHERE day <= $2 GROUP BY household, day),
	state AS (SELECT household, (array_agg(outcome ORDER BY day DESC))[1] AS latest, max(day) AS last_visit,
			count(*) FILTER (WHERE day >= $1) AS visits, bool_or(day >= $1 AND outcome >= 5) AS contacted, bool_or(day >= $1 AND outcome = 7) AS reached
		FROM seen GROUP BY household),
	fine AS (
		SELECT commune, hamlet, cell, count(*) FILTER (WHERE eligible) AS households, count(*) FILTER (WHERE eligible AND visits > 0) AS attempted,
			count(*) FILTER (WHERE eligible AND contacted) AS contacted, count(*) FILTER (WHERE eligible AND reached) AS reached,
			count(*) FILTER (WHERE eligible AND visits > 0 AND NOT reached AND latest IN (4, 6)) AS revisit_due,
			sum(visits) AS visits, max(last_visit) AS last_visit
		FROM (SELECT *, registered <= $2 AND removed > $2 AND coalesce(latest, 7) > 2 AS eligible
			FROM bench_household LEFT JOIN state USING (household)) h
		GROUP BY commune, hamlet, cell)
	SELECT sum(households) FILTER (WHERE commune IS NOT NULL), sum(reached) FILTER (WHERE commune IS NOT NULL)
	FROM (SELECT commune, hamlet, cell, sum(households) AS households, sum(attempted) AS attempted, sum(contacted) AS contacted,
			sum(reached) AS reached, sum(revisit_due) AS revisit_due, sum(visits) AS visits, max(last_visit) AS last_visit
		FROM fine GROUP BY GROUPING SETS ((commune), (hamlet), (cell))) g`

// vsPostgres divides PostgreSQL's time by ours.
func (p *province) vsPostgres(s span) func(context.Context, func(string, ...any)) (float64, error) {
	return func(ctx context.Context, lines func(string, ...any)) (float64, error) {
		if err := p.prepare(ctx, lines); err != nil {
			return 0, err
		}
		if err := p.loadPostgres(ctx, lines); err != nil {
			return 0, err
		}
		ours, err := p.measure(ctx, s, lines)
		if err != nil {
			return 0, err
		}
		best := peerTime{Ms: math.Inf(1)}
		for _, name := range slices.Sorted(maps.Keys(postgresPlans)) {
			took, err := p.timePostgres(ctx, s, postgresPlans[name], p.checkPlain)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
			lines("PostgreSQL, %v: %.0f ms, %s", s, took, name)
			if took < best.Ms {
				best = peerTime{name, took}
			}
		}
		took, err := p.timePostgres(ctx, s, postgresAllCounts, p.checkCounts)
		if err != nil {
			return 0, fmt.Errorf("all counts: %w", err)
		}
		lines("PostgreSQL, %v: %.0f ms for all counts but skills, which is not what the ratio is of", s, took)
		return best.Ms / ms(ours), nil
	}
}

// timePostgres returns the median of a plan. One that is slow in its warm-up has no further
// run: another is better.
func (p *province) timePostgres(ctx context.Context, s span, plan string,
	check func(string, span, int, sums) error) (float64, error) {
	run := func(n int) error {
		from, to := s.window(n)
		from = max(from, 1)
		var got sums
		if err := p.db.QueryRow(ctx, plan, int(from), int(to)).Scan(&got.Households, &got.Reached); err != nil {
			return err
		}
		return check("PostgreSQL", s, n, got)
	}
	started := time.Now()
	if err := run(peerRuns); err != nil {
		return 0, err
	}
	if took := time.Since(started); took > 5*time.Second {
		return ms(took), nil
	}
	took, err := durations(peerRuns, run)
	if err != nil {
		return 0, err
	}
	return ms(took[len(took)/2]), nil
}

// loadPostgres loads the sample's files, and makes of them tables as suit the plans best:
// numbers for ids and days, the keys with every visit, in the order of the index.
func (p *province) loadPostgres(ctx context.Context, lines func(string, ...any)) error {
	if p.db != nil {
		return nil
	}
	db, closeDB, err := connect(ctx)
	if err != nil {
		return err
	}
	p.db, p.closeDB = db, closeDB
	started := time.Now()
	steps := []string{
		`SET timezone = 'Asia/Ho_Chi_Minh'`,
		`CREATE TEMP TABLE household_file (household_id text, lon float8, lat float8, hamlet_code text, registered_on date, removed_on date)`,
		`CREATE TEMP TABLE visit_file (visit_id text, household_id text, team_id text, visited_at timestamptz, outcome text, assessed text, shown text)`,
		`CREATE TEMP TABLE home_file (household_id text, household int, commune int, hamlet int, cell bigint)`,
		"households.csv", "visits.csv", homesFile,
		`ANALYZE household_file, visit_file, home_file`,
		fmt.Sprintf(`CREATE UNLOGGED TABLE bench_household AS
			SELECT household, commune, hamlet, cell, coalesce(registered_on - date '1899-12-31', 0) AS registered,
				coalesce(removed_on - date '1899-12-31', %d) AS removed
			FROM household_file JOIN home_file USING (household_id) ORDER BY household`, data.MaxDate+1),
		`CREATE UNLOGGED TABLE bench_visit AS
			SELECT household, visited_at::date - date '1899-12-31' AS day,
				array_position('{ineligible,moved,inaccessible,absent,refused,partial,completed}', outcome) AS outcome,
				commune, hamlet, cell, registered, removed
			FROM visit_file JOIN home_file USING (household_id) JOIN bench_household USING (household, commune, hamlet, cell)
			ORDER BY day, household`,
		`ALTER TABLE bench_household ADD PRIMARY KEY (household)`,
		`CREATE INDEX ON bench_visit (day, household) INCLUDE (commune, hamlet, cell, registered, removed) WHERE outcome = 7`,
		`CREATE INDEX ON bench_visit (household, day) WHERE outcome = 7`,
		`VACUUM ANALYZE bench_household`, `VACUUM ANALYZE bench_visit`,
		`SET max_parallel_workers_per_gather = 2`, `SET parallel_setup_cost = 100`, `SET parallel_tuple_cost = 0.01`,
		`SET plan_cache_mode = force_custom_plan`,
	}
	for _, step := range steps {
		if err := p.stepPostgres(ctx, step); err != nil {
			return fmt.Errorf("%.60s: %w", step, err)
		}
	}
	lines("PostgreSQL: files loaded and indexed in %.0f s", time.Since(started).Seconds())
	return nil
}

// stepPostgres runs a statement, or copies a file into the table for it.
func (p *province) stepPostgres(ctx context.Context, step string) error {
	table, isFile := map[string]string{"households.csv": "household_file", "visits.csv": "visit_file",
		homesFile: "home_file"}[step]
	if !isFile {
		_, err := p.db.Exec(ctx, step, pgx.QueryExecModeSimpleProtocol)
		return err
	}
	f, err := os.Open(filepath.Join(p.dir, step))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = p.db.PgConn().CopyFrom(ctx, f, "COPY "+table+" FROM STDIN (FORMAT csv, HEADER)")
	return err
}
