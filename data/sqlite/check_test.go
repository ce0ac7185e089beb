package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/data/sqlite/check"
)

// execute runs statements on a file as another program does, with its checks off.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// A file from a stranger has a trigger, a view or a table that is not what the program makes: it is refused by name.
func TestForeignSchemaIsRefused(t *testing.T) {
	for _, c := range []struct{ name, statement, want string }{
		{"a trigger that changes visits",
			`CREATE TRIGGER quiet AFTER INSERT ON visit_rows BEGIN UPDATE visit_rows SET outcome = 1 WHERE fid = NEW.fid; END`,
			"trigger quiet on visit_rows is unknown"},
		{"a trigger under a name of GDAL's", `CREATE TRIGGER rtree_households_geom_insert AFTER INSERT ON households
			BEGIN DELETE FROM visit_rows; END`, "trigger rtree_households_geom_insert on households is unknown"},
		{"a trigger on a table of the standard",
			`CREATE TRIGGER t AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM visit_rows; END`,
			"trigger t on gpkg_contents is unknown"},
		{"a view", `CREATE VIEW more AS SELECT * FROM visit_rows`, "view more on more is unknown"},
		{"a virtual table", `CREATE VIRTUAL TABLE v USING fts4(a)`, "table v on v is unknown"},
		{"another view of visits", `DROP VIEW visits; CREATE VIEW visits AS SELECT * FROM visit_rows`,
			"view visits is not what this program makes"},
		{"a trigger of ours that does something else", `DROP TRIGGER areas_hamlet_insert;
			CREATE TRIGGER areas_hamlet_insert AFTER INSERT ON areas BEGIN DELETE FROM visit_rows; END`,
			"trigger areas_hamlet_insert is not what this program makes"},
		{"no index", `DROP INDEX team_hamlets_by_hamlet`, "index team_hamlets_by_hamlet is missing"},
		{"one column more", `ALTER TABLE visit_rows ADD COLUMN note TEXT`, "table visit_rows is not what this program makes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := smallStore(t)
			execute(t, path, c.statement)
			store, err := sqlite.Open(t.Context(), path)
			if err == nil {
				store.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			report, err := check.File(t.Context(), path)
			must(t, err)
			if !strings.Contains(fmt.Sprint(report.Findings), c.want) {
				t.Errorf("check: %v, want %q", report.Findings, c.want)
			}
		})
	}
}

// What GDAL and QGIS add to a GeoPackage is no reason to refuse it: layers of their own with spatial indexes and
// triggers, a spatial index of a layer of ours, counts of rows, styles.
func TestLayersOfOthersAreAllowed(t *testing.T) {
	ogr2ogr, err := exec.LookPath("ogr2ogr")
	if err != nil {
		t.Skip("ogr2ogr is not installed (Debian: gdal-bin)")
	}
	path := smallStore(t)
	points := filepath.Join(t.TempDir(), "points.geojson")
	must(t, os.WriteFile(points, []byte(`{"type":"FeatureCollection","features":[{"type":"Feature",
		"properties":{"household_id":"G1"},"geometry":{"type":"Point","coordinates":[108.1,16.1]}}]}`), 0o600))
	for _, args := range [][]string{
		{ogr2ogr, "-update", path, points, "-nln", "my_points"},
		{ogr2ogr, "-append", path, points, "-nln", "households"},
		{"ogrinfo", path, "-sql", `SELECT CreateSpatialIndex('areas', 'geom')`},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	execute(t, path, `CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_name TEXT, styleQML TEXT)`)
	store := open(t, path)
	defer store.Close()
	if got := fmt.Sprint(store.Accept(t.Context())); got != "<nil>" {
		t.Error(got)
	}
	_, err = store.PostVisits(t.Context(), []data.Visit{visitV(1)})
	must(t, err)
	report, err := check.File(t.Context(), path)
	must(t, err)
	if len(report.Findings) > 0 || report.Households != 3 {
		t.Errorf("check: %+v", report)
	}
}

// Each kind of damage is found by the part of the check that looks for it.
func TestCheck(t *testing.T) {
	path := smallStore(t)
	report, err := check.File(t.Context(), path)
	must(t, err)
	if len(report.Findings) > 0 || report.Areas != 3 || report.Teams != 1 || report.Households != 2 ||
		report.Visits != 2 {
		t.Errorf("a sound file: %+v", report)
	}
	for _, c := range []struct {
		name, statement string
		part            data.CheckPart
		want            string
	}{
		{"a text among numbers", `UPDATE areas SET population = 'many' WHERE code = '0101'`, data.CheckTypes,
			"areas row 2, column population: text, want integer,null"},
		{"a household of a visit is gone", `DELETE FROM households WHERE household_id = 'H1'`, data.CheckReferences,
			"visit_rows row 1: no households"},
		{"another outcome", `UPDATE visit_rows SET outcome = 7 WHERE visit_id = 'V2'`, data.CheckRecords,
			"visits: 2 written, 2 found"},
		{"a layer is gone", `DELETE FROM gpkg_geometry_columns WHERE table_name = 'areas'`, data.CheckLayers,
			"gpkg_geometry_columns has no layer areas"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := smallStore(t)
			execute(t, path, `PRAGMA ignore_check_constraints = ON`, c.statement)
			report, err := check.File(t.Context(), path)
			must(t, err)
			for _, f := range report.Findings {
				if f.Part == c.part && strings.Contains(f.Detail, c.want) {
					return
				}
			}
			t.Errorf("%+v, want %s: %s", report.Findings, c.part, c.want)
		})
	}
	if _, err := check.File(t.Context(), path+".none"); err == nil {
		t.Error("no file: no error")
	}
}
