package secondopinion

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/coverage"
	"tungnha/coverage/columns"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/postgis"
	"tungnha/data/sqlite"
)

// files are the five files of a programme.
var files = []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv", "visits.csv"}

var schemas atomic.Int64

// newStore makes an empty store in a schema of its own, and a connection that queries it in SQL.
func newStore(t *testing.T) (*postgis.Store, *pgx.Conn) {
	t.Helper()
	ctx := context.Background()
	url := fmt.Sprintf("%s&search_path=opinion_%d", database(t), schemas.Add(1))
	store, err := postgis.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["search_path"] += ", public" // where PostGIS is
	db, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(ctx) })
	return store, db
}

// importFiles imports the files.
func importFiles(t *testing.T, store data.Store, dir string) {
	t.Helper()
	var paths []string
	for _, name := range files {
		paths = append(paths, filepath.Join(dir, name))
	}
	report, err := ingest.Import(context.Background(), store, paths, ingest.Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Files {
		if f.Rejected > 0 {
			t.Fatalf("%s: %d rows rejected, the first: %+v", f.File, f.Rejected, *f.Rejects[0])
		}
	}
}

// put writes a programme that is in memory.
func put(t *testing.T, store data.Store, p *programme) {
	t.Helper()
	ctx := context.Background()
	tx, err := store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, write := range []func() ([]data.PutResult, error){
		func() ([]data.PutResult, error) { return tx.PutAreas(ctx, p.areas) },
		func() ([]data.PutResult, error) { return tx.PutTeams(ctx, p.teams) },
		func() ([]data.PutResult, error) { return tx.PutHouseholds(ctx, p.households) },
		func() ([]data.PutResult, error) { return tx.PutVisits(ctx, p.visits) },
	} {
		effects, err := write()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range effects {
			if e.Change == data.Rejected {
				t.Fatalf("rejected: %+v", *e.Problem)
			}
		}
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, store columns.Source) *coverage.Index {
	t.Helper()
	return buildWith(t, store, rules.DefaultConfig())
}

func buildWith(t *testing.T, store columns.Source, config *rules.Config) *coverage.Index {
	t.Helper()
	ix, err := coverage.Build(context.Background(), store, config)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

func exec(t *testing.T, db *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%.60s…: %v", sql, err)
	}
}

// wantFiles compares the store with the files, read as PostgreSQL reads such
// files, without any of the program's own readers.
func wantFiles(t *testing.T, db *pgx.Conn, dir string) {
	t.Helper()
	exec(t, db, `SET timezone = 'Asia/Ho_Chi_Minh'`)
	exec(t, db, `CREATE TEMP TABLE hamlet_file (code text, name text, kind text, parent text, declared_households int);
		CREATE TEMP TABLE household_file (household_id text, lon float8, lat float8, hamlet_code text, registered_on date, removed_on date);
		CREATE TEMP TABLE team_file (team_id text, name text, commune_code text, hamlet_codes text, members int, formed_on date, dissolved_on date);
		CREATE TEMP TABLE visit_file (visit_id text, household_id text, team_id text, visited_at timestamptz, outcome text, assessed text, shown text)`)
	for _, c := range []struct{ file, table string }{
		{"hamlets.csv", "hamlet_file"}, {"households.csv", "household_file"}, {"teams.csv", "team_file"},
		{"visits.csv", "visit_file"},
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
	areas, err := os.ReadFile(filepath.Join(dir, "areas.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, `CREATE TEMP TABLE area_file (properties jsonb, geom geometry)`)
	exec(t, db, `INSERT INTO area_file SELECT feature->'properties', ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON(nullif(feature->'geometry', 'null')), 4326))
		FROM jsonb_array_elements($1::jsonb->'features') feature`, string(areas))
	for _, c := range []struct{ what, file, store string }{
		{"areas", `SELECT p->>'code', p->>'level', p->>'parent', (p->>'valid_from')::date, (p->>'valid_to')::date, (p->>'declared_households')::int, ST_AsEWKT(geom, 12)
				FROM area_file, LATERAL (SELECT properties AS p) AS one
			UNION ALL SELECT code, 'hamlet', parent, NULL, NULL, declared_households, NULL FROM hamlet_file`,
			`SELECT code, level, parent, valid_from, valid_to, declared_households, ST_AsEWKT(geom, 12) FROM areas`},
		{"households", `SELECT household_id, round(lon::numeric, 7), round(lat::numeric, 7), hamlet_code, registered_on, removed_on FROM household_file`,
			`SELECT household_id, round(ST_X(geom)::numeric, 7), round(ST_Y(geom)::numeric, 7), hamlet_code, registered_on, removed_on FROM households`},
		{"teams", `SELECT team_id, name, commune_code, hamlet_codes, members, formed_on, dissolved_on FROM team_file`,
			`SELECT team_id, name, commune_code, (SELECT string_agg(hamlet_code, ';' ORDER BY hamlet_code) FROM team_hamlets s WHERE s.team_id = teams.team_id),
				members, formed_on, dissolved_on FROM teams`},
		{"visits", `SELECT visit_id, household_id, team_id, visited_at, outcome, coalesce(assessed, ''), coalesce(shown, '') FROM visit_file`,
			`SELECT visit_id, household_id, team_id, visited_at, outcome::text, assessed, shown FROM visits_in_words`},
	} {
		var differ int
		query := fmt.Sprintf(`SELECT (SELECT count(*) FROM (%[1]s EXCEPT ALL %[2]s) a) + (SELECT count(*) FROM (%[2]s EXCEPT ALL %[1]s) b)`,
			"("+c.file+")", "("+c.store+")")
		if err := db.QueryRow(context.Background(), query).Scan(&differ); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if differ > 0 {
			t.Errorf("%s: %d rows differ between the files and the store", c.what, differ)
		}
	}
}

// daNang returns the path of the real communes of Đà Nẵng, which are not part of the
// repository, or the empty string where they are not there.
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
	if _, err := ingest.Import(ctx, store, []string{path},
		ingest.Options{Kind: data.Areas, Now: time.Now()}); err != nil {
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
