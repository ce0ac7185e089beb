// Package schema compares the tables, views and triggers of a file with those that this program makes: a file may come
// from strangers.
package schema

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Object is an entry of sqlite_schema.
type Object struct{ Kind, Name, Table, SQL string }

// Database is a pool of connections, or one of them.
type Database interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Read returns the schema of a database, with single spaces between the words of its SQL.
func Read(ctx context.Context, db Database) (objects []Object, err error) {
	found, err := db.QueryContext(ctx, `SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY name, type`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var o Object
		if err := found.Scan(&o.Kind, &o.Name, &o.Table, &o.SQL); err != nil {
			return nil, err
		}
		o.SQL = strings.Join(strings.Fields(o.SQL), " ")
		objects = append(objects, o)
	}
	return objects, found.Err()
}

// Compare lists what in the schema found differs from our own, made by the migrations. What is missing or different
// counts only where whole is set: before the migrations a file may be older. Tables beside ours are left alone, as are
// the spatial indexes and counts of rows that GDAL and QGIS make, and indexes of columns. Other indexes can keep rows
// from being written.
func Compare(own, found []Object, whole bool) (problems []string) {
	ours := make(map[string]bool)
	missing := make(map[Object]bool)
	for _, o := range own {
		if o.Kind == "table" {
			ours[strings.ToLower(o.Name)] = true
		}
		missing[o] = true
	}
	for _, o := range found {
		if missing[o] {
			delete(missing, o)
			continue
		}
		i := slices.IndexFunc(own, func(other Object) bool { return other.Kind == o.Kind && other.Name == o.Name })
		switch {
		case i >= 0:
			delete(missing, own[i])
			if whole || o.Kind == "trigger" || o.Kind == "view" {
				problems = append(problems, fmt.Sprintf("%s %s is not what this program makes", o.Kind, o.Name))
			}
		case o.Kind == "view", o.Kind == "index" && ours[strings.ToLower(o.Table)] && o.SQL != "" && !plainIndex.MatchString(o.SQL),
			o.Kind == "trigger" && !harmless(o, ours[strings.ToLower(o.Table)]),
			o.Kind == "table" && virtual.MatchString(o.SQL) && !spatialIndex.MatchString(o.SQL):
			problems = append(problems, fmt.Sprintf("%s %s on %s is unknown", o.Kind, o.Name, o.Table))
		}
	}
	if whole {
		for o := range missing {
			problems = append(problems, fmt.Sprintf("%s %s is missing", o.Kind, o.Name))
		}
	}
	slices.SortFunc(problems, cmp.Compare[string])
	return problems
}

// indexed is a column of an index.
const indexed = `("\w+"|\w+)( COLLATE "?(BINARY|NOCASE|RTRIM)"?)?( ASC| DESC)?`

var (
	virtual      = regexp.MustCompile(`(?i)^CREATE VIRTUAL TABLE `)
	spatialIndex = regexp.MustCompile(`(?i)^CREATE VIRTUAL TABLE "?rtree_[^ ]+"? USING rtree ?\(`)
	// An index of columns, with which every row can be written: it is not unique, and computes nothing.
	plainIndex = regexp.MustCompile(`(?i)^CREATE INDEX ("[^"]+"|\w+) ON ("\w+"|\w+) ?\( ?` + indexed + `( ?, ?` + indexed + `)* ?\)$`)
	// What GDAL calls its triggers: of spatial indexes, of counts of rows, of the GeoPackage standard's own tables.
	gdalTrigger = regexp.MustCompile(`^(rtree_.+_(insert|update\d?|delete)|trigger_(insert|delete)_feature_count_.+|gpkg_.+)$`)
	// Where a trigger writes.
	writes = regexp.MustCompile(`(?i)\b(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE(?: OR \w+)?(?: OF)?|DELETE FROM)\s+"?([\w.]+)"?`)
)

// harmless reports whether a trigger is one that GDAL makes. On a table of ours it may write to a spatial index and the
// counts of rows alone, whatever its name.
func harmless(o Object, onOurs bool) bool {
	if !gdalTrigger.MatchString(o.Name) {
		return false
	}
	if !onOurs {
		return true
	}
	_, body, found := strings.Cut(o.SQL, " BEGIN ")
	for _, to := range writes.FindAllStringSubmatch(body, -1) {
		name := strings.ToLower(to[1])
		if !strings.HasPrefix(name, "rtree_") && name != "gpkg_ogr_contents" {
			return false
		}
	}
	return found
}

// Refuse returns an error of a file whose tables have problems.
func Refuse(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("its tables are not as this program makes them, and are not used: %s", strings.Join(problems, "; "))
}
