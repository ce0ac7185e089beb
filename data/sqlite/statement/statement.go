// Package statement runs prepared statements of SQLite below database/sql, whose bookkeeping costs more than a row.
package statement

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"
)

// Statement is a prepared statement used below database/sql: a bulk load runs it millions
// of times.
type Statement struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
}

// Cache has the statements of one connection by their SQL. It belongs to one goroutine.
type Cache map[string]*Statement

// Prepared returns the statement of a query, prepared once.
func (c Cache) Prepared(conn *sqlite3.SQLiteConn, query string) (*Statement, error) {
	if s := c[query]; s != nil {
		return s, nil
	}
	stmt, err := conn.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	s := &Statement{stmt: stmt.(*sqlite3.SQLiteStmt)}
	c[query] = s
	return s, nil
}

// Close ends all statements.
func (c Cache) Close() error {
	var errs []error
	for _, s := range c {
		errs = append(errs, s.stmt.Close())
	}
	return errors.Join(errs...)
}

func (s *Statement) bind(values []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, v := range values {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.args
}

// Exec runs the statement and returns how many rows it changed.
func (s *Statement) Exec(values ...driver.Value) (changed int64, err error) {
	result, err := s.stmt.ExecContext(context.Background(), s.bind(values))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Row reads the first row of the statement's answer into dest; found is false where there
// is none.
func (s *Statement) Row(dest []driver.Value, values ...driver.Value) (found bool, err error) {
	answer, err := s.stmt.QueryContext(context.Background(), s.bind(values))
	if err != nil {
		return false, err
	}
	err = answer.Next(dest)
	if closing := answer.Close(); closing != nil && (err == nil || errors.Is(err, io.EOF)) {
		return false, closing
	}
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return err == nil, err
}

// Rows calls yield for each row of the statement's answer.
func (s *Statement) Rows(ctx context.Context, columns int, yield func([]driver.Value) error,
	values ...driver.Value) error {
	answer, err := s.stmt.QueryContext(context.Background(), s.bind(values))
	if err != nil {
		return err
	}
	return each(ctx, answer, columns, yield)
}

// Rows calls yield for each row of a query with the number of columns.
func Rows(ctx context.Context, conn *sqlite3.SQLiteConn, query string, columns int,
	yield func([]driver.Value) error) error {
	answer, err := conn.QueryContext(context.Background(), query, nil)
	if err != nil {
		return err
	}
	return each(ctx, answer, columns, yield)
}

// each yields the rows and closes them; the slice is used again for the next row.
func each(ctx context.Context, answer driver.Rows, columns int, yield func([]driver.Value) error) error {
	defer answer.Close()
	row := make([]driver.Value, columns)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch err := answer.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := yield(row); err != nil {
			return err
		}
	}
}

// Ints reads the one row of a query into dest.
func Ints(ctx context.Context, conn *sqlite3.SQLiteConn, query string, dest ...*int64) error {
	found := false
	err := Rows(ctx, conn, query, len(dest), func(row []driver.Value) error {
		found = true
		for i := range dest {
			var ok bool
			if *dest[i], ok = row[i].(int64); !ok {
				return fmt.Errorf("%s: %v (%T): want a whole number", query, row[i], row[i])
			}
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: no row", query)
	}
	return err
}
