package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	shared "tungnha/data/postgis"
	"tungnha/scripts/postgis"
)

// copyTables are what a bare COPY of the visits goes into: columns as the file has them, as
// plain as can be, and with the one key that makes a visit sent twice one visit, which the
// ratio is of. Our import checks each row, finds its household and keeps two keys.
var copyTables = []struct{ name, table string }{
	{"without a key", `CREATE TABLE bare_visits (visit_id text, household_id text, team_id text, visited_at timestamptz,
		outcome text, assessed text, shown text)`},
	{"with its key", `CREATE TABLE bare_visits (visit_id text COLLATE "C" PRIMARY KEY, household_id text, team_id text, visited_at timestamptz,
		outcome text, assessed text, shown text)`},
}

const importRuns = 3

// importVsCopy divides the time of COPY, as psql's \copy sends it, by that of an import of
// the same visits.
func (p *province) importVsCopy(ctx context.Context, lines func(string, ...any)) (float64, error) {
	name, areas, err := boundaries(ctx)
	if err != nil {
		return 0, err
	}
	dir, err := provinceFiles(ctx, name, areas)
	if err != nil {
		return 0, err
	}
	server, stop, err := postgis.Start(ctx)
	if errors.Is(err, postgis.ErrNotInstalled) {
		return 0, fmt.Errorf("%w: %w", errNoPeer, err)
	}
	if err != nil {
		return 0, err
	}
	defer stop()
	database, drop, err := postgis.Create(ctx, server)
	if err != nil {
		return 0, err
	}
	defer drop()
	db, err := pgx.Connect(ctx, database)
	if err != nil {
		return 0, err
	}
	defer db.Close(ctx)
	store, err := shared.Open(ctx, database)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	path := func(name string) string { return filepath.Join(dir, name) }
	options := data.Options{Now: provinceToday.Time().AddDate(0, 0, 1)}
	before := []string{path("areas.geojson"), path("hamlets.csv"), path("teams.csv"), path("households.csv")}
	if _, err := data.Import(ctx, store, before, options); err != nil {
		return 0, err
	}
	visits := 0
	ours := make([]float64, importRuns)
	theirs := make([][]float64, len(copyTables))
	for run := range importRuns {
		if _, err := db.Exec(ctx, `TRUNCATE tungnha.visits`); err != nil {
			return 0, err
		}
		started := time.Now()
		report, err := data.Import(ctx, store, []string{path("visits.csv")}, options)
		if err != nil {
			return 0, err
		}
		ours[run] = time.Since(started).Seconds()
		if visits = report.Files[0].Created; visits != report.Files[0].Rows {
			return 0, fmt.Errorf("%d of %d visits were created", visits, report.Files[0].Rows)
		}
		for i, table := range copyTables {
			took, err := bareCopy(ctx, db, table.table, path("visits.csv"), visits)
			if err != nil {
				return 0, err
			}
			theirs[i] = append(theirs[i], took.Seconds())
		}
	}
	median := func(seconds []float64) float64 { slices.Sort(seconds); return seconds[len(seconds)/2] }
	lines("import of %d visits: %.1f s, %.0f rows/s", visits, median(ours), float64(visits)/median(ours))
	var last float64
	for i, table := range copyTables {
		last = median(theirs[i])
		lines("COPY of the file into a table %s: %.1f s, %.0f rows/s; import %.2f times as fast", table.name, last, float64(visits)/last, last/median(ours))
	}
	return last / median(ours), nil
}

// bareCopy sends the file as it is.
func bareCopy(ctx context.Context, db *pgx.Conn, table, path string, rows int) (time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if _, err := db.Exec(ctx, `DROP TABLE IF EXISTS bare_visits`); err != nil {
		return 0, err
	}
	if _, err := db.Exec(ctx, table); err != nil {
		return 0, err
	}
	started := time.Now()
	tag, err := db.PgConn().CopyFrom(ctx, file, `COPY bare_visits FROM STDIN (FORMAT csv, HEADER)`)
	if err == nil && tag.RowsAffected() != int64(rows) {
		err = fmt.Errorf("COPY took %d rows of %d", tag.RowsAffected(), rows)
	}
	return time.Since(started), err
}
