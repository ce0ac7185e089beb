#!/usr/bin/env bash
# go-sqlite3 turns a day that it cannot parse into 0001-01-01, without an error, even where a string is asked for.
#
# GeoPackage has DATE columns, which SQLite stores as plain text; whoever edits one by hand may leave 01/10/2026 or
# "unknown" in it. One would expect a Scan into a string to give the text that is stored, or an error.
# What happens (mattn/go-sqlite3 1.14.53): columns declared DATE, DATETIME or TIMESTAMP are parsed, and what does not
# parse becomes the zero time: the string is "0001-01-01T00:00:00Z" and the error is nil. A day that does parse comes
# back with a time (2026-10-01T00:00:00Z). The text is reached by an expression, which has no declared type
# (registered_on || ''). modernc.org/sqlite 1.62.0, the other driver, gives the stored text of such a day.
# Source: https://github.com/mattn/go-sqlite3 (SQLiteRows.nextSyncLocked); GeoPackage 1.3, table 1 (DATE)
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
cat >go.mod <<'MOD'
module finding

go 1.26

require (
	github.com/mattn/go-sqlite3 v1.14.53
	modernc.org/sqlite v1.62.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "github.com/mattn/go-sqlite3"
	_ "modernc.org/sqlite"
)

func main() {
	changed := false
	for _, driver := range []struct{ module, name, column string }{
		{"mattn/go-sqlite3", "sqlite3", "0001-01-01T00:00:00Z"},
		{"modernc.org/sqlite", "sqlite", "01/10/2026"},
	} {
		db, err := sql.Open(driver.name, ":memory:")
		must(err)
		db.SetMaxOpenConns(1)
		_, err = db.Exec(`CREATE TABLE households (registered_on DATE); INSERT INTO households VALUES ('01/10/2026')`)
		must(err)
		var column, expression string
		must(db.QueryRow(`SELECT registered_on, registered_on || '' FROM households`).Scan(&column, &expression))
		fmt.Printf("%-18s column %q, expression %q\n", driver.module, column, expression)
		changed = changed || column != driver.column || expression != "01/10/2026"
	}
	if changed {
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
GO
go mod tidy >/dev/null 2>&1
go list -m github.com/mattn/go-sqlite3 modernc.org/sqlite
go run .
