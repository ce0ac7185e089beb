// Package check looks for damage in the file of a store.
package check

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/data/sqlite/postqueue"
)

// maxFindings is how many findings of one part are listed.
const maxFindings = 100

// columnTypes are the types that the values of a column may have, by table and column: SQLite keeps a text in an
// integer column as it is.
var columnTypes = []struct{ table, column, types string }{
	{"areas", "code", "text"}, {"areas", "name", "text"}, {"areas", "level", "text"},
	{"areas", "geom", "blob,null"}, {"areas", "valid_from", "text,null"}, {"areas", "valid_to", "text,null"},
	{"areas", "declared_households", "integer,null"}, {"areas", "population", "integer,null"},
	{"households", "household_id", "text"}, {"households", "geom", "blob"}, {"households", "hamlet_code", "text,null"},
	{"households", "registered_on", "text,null"}, {"households", "removed_on", "text,null"},
	{"teams", "team_id", "text"}, {"teams", "name", "text"}, {"teams", "commune_code", "text,null"},
	{"teams", "members", "integer,null"}, {"teams", "formed_on", "text,null"}, {"teams", "dissolved_on", "text,null"},
	{"visit_rows", "visit_id", "text"}, {"visit_rows", "household", "integer"}, {"visit_rows", "team", "integer"},
	{"visit_rows", "at", "integer"}, {"visit_rows", "outcome", "integer"}, {"visit_rows", "assessed", "integer"},
	{"visit_rows", "shown", "integer"},
}

// File looks for damage in a file, without changing it: in its pages and indexes, in what its rows refer to, in its
// tables, in the types of its values, and whether its records are those that the program wrote last. An error means
// that there is no file to look at; whatever is wrong inside it is a finding.
func File(ctx context.Context, path string) (*data.CheckReport, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "check", Path: path, Err: errors.New("not a regular file")}
	}
	unopened, db, err := sqlite.Unopened(ctx, path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c := &checker{db: db, file: unopened}
	c.rows(ctx, data.CheckPages, fmt.Sprintf(`PRAGMA integrity_check(%d)`, maxFindings), "ok")
	c.rows(ctx, data.CheckReferences, `SELECT "table" || ' row ' || ifnull(rowid, '?') || ': no ' || parent
		FROM pragma_foreign_key_check LIMIT 100`, "")
	c.version(ctx)
	c.schema(ctx)
	for _, t := range columnTypes {
		c.rows(ctx, data.CheckTypes, fmt.Sprintf(`SELECT '%s row ' || fid || ', column %s: ' || typeof(%s) || ', want %s'
			FROM %s WHERE instr('%s', typeof(%s)) = 0 LIMIT 100`, t.table, t.column, t.column, t.types, t.table, t.types, t.column), "")
	}
	c.layers(ctx)
	c.records(ctx)
	c.queue(ctx, path+postqueue.Suffix)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &c.report, nil
}

type checker struct {
	db     *sql.DB
	file   *sqlite.UnopenedFile
	report data.CheckReport
}

func (c *checker) found(part data.CheckPart, detail string) {
	c.report.Findings = append(c.report.Findings, data.CheckFinding{Part: part, Detail: detail})
}

// rows makes each row of a query a finding, but for one that reports that all is well.
func (c *checker) rows(ctx context.Context, part data.CheckPart, query, well string) {
	found, err := c.db.QueryContext(ctx, query)
	if err != nil {
		c.found(part, err.Error())
		return
	}
	defer found.Close()
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			c.found(part, err.Error())
			return
		}
		if text != well {
			c.found(part, text)
		}
	}
	if err := found.Err(); err != nil {
		c.found(part, err.Error())
	}
}

// version notes tables of an earlier version; they are compared with what that made.
func (c *checker) version(ctx context.Context) {
	version, current, err := c.file.Version(ctx)
	switch {
	case err != nil:
		c.found(data.CheckSchema, err.Error())
	case version < current:
		c.report.Older = &data.OlderTables{Version: version, Current: current}
	}
}

func (c *checker) schema(ctx context.Context) {
	problems, err := c.file.SchemaProblems(ctx)
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, p := range problems {
		c.found(data.CheckSchema, p)
	}
}

// layers checks the tables by which other programs find the layers, and the spatial indexes that they made.
func (c *checker) layers(ctx context.Context) {
	c.rows(ctx, data.CheckLayers, `SELECT 'gpkg_contents has no layer ' || column1 FROM (VALUES ('areas'), ('households'), ('teams'), ('visits'))
		WHERE column1 NOT IN (SELECT table_name FROM gpkg_contents)`, "")
	c.rows(ctx, data.CheckLayers, `SELECT 'gpkg_geometry_columns has no layer ' || column1 FROM (VALUES ('areas'), ('households'))
		WHERE column1 NOT IN (SELECT table_name FROM gpkg_geometry_columns WHERE column_name = 'geom' AND srs_id = 4326)`, "")
	c.rows(ctx, data.CheckLayers, `SELECT name || ': ' || rtreecheck(name) FROM sqlite_schema
		WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING rtree%' AND rtreecheck(name) <> 'ok'`, "")
}

// records reads everything and compares the digests.
func (c *checker) records(ctx context.Context) {
	revision, err := c.file.Read(ctx, data.RecordHandler{
		Area:      func(*data.Area) error { c.report.Areas++; return nil },
		Team:      func(*data.Team) error { c.report.Teams++; return nil },
		Household: func(*data.Household) error { c.report.Households++; return nil },
		Visit:     func(*data.Visit) error { c.report.Visits++; return nil },
	})
	c.report.Revision = revision
	c.report.CompareRecords(err)
}

// queue looks at the queue of posts beside the file, without which the file is not opened.
func (c *checker) queue(ctx context.Context, path string) {
	found := func(detail string) { c.found(data.CheckPages, path+": "+detail) }
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		found(err.Error())
		return
	case !info.Mode().IsRegular():
		found("not a regular file")
		return
	}
	_, db, err := sqlite.Unopened(ctx, path)
	if err != nil {
		found(err.Error())
		return
	}
	defer db.Close()
	queue := checker{db: db}
	queue.rows(ctx, data.CheckPages, fmt.Sprintf(`PRAGMA integrity_check(%d)`, maxFindings), "ok")
	for _, f := range queue.report.Findings {
		found(f.Detail)
	}
}
