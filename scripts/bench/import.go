package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/ingest"
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
// reports every row, by those of psql's bare \copy of the same file. The tables contain the
// households already, as they do when visits come in; \copy needs none of them.
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
	var ours, bare, file importSpeed
	for range importRounds {
		speed, err := importPostGIS(ctx, url, dir)
		if err != nil {
			return 0, err
		}
		ours = ours.best(speed)
		if speed, err = copyBare(ctx, psql, url, dir); err != nil {
			return 0, err
		}
		bare = bare.best(speed)
		if speed, err = importFile(ctx, dir); err != nil {
			return 0, err
		}
		file = file.best(speed)
	}
	lines("visits a second: import into PostGIS %.0f, psql \\copy %.0f; import into a GeoPackage %.0f", ours.rate,
		bare.rate, file.rate)
	lines("processor seconds of PostgreSQL: import %.1f, psql \\copy %.1f", ours.server, bare.server)
	return ours.rate / bare.rate, nil
}

// importSpeed is how fast visits went in. The seconds are little disturbed by other work.
type importSpeed struct {
	rate   float64 // rows a second
	server float64 // seconds of a processor that PostgreSQL took
}

func (s importSpeed) best(other importSpeed) importSpeed {
	if other.rate > s.rate {
		return other
	}
	return s
}

// processorSeconds are what the processes of a database took since they began, as the kernel
// of its machine counts them.
const (
	processorTime    = `(SELECT sum((f[12]::float8 + f[13]::float8) / 100) FROM string_to_array(split_part(pg_read_file('/proc/' || %s || '/stat'), ') ', 2), ' ') f)`
	processorSeconds = `SELECT coalesce(sum(` + processorTime + `), 0) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
)

// importPostGIS imports the programme into a database of its own, and returns visits a second.
func importPostGIS(ctx context.Context, server, dir string) (s importSpeed, err error) {
	url, drop, err := postgis.Create(ctx, server)
	if err != nil {
		return s, err
	}
	defer drop()
	store, err := shared.Open(ctx, url)
	if err != nil {
		return s, err
	}
	defer store.Close()
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return s, err
	}
	defer db.Close(context.WithoutCancel(ctx))
	var before float64
	s.rate, err = importRate(ctx, store, dir, func() error {
		return db.QueryRow(ctx, fmt.Sprintf(processorSeconds, "pid")).Scan(&before)
	})
	if err != nil {
		return s, err
	}
	err = db.QueryRow(ctx, fmt.Sprintf(processorSeconds, "pid")).Scan(&s.server)
	s.server -= before
	return s, err
}

// importFile does the same into a file.
func importFile(ctx context.Context, dir string) (s importSpeed, err error) {
	path := filepath.Join(dir, "import.gpkg")
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, store.Close(), os.Remove(path)) }()
	s.rate, err = importRate(ctx, store, dir, func() error { return nil })
	return s, err
}

// importRate imports the registers, then the visits, which alone are timed: ready is called
// in between.
func importRate(ctx context.Context, store data.Store, dir string, ready func() error) (float64, error) {
	options := ingest.Options{Now: provinceToday.Time().AddDate(0, 0, 1)}
	var registers []string
	for _, name := range []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv"} {
		registers = append(registers, filepath.Join(dir, name))
	}
	if _, err := ingest.Import(ctx, store, registers, options); err != nil {
		return 0, err
	}
	if err := ready(); err != nil {
		return 0, err
	}
	began := time.Now()
	report, err := ingest.Import(ctx, store, []string{filepath.Join(dir, "visits.csv")}, options)
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
func copyBare(ctx context.Context, psql, server, dir string) (s importSpeed, err error) {
	url, drop, err := postgis.Create(ctx, server)
	if err != nil {
		return s, err
	}
	defer drop()
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return s, err
	}
	defer db.Close(context.WithoutCancel(ctx))
	if _, err := db.Exec(ctx, bareTable); err != nil {
		return s, err
	}
	began := time.Now()
	command := exec.CommandContext(ctx, psql, "-qAt", "-v", "ON_ERROR_STOP=1", url, "-c",
		"\\copy bare_visit (visit_id, household_id, team_id, visited_at, outcome, assessed, shown) FROM '"+
			filepath.Join(dir, "visits.csv")+"' (FORMAT csv, HEADER)", "-c",
		"SELECT "+fmt.Sprintf(processorTime, "'self'"))
	out, err := command.CombinedOutput()
	if err != nil {
		return s, fmt.Errorf("psql: %w: %s", err, out)
	}
	took := time.Since(began).Seconds()
	if s.server, err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64); err != nil {
		return s, fmt.Errorf("psql: %w", err)
	}
	var rows int
	if err := db.QueryRow(ctx, `SELECT count(*) FROM bare_visit`).Scan(&rows); err != nil {
		return s, err
	}
	s.rate = float64(rows) / took
	return s, nil
}
