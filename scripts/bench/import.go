package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	shared "tungnha/data/postgis"
	"tungnha/data/sqlite"
	"tungnha/scripts/postgis"
)

// importRounds is how often each side imports; the fastest round of each counts, because
// only other work makes one slower.
const importRounds = 2

// bareTable has the columns of visits.csv and the indexes of the store's table.
const bareTable = `
	CREATE TYPE bare_outcome AS ENUM ('ineligible', 'moved', 'inaccessible', 'absent', 'refused', 'partial', 'completed');
	CREATE TABLE bare_visit (visit_id text COLLATE "C" NOT NULL, household_id text COLLATE "C" NOT NULL, team_id text COLLATE "C" NOT NULL,
		visited_at timestamptz(0) NOT NULL, outcome bare_outcome NOT NULL, assessed text, shown text, revision bigint NOT NULL DEFAULT 1,
		PRIMARY KEY (household_id, visited_at, visit_id));
	CREATE UNIQUE INDEX ON bare_visit (visit_id);
	CREATE INDEX ON bare_visit USING brin (revision) WITH (pages_per_range = 32)`

// importVsCopy divides the rows a second of our import of visits.csv, which reads, checks and
// reports every row, by those of psql's bare \copy of the same file.
func importVsCopy(ctx context.Context, lines func(string, ...any)) (float64, error) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		return 0, fmt.Errorf("%w: psql is not installed", errNoPeer)
	}
	name, areas, err := boundaries(ctx)
	if err != nil {
		return 0, err
	}
	dir, err := provinceFiles(ctx, name, areas)
	if err != nil {
		return 0, err
	}
	url, stop, err := postgis.Start(ctx)
	if errors.Is(err, postgis.ErrNotInstalled) {
		return 0, fmt.Errorf("%w: %w", errNoPeer, err)
	}
	if err != nil {
		return 0, err
	}
	defer stop()
	var ours, bare, file float64
	for range importRounds {
		rate, err := importPostGIS(ctx, url, dir)
		if err != nil {
			return 0, err
		}
		ours = max(ours, rate)
		if rate, err = copyBare(ctx, psql, url, dir); err != nil {
			return 0, err
		}
		bare = max(bare, rate)
		if rate, err = importFile(ctx, dir); err != nil {
			return 0, err
		}
		file = max(file, rate)
	}
	lines("visits a second: import into PostGIS %.0f, psql \\copy %.0f; import into a GeoPackage %.0f", ours, bare, file)
	return ours / bare, nil
}

// importPostGIS imports the programme into a database of its own, and returns visits a second.
func importPostGIS(ctx context.Context, server, dir string) (float64, error) {
	url, drop, err := postgis.Create(ctx, server)
	if err != nil {
		return 0, err
	}
	defer drop()
	store, err := shared.Open(ctx, url)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	return importRate(ctx, store, dir)
}

// importFile does the same into a file.
func importFile(ctx context.Context, dir string) (rate float64, err error) {
	path := filepath.Join(dir, "import.gpkg")
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close(), os.Remove(path)) }()
	return importRate(ctx, store, dir)
}

// importRate imports the registers, then the visits, which alone are timed.
func importRate(ctx context.Context, store data.Store, dir string) (float64, error) {
	options := data.Options{Now: provinceToday.Time().AddDate(0, 0, 1)}
	var registers []string
	for _, name := range []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv"} {
		registers = append(registers, filepath.Join(dir, name))
	}
	if _, err := data.Import(ctx, store, registers, options); err != nil {
		return 0, err
	}
	began := time.Now()
	report, err := data.Import(ctx, store, []string{filepath.Join(dir, "visits.csv")}, options)
	if err != nil {
		return 0, err
	}
	took := time.Since(began).Seconds()
	if report.Rejected() > 0 {
		return 0, fmt.Errorf("%d visits rejected", report.Rejected())
	}
	return float64(report.Files[0].Created) / took, nil
}

// copyBare has psql copy visits.csv, and returns rows a second.
func copyBare(ctx context.Context, psql, server, dir string) (float64, error) {
	url, drop, err := postgis.Create(ctx, server)
	if err != nil {
		return 0, err
	}
	defer drop()
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer db.Close(context.WithoutCancel(ctx))
	if _, err := db.Exec(ctx, bareTable); err != nil {
		return 0, err
	}
	began := time.Now()
	command := exec.CommandContext(ctx, psql, "-q", "-v", "ON_ERROR_STOP=1", url, "-c", "\\copy bare_visit (visit_id, household_id, team_id, visited_at, outcome, assessed, shown) FROM '"+
		filepath.Join(dir, "visits.csv")+"' (FORMAT csv, HEADER)")
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("psql: %w: %s", err, out)
	}
	took := time.Since(began).Seconds()
	var rows int
	if err := db.QueryRow(ctx, `SELECT count(*) FROM bare_visit`).Scan(&rows); err != nil {
		return 0, err
	}
	return float64(rows) / took, nil
}
