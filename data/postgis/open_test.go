package postgis_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
	"tungnha/data/postgis"
	dburl "tungnha/data/postgis/connect"
)

// connect gives a plain connection to the database of the tests.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return db
}

func execute(t testing.TB, db *pgx.Conn, sql string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func schemaOf(url string) string { return url[strings.LastIndex(url, "=")+1:] }

// TestOpenTogether starts many servers at once on a database without tables.
func TestOpenTogether(t *testing.T) {
	url := newURL(t)
	var servers errgroup.Group
	var secrets [8]string
	for n := range secrets {
		servers.Go(func() error {
			store, err := postgis.Open(t.Context(), url)
			if err != nil {
				return err
			}
			secrets[n] = store.Secret().Text()
			return store.Close()
		})
	}
	if err := servers.Wait(); err != nil {
		t.Fatal(err)
	}
	store := open(t, url)
	defer store.Close()
	if got, want := fmt.Sprint(store.Skills()), fmt.Sprint(data.DefaultSkills); got != want {
		t.Errorf("the first skills are %s, want %s", got, want)
	}
	for _, secret := range secrets {
		if secret != store.Secret().Text() {
			t.Error("servers of one database have different secrets")
		}
	}
	if n := revision(t, store); n != 0 {
		t.Errorf("a new store has revision %d", n)
	}
	var applied int
	if err := connect(t, url).QueryRow(t.Context(), `SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version`).Scan(&applied); err != nil || applied != 0 {
		t.Errorf("%d migrations ran twice, %v", applied, err)
	}
}

// TestReader opens a store as a role that may only read it.
func TestReader(t *testing.T) {
	url := newURL(t)
	owner := open(t, url)
	defer owner.Close()
	programme(t, owner, 3)
	db, role := connect(t, url), fmt.Sprintf("tungnha_reader_%s", schemaOf(url))
	execute(t, db, "CREATE ROLE "+role)
	defer execute(t, db, "DROP OWNED BY "+role+"; DROP ROLE "+role)

	if _, err := postgis.Open(t.Context(), url+"&role="+role); err == nil ||
		!strings.Contains(err.Error(), "may not use its schema") {
		t.Errorf("without any rights: %v", err)
	}
	execute(t, db, "GRANT USAGE ON SCHEMA "+schemaOf(url)+" TO "+role)
	if _, err := postgis.Open(t.Context(), url+"&role="+role); err == nil ||
		!strings.Contains(err.Error(), "may not read its tables") {
		t.Errorf("without rights to the tables: %v", err)
	}
	execute(t, db, "GRANT SELECT ON ALL TABLES IN SCHEMA "+schemaOf(url)+" TO "+role)
	reader := open(t, url+"&role="+role)
	defer reader.Close()
	households := 0
	if _, err := reader.Read(t.Context(),
		data.RecordHandler{Household: func(*data.Household) error { households++; return nil }}); err != nil ||
		households != 3 {
		t.Errorf("read %d households, %v", households, err)
	}
	if err := reader.SetSkills(t.Context(), reader.Skills()); err != nil {
		t.Errorf("the skills that are there already: %v", err)
	}
	if _, _, err := reader.Since(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if err := reader.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := reader.PostVisits(t.Context(), []data.Visit{visit("V1", 1)}); err == nil ||
		!strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a reader posts: %v", err)
	}

	// Nor may a role without rights make a store.
	if _, err := postgis.Open(t.Context(), newURL(t)+"&role="+role); err == nil ||
		!strings.Contains(err.Error(), "may not make or change the tables") {
		t.Errorf("a new store: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	url, err := database()
	if err != nil {
		t.Fatal(err)
	}
	bare, err := newDatabase()
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, url)
	role := "tungnha_nobody_" + schemaOf(newURL(t))
	execute(t, db, "CREATE ROLE "+role)
	defer execute(t, db, "DROP ROLE "+role)
	newer := newURL(t)
	open(t, newer).Close()
	execute(t, db, "INSERT INTO "+schemaOf(newer)+".goose_db_version (version_id, is_applied) VALUES (999, true)")

	for name, c := range map[string]struct{ url, want string }{
		"no PostGIS":         {bare + "&role=" + role, "PostGIS is missing in the database"},
		"newer tables":       {newer, "its tables are of version 999"},
		"no such database":   {strings.Replace(url, "/tungnha_test_", "/no_such_database_", 1), "does not exist"},
		"two schemas":        {url + "&search_path=a,b", "want the name of one schema"},
		"a broken URL":       {"postgres://user:geheim@host:port/x", "database URL"},
		"a broken parameter": {url + "&pool_max_conns=many", "pool_max_conns"},
		"nobody there":       {"postgres://user:geheim@127.0.0.1:1/x?sslmode=disable", "refused"},
	} {
		_, err := postgis.Open(t.Context(), c.url)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func TestName(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://an:geheim@db.example:5433/programme?sslmode=require":     "postgres://an@db.example:5433/programme",
		"postgres://an@db.example/programme?password=geheim&sslmode=disable": "postgres://an@db.example:5432/programme",
		"postgres://an:geheim@db.example:port/programme":                     "postgres://…",
	} {
		if got := dburl.Name(url); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
	for url, want := range map[string]bool{
		"postgres://an:geheim@db/x": true, "postgresql://an@db/x?password=geheim": true, "postgres://an:%zz@db/x": true,
		"postgres://an@db/x": false, "postgres:///x?service=tungnha": false, "a:b@c.gpkg": false,
	} {
		if got := dburl.HasPassword(url); got != want {
			t.Errorf("%s: has a password: %v, want %v", url, got, want)
		}
	}
}

// TestComments checks that every table and column has a comment that people read in pgAdmin.
func TestComments(t *testing.T) {
	url := newURL(t)
	open(t, url).Close()
	rows, err := connect(t, url).Query(t.Context(), `
		SELECT c.relname || coalesce('.' || a.attname, '')
		FROM pg_class c LEFT JOIN LATERAL (
			SELECT attname, attnum FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND c.relkind = 'r'
			UNION ALL SELECT NULL, 0) a ON true
		WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'goose_db_version'
		  AND coalesce(col_description(c.oid, a.attnum), CASE WHEN a.attnum = 0 THEN obj_description(c.oid, 'pg_class') END) IS NULL`, schemaOf(url))
	if err != nil {
		t.Fatal(err)
	}
	without, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(without) > 0 {
		t.Errorf("without a comment: %v, %v", without, err)
	}
}
