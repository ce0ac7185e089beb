package postgis_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tungnha/data"
	"tungnha/data/postgis"
)

//go:embed roles.sql
var roles string

//go:embed scope.sql
var scope string

// withRoles makes a programme, its roles, and a login that is a member of each.
func withRoles(t *testing.T) (as func(login string) string, admin *pgx.Conn) {
	t.Helper()
	base, err := database()
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("roles_%d_%d", os.Getpid(), schemas.Add(1))
	store := open(t, base+"&search_path="+schema)
	programme(t, store, 6)
	if _, err := store.PostVisits(t.Context(),
		[]data.Visit{visit("V1", 0), visit("V2", 1), visit("V3", 2)}); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	admin = connect(t, base)
	execute(t, admin, "SET search_path = "+schema+", public; "+roles)
	execute(t, admin, "SET search_path = "+schema+", public; "+roles) // again does no harm
	for _, role := range []string{"owner", "writer", "reader"} {
		execute(t, admin, fmt.Sprintf("CREATE ROLE %s_%s_login LOGIN PASSWORD 'secret' IN ROLE %s_%s", schema, role,
			schema, role))
	}
	execute(t, admin, "CREATE ROLE "+schema+"_province_login LOGIN PASSWORD 'secret'")
	t.Cleanup(func() {
		ctx := context.Background()
		for _, role := range []string{"province_login", "owner_login", "writer_login", "reader_login", "owner",
			"writer", "reader"} {
			for _, sql := range []string{"DROP OWNED BY %s_%s CASCADE", "DROP ROLE %s_%s"} {
				if _, err := admin.Exec(ctx, fmt.Sprintf(sql, schema, role)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return func(login string) string {
		u, err := url.Parse(base + "&search_path=" + schema)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(schema+"_"+login+"_login", "secret")
		if login == "owner" {
			u.RawQuery += "&role=" + schema + "_owner"
		}
		return u.String()
	}, admin
}

// TestRoles has every role try what it may and what it may not.
func TestRoles(t *testing.T) {
	as, _ := withRoles(t)
	const (
		newTable  = `CREATE TABLE more (n integer)`
		newColumn = `ALTER TABLE visits ADD COLUMN more integer`
		empty     = `TRUNCATE visits`
		lower     = `UPDATE store SET revision = revision + 1`
		second    = `INSERT INTO store VALUES (2, 0, 0)`
		remove    = `DELETE FROM visits WHERE visit_id = 'V3'`
		rename    = `UPDATE meta SET value = 'x' WHERE key = 'name'`
		read      = `SELECT count(*) FROM visits_in_words`
		view      = `SELECT sum(households) FROM coverage_by_commune`
		version   = `DELETE FROM goose_db_version`
	)
	for _, test := range []struct {
		login    string
		may, not []string
	}{
		{"reader", []string{read, view}, []string{newTable, newColumn, empty, lower, second, remove, rename, version}},
		{"writer", []string{read, view, lower, remove, rename}, []string{newTable, newColumn, empty, second, version}},
		{"owner", []string{read, view, newTable, newColumn, lower}, nil},
	} {
		db := connect(t, as(test.login))
		for _, sql := range test.may {
			if _, err := db.Exec(t.Context(), sql); err != nil {
				t.Errorf("%s: %s: %v", test.login, sql, err)
			}
		}
		for _, sql := range test.not {
			var said *pgconn.PgError
			if _, err := db.Exec(t.Context(), sql); !errors.As(err, &said) || said.Code != "42501" {
				t.Errorf("%s: %s: got %v, want that it is denied", test.login, sql, err)
			}
		}
	}

	accept(t, as("owner"))
	// Through the store: the writer does all that servers and imports do, the reader reads.
	writer := open(t, as("writer"))
	defer writer.Close()
	if _, err := writer.PostVisits(t.Context(), []data.Visit{visit("V4", 1)}); err != nil {
		t.Error(err)
	}
	put(t, writer, func(tx data.Tx) ([]data.PutResult, error) {
		return tx.PutHouseholds(t.Context(),
			[]data.Household{{ID: "H0", HamletCode: "0201"}, {ID: "NEW"}, {ID: "H1", HamletCode: "0201"}})
	})
	reader := open(t, as("reader"))
	defer reader.Close()
	if _, err := reader.PostVisits(t.Context(), []data.Visit{visit("V5", 1)}); err == nil {
		t.Error("the reader posted")
	}
	if r, err := reader.RowSecurity(t.Context()); err != nil || r.Used || r.Fixed != "" {
		t.Errorf("without row-level security: %+v, %v", r, err)
	}
	if homes, _ := held(t, reader); len(homes) != 7 {
		t.Errorf("the reader reads %v", homes)
	}
}

// accept takes the records as somebody edited them.
func accept(t *testing.T, url string) {
	t.Helper()
	store := open(t, url)
	defer store.Close()
	if err := store.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// held reads the ids of households and visits.
func held(t *testing.T, store *postgis.Store) (households, visits []string) {
	t.Helper()
	_, err := store.Read(t.Context(), data.RecordHandler{
		Household: func(h *data.Household) error { households = append(households, h.ID); return nil },
		Visit:     func(v *data.Visit) error { visits = append(visits, v.ID); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return households, visits
}

// TestScope gives a role one province, and has it look for the other, in the program, in the
// views, and in the parts of tables that are cut.
func TestScope(t *testing.T) {
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprintf("cut %t", cut), func(t *testing.T) {
			as, admin := withRoles(t)
			// A second province, with the second commune in it, and land for the first one.
			execute(t, admin, `INSERT INTO areas (code, name, level) VALUES ('49', 'Quảng Nam', 'province');
				UPDATE areas SET parent = '49' WHERE code = '20195';
				UPDATE areas SET geom = ST_Multi(ST_MakeEnvelope(108, 16, 109, 17, 4326)) WHERE code = '20194';
				UPDATE households SET geom = ST_SetSRID(ST_MakePoint(108.5, 16.5), 4326) WHERE household_id = 'H2'`)
			if cut {
				execute(t, admin, partition)
				execute(t, admin, roles)
			}
			accept(t, as("owner"))
			u, _ := url.Parse(as("province"))
			execute(t, admin,
				"SET tungnha.scope_role = '"+u.User.Username()+"'; SET tungnha.scope_province = '48'; "+scope)

			store := open(t, as("province"))
			defer store.Close()
			// H0 and H3 are of commune 20194, H2 has no hamlet and is in it; H5 is in none.
			if r, err := store.RowSecurity(t.Context()); err != nil || !r.Used || r.Release == "" {
				t.Errorf("with row-level security: %+v, %v", r, err)
			}
			homes, visits := held(t, store)
			if fmt.Sprint(homes) != "[H2 H0 H3]" || fmt.Sprint(visits) != "[V3 V1]" {
				t.Errorf("the province sees households %v and visits %v", homes, visits)
			}
			db := connect(t, as("province"))
			for _, query := range []string{
				`SELECT string_agg(code || ':' || households || ':' || visits, ' ' ORDER BY code) FROM coverage_by_commune WHERE households > 0`,
				`SELECT '20194:' || (SELECT count(*) FROM households) || ':' || count(*) FROM visits_in_words`,
			} {
				var got string
				if err := db.QueryRow(t.Context(), query).Scan(&got); err != nil || got != "20194:3:2" {
					t.Errorf("%s: got %q, %v, want 20194:3:2", query, got, err)
				}
			}
			if _, err := db.Exec(t.Context(), `DELETE FROM visits`); err == nil {
				t.Error("the province may delete")
			}
			if _, err := db.Exec(t.Context(), `SELECT * FROM visits_49`); err == nil || cut && !strings.Contains(err.Error(), "denied") {
				t.Errorf("the part of the other province: %v", err)
			}
			all := open(t, as("reader"))
			defer all.Close()
			if homes, visits := held(t, all); len(homes) != 6 || len(visits) != 3 {
				t.Errorf("the reader sees households %v and visits %v", homes, visits)
			}
			writer := open(t, as("writer"))
			defer writer.Close()
			if _, err := writer.PostVisits(t.Context(), []data.Visit{visit("V9", 0)}); err != nil {
				t.Errorf("a post: %v", err)
			}
			importOne := func(store *postgis.Store) error {
				tx, err := store.Begin(t.Context())
				if err != nil {
					return err
				}
				defer tx.Rollback()
				if _, err := tx.PutHouseholds(t.Context(),
					[]data.Household{{ID: "H10", HamletCode: "0201"}}); err != nil {
					return err
				}
				if _, err := tx.PutVisits(t.Context(), []data.Visit{visit("V10", 10)}); err != nil {
					return err
				}
				return tx.Commit(t.Context())
			}
			if err := importOne(writer); err == nil ||
				!strings.Contains(err.Error(), "row-level security bars this role") {
				t.Errorf("an import by a login of the writers: %v", err)
			}
			user := u.User.Username()
			taken := open(t, as("writer")+"&role="+strings.TrimSuffix(user, "_province_login")+"_writer")
			defer taken.Close()
			if err := importOne(taken); err != nil {
				t.Errorf("an import by the role of the writers: %v", err)
			}
			if homes, visits := held(t, store); len(homes) != 3 || len(visits) != 3 {
				t.Errorf("the province then sees households %v and visits %v", homes, visits)
			}
		})
	}
}
