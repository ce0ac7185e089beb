package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"tungnha/data"
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
func schemaProblems(ctx context.Context, db schema.Database, whole bool) ([]string, error) {
	own, err := ownSchema()
	if err != nil {
		return nil, err
	}
	found, err := schema.Read(ctx, db)
	return schema.Compare(own, found, whole), err
}

// checkTables returns a data.ErrUnsound where somebody has given the file, since it was opened, tables,
// triggers or indexes that are not this program's: with a trigger a visit may be acknowledged and not written.
func (s *Store) checkTables(ctx context.Context, conn *sql.Conn) error {
	var number int64
	if err := conn.QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&number); err != nil || number == s.tables.Load() {
		return err
	}
	problems, err := schemaProblems(ctx, conn, true)
	if err != nil {
		return err
	}
	if err := schema.Refuse(problems); err != nil {
		return fmt.Errorf("%w: %w", data.ErrUnsound, err)
	}
	s.tables.Store(number)
	return nil
}
