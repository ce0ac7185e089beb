package connect

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tungnha/data"
)

// IsReadOnly reports whether an error is that this program may read the database and not write to it.
func IsReadOnly(err error) bool {
	var said *pgconn.PgError
	return IsDenied(err) || errors.As(err, &said) && said.Code == "25006" // read_only_sql_transaction: a replica
}

// WriteError returns an error of a write, wrapped in data.ErrReadOnly or data.ErrFull where it lasts until somebody
// changes something.
func WriteError(err error) error {
	var said *pgconn.PgError
	switch {
	case IsReadOnly(err):
		return fmt.Errorf("%w: %w", data.ErrReadOnly, err)
	case errors.As(err, &said) && said.Code == "53100": // disk_full
		return fmt.Errorf("%w: %w", data.ErrFull, err)
	}
	return err
}

// Writable returns nil where the database can be written: it is no replica, not set to be read only, and the role has
// the rights. Where the disk was full, it is written in a temporary table, which is rolled back: 256 kB beside the
// tables, unless temp_tablespaces has it elsewhere. Its errors are those of WriteError.
func Writable(ctx context.Context, pool *pgxpool.Pool, full bool) error {
	var readOnly, may bool
	err := pool.QueryRow(ctx, `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
		has_table_privilege('visits', 'INSERT') AND has_any_column_privilege('store', 'UPDATE')`).Scan(&readOnly, &may)
	switch {
	case err != nil:
		return WriteError(err)
	case readOnly:
		return fmt.Errorf("%w: it is a replica, or set to be read only", data.ErrReadOnly)
	case !may:
		return fmt.Errorf("%w: the role lacks the rights", data.ErrReadOnly)
	case !full:
		return nil
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE writable ON COMMIT DROP AS
			SELECT repeat('x', 1900) AS filler FROM generate_series(1, 128)`); err != nil {
			return err
		}
		return errRollBack
	})
	if errors.Is(err, errRollBack) {
		return nil
	}
	return WriteError(err)
}

var errRollBack = errors.New("to be rolled back")
