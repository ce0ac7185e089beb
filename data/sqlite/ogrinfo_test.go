package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
)

// smallStore makes a store with a little of everything that people see in it.
func smallStore(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store.gpkg")
	store := open(t, path)
	ctx := t.Context()
	inTx(t, ctx, store, func(tx data.Tx) {
		_, err := tx.PutAreas(ctx, []data.Area{
			{Code: "20194", Name: "Phường Hải Châu", Kind: "Phường", Level: data.Commune,
				ValidFrom: mustDate("2025-07-01"), Population: 131427,
				DeclaredHouseholds: data.Unknown,
				Geometry:           orb.MultiPolygon{{{{108, 16}, {109, 16}, {109, 17}, {108, 16}}}}},
			{Code: "0101", Name: "Tổ 1", Level: data.Hamlet, Parent: "20194"},
			{Code: "0102", Name: "Tổ 2", Level: data.Hamlet, Parent: "20194"},
		})
		must(t, err)
		_, err = tx.PutTeams(ctx, []data.Team{{ID: "T1", Name: "Đội 1", CommuneCode: "20194",
			HamletCodes: []string{"0102", "0101"}, Members: 7}})
		must(t, err)
		_, err = tx.PutHouseholds(ctx, []data.Household{
			{ID: "H1", Point: orb.Point{108.25, 16.5}, HamletCode: "0101", RegisteredOn: mustDate("2024-01-31")},
			{ID: "H2", Point: orb.Point{108.75, 16.125}},
		})
		must(t, err)
		_, err = tx.PutVisits(ctx, []data.Visit{{ID: "V1", HouseholdID: "H1", TeamID: "T1",
			At:      time.Date(2025, 3, 1, 1, 2, 3, 0, time.UTC),
			Outcome: data.Completed, Assessed: 0b00101, Shown: 0b00100}, {ID: "V2", HouseholdID: "H2", TeamID: "T1",
			At: time.Date(2025, 3, 2, 0, 0, 0, 0, data.Zone), Outcome: data.Absent}})
		must(t, err)
	})
	must(t, store.Close())
	return path
}

// TestOgrinfo has GDAL, which is also what QGIS reads with, list the file.
func TestOgrinfo(t *testing.T) {
	ogrinfo, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("ogrinfo is not installed (Debian: gdal-bin)")
	}
	path := smallStore(t)
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(ogrinfo, append(args, path)...).CombinedOutput()
		must(t, err)
		for _, trouble := range []string{"Warning", "ERROR", "FAILURE"} {
			if strings.Contains(string(out), trouble) {
				t.Errorf("ogrinfo %v: %s in\n%s", args, trouble, out)
			}
		}
		return string(out)
	}
	layers := run("-ro")
	for _, want := range []string{"1: areas (Multi Polygon)", "2: households (Point)", "3: teams (None)",
		"4: visits (None)"} {
		if !strings.Contains(layers, want) {
			t.Errorf("no %q in\n%s", want, layers)
		}
	}
	if strings.Contains(layers, "5: ") {
		t.Errorf("more than four layers:\n%s", layers)
	}
	all := run("-ro", "-al")
	for _, want := range []string{
		"Layer name: areas", "Feature Count: 3", "Extent: (108.000000, 16.000000) - (109.000000, 17.000000)",
		"ID[\"EPSG\",4326]",
		"valid_from (Date) = 2025/07/01", "population (Integer64) = 131427", "declared_households (Integer64) = (null)",
		"MULTIPOLYGON (((108 16,109 16,109 17,108 16)))",
		"Layer name: households", "Feature Count: 2", "Extent: (108.250000, 16.125000) - (108.750000, 16.500000)",
		"registered_on (Date) = 2024/01/31", "hamlet_code (String) = 0101", "hamlet_code (String) = (null)",
		"POINT (108.25 16.5)",
		"Layer name: teams", "Feature Count: 1", "hamlet_codes (String) = 0101;0102",
		"Layer name: visits", "household_id (String) = H1", "team_id (String) = T1",
		"visited_at (DateTime) = 2025/03/01 01:02:03+00",
		"visited_at (DateTime) = 2025/03/01 17:00:00+00", "outcome (String) = completed",
		"assessed (String) = public_services;payment", "shown (String) = payment", "FID Column = fid",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if got := strings.Count(all, "Feature Count: 2"); got != 2 {
		t.Errorf("%d layers of two rows, want households and visits", got)
	}
}

