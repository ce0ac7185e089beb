package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// object is an entry of sqlite_schema.
type object struct{ kind, name, table, sql string }

// guards are set on every connection. A file may come from strangers: its triggers and views must not call functions
// that reach out of the database, and cells of a damaged page are checked before they are read.
const guards = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"

// ownSchema returns what the migrations make of an empty database.
var ownSchema = sync.OnceValues(func() ([]object, error) {
	db := openDB(":memory:", "", "")
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if _, err := provider.Up(ctx); err != nil {
		return nil, err
	}
	return readSchema(ctx, db)
})

func readSchema(ctx context.Context, db *sql.DB) (objects []object, err error) {
	found, err := db.QueryContext(ctx, `SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY name, type`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var o object
		if err := found.Scan(&o.kind, &o.name, &o.table, &o.sql); err != nil {
			return nil, err
		}
		o.sql = strings.Join(strings.Fields(o.sql), " ")
		objects = append(objects, o)
	}
	return objects, found.Err()
}

// schemaProblems lists what in a file differs from what the migrations make. What is missing or different counts only
// where whole is set: before the migrations a file may be older. Tables beside ours are left alone, as are the spatial
// indexes and counts of rows that GDAL and QGIS make.
func schemaProblems(ctx context.Context, db *sql.DB, whole bool) (problems []string, err error) {
	own, err := ownSchema()
	if err != nil {
		return nil, err
	}
	ours := make(map[string]bool)
	missing := make(map[object]bool)
	for _, o := range own {
		if o.kind == "table" {
			ours[strings.ToLower(o.name)] = true
		}
		missing[o] = true
	}
	objects, err := readSchema(ctx, db)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if missing[o] {
			delete(missing, o)
			continue
		}
		i := slices.IndexFunc(own, func(other object) bool { return other.kind == o.kind && other.name == o.name })
		switch {
		case i >= 0:
			delete(missing, own[i])
			if whole || o.kind == "trigger" || o.kind == "view" {
				problems = append(problems, fmt.Sprintf("%s %s is not what this program makes", o.kind, o.name))
			}
		case o.kind == "view", o.kind == "trigger" && !harmless(o, ours[strings.ToLower(o.table)]),
			o.kind == "table" && virtual.MatchString(o.sql) && !spatialIndex.MatchString(o.sql):
			problems = append(problems, fmt.Sprintf("%s %s on %s is unknown", o.kind, o.name, o.table))
		}
	}
	if whole {
		for o := range missing {
			problems = append(problems, fmt.Sprintf("%s %s is missing", o.kind, o.name))
		}
	}
	slices.SortFunc(problems, cmp.Compare[string])
	return problems, nil
}

var (
	virtual      = regexp.MustCompile(`(?i)^CREATE VIRTUAL TABLE `)
	spatialIndex = regexp.MustCompile(`(?i)^CREATE VIRTUAL TABLE "?rtree_[^ ]+"? USING rtree ?\(`)
	// What GDAL calls its triggers: of spatial indexes, of counts of rows, of the GeoPackage standard's own tables.
	gdalTrigger = regexp.MustCompile(`^(rtree_.+_(insert|update\d?|delete)|trigger_(insert|delete)_feature_count_.+|gpkg_.+)$`)
	// Where a trigger writes.
	writes = regexp.MustCompile(`(?i)\b(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE(?: OR \w+)?(?: OF)?|DELETE FROM)\s+"?([\w.]+)"?`)
)

// harmless reports whether a trigger is one that GDAL makes. On a table of ours it may write to a spatial index and the
// counts of rows alone, whatever its name.
func harmless(o object, onOurs bool) bool {
	if !gdalTrigger.MatchString(o.name) {
		return false
	}
	if !onOurs {
		return true
	}
	_, body, found := strings.Cut(o.sql, " BEGIN ")
	for _, to := range writes.FindAllStringSubmatch(body, -1) {
		name := strings.ToLower(to[1])
		if !strings.HasPrefix(name, "rtree_") && name != "gpkg_ogr_contents" {
			return false
		}
	}
	return found
}

// errSchema begins the error of a file whose schema is not ours.
var errSchema = errors.New("its tables are not as this program makes them, and are not used")

// refuseSchema returns an error where there are problems.
func refuseSchema(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errSchema, strings.Join(problems, "; "))
}
