package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"tungnha/data/sqlite/schema"
)

// guards are set on every connection. A file may come from strangers: its triggers and views must not call functions
// that reach out of the database, and cells of a damaged page are checked before they are read.
const guards = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"

// ownSchema returns what the migrations make of an empty database.
var ownSchema = sync.OnceValues(func() ([]schema.Object, error) {
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
	return schema.Read(ctx, db)
})

// schemaProblems lists what in a file differs from what the migrations make: see schema.Compare.
func schemaProblems(ctx context.Context, db *sql.DB, whole bool) ([]string, error) {
	own, err := ownSchema()
	if err != nil {
		return nil, err
	}
	found, err := schema.Read(ctx, db)
	return schema.Compare(own, found, whole), err
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