// TestEditedElsewhere changes the file as another program would, with SQL and with
// ogrinfo: the store reads what it finds, reports that others wrote it until somebody accepts that, and its own
// writes stay true.
func TestEditedElsewhere(t *testing.T) {
	path := smallStore(t)
	if ogrinfo, err := exec.LookPath("ogrinfo"); err == nil {
		out, err := exec.Command(ogrinfo, path, "-sql", `UPDATE households SET hamlet_code = '0102' WHERE household_id = 'H2'`).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	db, err := sql.Open("sqlite3", path+"?_foreign_keys=1")
	must(t, err)
	_, err = db.Exec(`UPDATE households SET hamlet_code = '0102' WHERE household_id = 'H2'`)
	must(t, err)
	_, err = db.Exec(`INSERT INTO areas (code, name, level) VALUES ('0103', 'Tổ 3', 'hamlet')`)
	must(t, err)
	_, err = db.Exec(`UPDATE households SET hamlet_code = '0103' WHERE household_id = 'H1'`)
	must(t, err)
	for _, wrong := range []string{
		`UPDATE households SET hamlet_code = '9999'`,
		`DELETE FROM households`,
		`DELETE FROM teams`,
		`UPDATE visit_rows SET shown = 31`,
		`UPDATE visit_rows SET outcome = 8`,
		`INSERT INTO areas (code, name, level) VALUES ('0103', 'again', 'hamlet')`,
	} {
		if _, err := db.Exec(wrong); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
	must(t, db.Close())

	store := open(t, path)
	defer store.Close()
	hamlets := make(map[string]string)
	read := func() error {
		clear(hamlets)
		_, err = store.Read(t.Context(), data.RecordHandler{
			Area: func(*data.Area) error { return nil },
			Household: func(h *data.Household) error {
				hamlets[h.ID] = h.HamletCode
				return nil
			},
		})
		return err
	}
	var altered *data.AlteredError
	if err := read(); !errors.As(err, &altered) || fmt.Sprint(altered.Alterations) != "[{areas 3 4} {households 2 2}]" {
		t.Errorf("read: %v, want areas and households altered", err)
	}
	must(t, store.Accept(t.Context()))
	must(t, read())
	if hamlets["H1"] != "0103" || hamlets["H2"] != "0102" {
		t.Errorf("hamlets %v, want those that were edited", hamlets)
	}
}

// TestExtents follows the extent of the households' layer through imports.
func TestExtents(t *testing.T) {
	path := smallStore(t)
	store := open(t, path)
	defer store.Close()
	ctx := t.Context()
	for _, c := range []struct {
		name       string
		households []data.Household
		want       string
	}{
		{"as it was", nil, "[108.25 16.125 108.75 16.5]"},
		{"wider", []data.Household{{ID: "H3", Point: orb.Point{110, 10}}}, "[108.25 10 110 16.5]"},
		{"narrower again", []data.Household{{ID: "H3", Point: orb.Point{108.5, 16.25}}}, "[108.25 16.125 108.75 16.5]"},
		{"moved and added at once", []data.Household{{ID: "H3", Point: orb.Point{108.5, 17}},
			{ID: "H4", Point: orb.Point{100, 16.25}}}, "[100 16.125 108.75 17]"},
	} {
		inTx(t, ctx, store, func(tx data.Tx) {
			_, err := tx.PutHouseholds(ctx, c.households)
			must(t, err)
		})
		db, err := sql.Open("sqlite3", path)
		must(t, err)
		var e [4]float64
		must(t, db.QueryRow(`SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'households'`).Scan(&e[0], &e[1], &e[2], &e[3]))
		must(t, db.Close())
		if got := fmt.Sprint(e); got != c.want {
			t.Errorf("%s: extent %s, want %s", c.name, got, c.want)
		}
	}
}

// TestQueryPlans guards what makes reading fast: no sorting, no leaving the index.
func TestQueryPlans(t *testing.T) {
	path := smallStore(t)
	db, err := sql.Open("sqlite3", path)
	must(t, err)
	defer db.Close()
	for _, c := range []struct{ query, want string }{
		{`SELECT household, at, visit_id, (team << 36) | (outcome << 32) | (assessed << 16) | shown
			FROM visit_rows ORDER BY household, at, visit_id`, "COVERING INDEX visit_rows_by_household"},
		{`SELECT count(*) FROM visits`, "SCAN v"},
		{`SELECT * FROM visits WHERE household_id = 'H1'`, "SEARCH v USING"},
	} {
		rows, err := db.Query("EXPLAIN QUERY PLAN " + c.query)
		must(t, err)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			must(t, rows.Scan(&id, &parent, &unused, &detail))
			plan = append(plan, detail)
		}
		must(t, rows.Err())
		text := strings.Join(plan, "; ")
		if !strings.Contains(text, c.want) || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\ngoes by %s, want %s", c.query, text, c.want)
		}
	}
}
