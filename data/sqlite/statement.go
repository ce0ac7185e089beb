package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mattn/go-sqlite3"

	"tungnha/data"
)

// statement is a prepared statement used below database/sql: a bulk load runs it millions
// of times.
type statement struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
}

// prepared returns the statement of the query, prepared once a transaction.
func (tx *Tx) prepared(query string) (*statement, error) {
	if s := tx.statements[query]; s != nil {
		return s, nil
	}
	stmt, err := tx.raw.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	s := &statement{stmt: stmt.(*sqlite3.SQLiteStmt)}
	tx.statements[query] = s
	return s, nil
}

func (s *statement) bind(values []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, v := range values {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.args
}

// exec runs the statement and returns how many rows it changed.
func (s *statement) exec(values ...driver.Value) (changed int64, err error) {
	result, err := s.stmt.ExecContext(context.Background(), s.bind(values))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// execute runs a statement for its effect.
func (tx *Tx) execute(query string, values ...driver.Value) error {
	s, err := tx.prepared(query)
	if err != nil {
		return err
	}
	_, err = s.exec(values...)
	return err
}

// row reads the first row of the statement's answer into dest; found is false where there
// is none.
func (s *statement) row(dest []driver.Value, values ...driver.Value) (found bool, err error) {
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

// rows calls yield for each row of the statement's answer.
func (s *statement) rows(ctx context.Context, columns int, yield func([]driver.Value) error,
	values ...driver.Value) error {
	answer, err := s.stmt.QueryContext(context.Background(), s.bind(values))
	if err != nil {
		return err
	}
	return each(ctx, answer, columns, yield)
}

// rows calls yield for each row of a query with the number of columns.
func rows(ctx context.Context, conn *sqlite3.SQLiteConn, query string, columns int,
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

// Columns that people read hold NULL, not zero values, where nothing is known.

func textValue(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

func dateValue(d data.Date) driver.Value {
	if d == data.NoDate {
		return nil
	}
	return d.String()
}

// date is dateValue, remembered: a bulk load names the same few thousand days again and
// again.
func (tx *Tx) date(d data.Date) driver.Value {
	text, ok := tx.days[d]
	if !ok {
		text = dateValue(d)
		tx.days[d] = text
	}
	return text
}

func numberValue(n int) driver.Value {
	if n == data.Unknown {
		return nil
	}
	return int64(n)
}

// textOf, numberOf and dateOf read back what the functions above wrote, and refuse what
// another editor may have put there instead.

func textOf(v driver.Value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("%v (%T): want text", v, v)
}

func numberOf(v driver.Value) (int, error) {
	switch v := v.(type) {
	case nil:
		return data.Unknown, nil
	case int64:
		return int(v), nil
	}
	return 0, fmt.Errorf("%v (%T): want a whole number", v, v)
}

func dateOf(v driver.Value) (data.Date, error) {
	s, err := textOf(v)
	if err != nil {
		return data.NoDate, err
	}
	return data.ParseDate(s)
}

// instant is a moment as the store holds it: to the second.
func instant(seconds int64) time.Time { return time.Unix(seconds, 0).In(data.Zone) }
