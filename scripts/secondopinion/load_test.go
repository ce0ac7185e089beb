package secondopinion

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/geo"
)

//go:embed sql/*.sql
var definitions embed.FS

// files are the five files of a programme.
var files = []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv", "visits.csv"}

// buildIndex imports the files and builds the engine's index of them.
func buildIndex(t *testing.T, dir string) *coverage.Index {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "programme.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var paths []string
	for _, name := range files {
		paths = append(paths, filepath.Join(dir, name))
	}
	report, err := data.Import(ctx, store, paths, data.Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Files {
		if f.Rejected > 0 {
			t.Fatalf("%s: %d rows rejected, the first: %+v", f.File, f.Rejected, *f.Rejects[0])
		}
	}
	ix, err := coverage.Build(ctx, store, coverage.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// loadTables makes a schema of its own for the files and the definitions, which goes when
// the test ends.
func loadTables(t *testing.T, dir string) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, server(t))
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("second_opinion_%d_%d", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		if _, err := db.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
		db.Close(ctx)
	})
	for _, sql := range []string{"CREATE SCHEMA " + schema, "SET search_path = " + schema + ", public",
		"SET timezone = 'Asia/Ho_Chi_Minh'", "SET client_min_messages = warning"} {
		exec(t, db, sql)
	}
	paths, err := fs.Glob(definitions, "sql/*.sql") // sorted by their numbers
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		text, err := definitions.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, string(text))
		if i == 0 { // views that keep what they see are made once the tables are full
			fillTables(t, db, dir)
		}
	}
	exec(t, db, "ANALYZE near_commune, report, visit, team_visit, assessment")
	return db
}

func exec(t *testing.T, db *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%.60s…: %v", sql, err)
	}
}

// fillTables reads the files as PostgreSQL and PostGIS read such files, without any of the
// program's own readers.
func fillTables(t *testing.T, db *pgx.Conn, dir string) {
	t.Helper()
	for i, skill := range data.DefaultSkills {
		exec(t, db, "INSERT INTO skill VALUES ($1, $2)", i+1, skill.Key)
	}
	areas, err := os.ReadFile(filepath.Join(dir, "areas.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, `INSERT INTO area (code, level, parent, valid_from, valid_to, declared_households, geom)
		SELECT p->>'code', p->>'level', p->>'parent', (p->>'valid_from')::date, (p->>'valid_to')::date,
			(p->>'declared_households')::int, ST_Multi(ST_GeomFromGeoJSON(nullif(feature->'geometry', 'null')))
		FROM jsonb_array_elements($1::jsonb->'features') feature, LATERAL (SELECT feature->'properties' AS p) properties`, string(areas))
	for _, c := range []struct{ file, table string }{
		{"hamlets.csv", "hamlet_file"}, {"households.csv", "household"}, {"teams.csv", "team_file"}, {"visits.csv", "visit_file"},
	} {
		f, err := os.Open(filepath.Join(dir, c.file))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.PgConn().CopyFrom(context.Background(), f, "COPY "+c.table+" FROM STDIN (FORMAT csv, HEADER)")
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
	}
	exec(t, db, `INSERT INTO area (code, level, parent, declared_households)
		SELECT code, 'hamlet', parent, declared_households FROM hamlet_file`)
	fillCells(t, db)
	exec(t, db, "CREATE INDEX ON area USING gist (geom)")
	exec(t, db, "ANALYZE area, household, household_cell, team_file, visit_file")
}

// fillCells has the H3 library say which cell every household lies in.
func fillCells(t *testing.T, db *pgx.Conn) {
	t.Helper()
	ctx := context.Background()
	rows, err := db.Query(ctx, "SELECT household_id, lon, lat FROM household")
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		ID       string
		Lon, Lat float64
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.CopyFrom(ctx, pgx.Identifier{"household_cell"}, []string{"household_id", "cell"},
		pgx.CopyFromSlice(len(places), func(i int) ([]any, error) {
			cell, err := geo.CellAt([2]float64{places[i].Lon, places[i].Lat}, geo.BaseResolution)
			return []any{places[i].ID, int64(cell)}, err
		}))
	if err != nil {
		t.Fatal(err)
	}
}

// daNang returns the path of the real communes of Đà Nẵng, which are not part of the
// repository, or the empty string where they are not at hand.
func daNang() string {
	for _, dir := range []string{os.Getenv("TUNGNHA_TEST_DATA"), "../../../shared/data"} {
		path := filepath.Join(dir, "danang", "communes.geojson")
		if _, err := os.Stat(path); dir != "" && err == nil {
			return path
		}
	}
	return ""
}

// readAreas reads the areas of a file the way every file is read: by importing it.
func readAreas(t *testing.T, path string) (areas []data.Area) {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "areas.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := data.Import(ctx, store, []string{path}, data.Options{Kind: data.Areas, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	err = tx.ReadAreas(ctx, func(a *data.Area) error {
		own := *a
		own.Code, own.Geometry = strings.Clone(a.Code), a.Geometry.Clone()
		areas = append(areas, own)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return areas
}
