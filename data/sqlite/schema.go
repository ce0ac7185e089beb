package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"tungnha/data/sqlite/schema"
)

// guards are set on every connection. A file may come from strangers: its triggers and views must not call functions
// that reach out of the database, and cells of a damaged page are checked before they are read.
const guards = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"

// ownSchema is schemaOf the newest version.
var ownSchema = sync.OnceValues(func() ([]schema.Object, error) { return schemaOf(newest) })

// schemaOf returns what the migrations up to a number make of an empty database.
func schemaOf(version int64) ([]schema.Object, error) {
	db := openDB(":memory:", "", "")
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if _, err := provider.UpTo(ctx, version); err != nil {
		return nil, err
	}
	return schema.Read(ctx, db)
}

// schemaProblems lists what in a file differs from what the migrations make: see schema.Compare.
func schemaProblems(ctx context.Context, db *sql.DB, whole bool) ([]string, error) {
	own, err := ownSchema()
	if err != nil {
		return nil, err
	}
	found, err := schema.Read(ctx, db)
	return schema.Compare(own, found, whole), err
}
