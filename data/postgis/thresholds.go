package postgis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/connect"
)

// SetThresholds makes the table thresholds equal to rows, by which the coverage_by_ views raise
// flags. rows is encoded as a JSON array of objects whose members are named as the columns of the
// table; the row of province_code "" is that of every province without rows of its own. Rows that
// are there already need no right to write; others without it are data.ErrReadOnly.
func (s *Store) SetThresholds(ctx context.Context, rows any) error {
	text, err := json.Marshal(rows)
	if err == nil {
		err = s.setThresholds(ctx, text)
	}
	if connect.IsReadOnly(err) {
		err = fmt.Errorf("%w: %w", data.ErrReadOnly, err)
	}
	if err != nil {
		return fmt.Errorf("%s: set thresholds: %w", s.name, err)
	}
	return nil
}

// differingThresholds is true where the table has other rows than $1.
const differingThresholds = `WITH given AS (SELECT g.* FROM json_populate_recordset(NULL::thresholds, $1::json) g)
	SELECT EXISTS ((TABLE given EXCEPT TABLE thresholds) UNION ALL (TABLE thresholds EXCEPT TABLE given))`

func (s *Store) setThresholds(ctx context.Context, rows []byte) error {
	differ := false
	if err := s.pool.QueryRow(ctx, differingThresholds, rows).Scan(&differ); err != nil || !differ {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// One program at a time. The lock of the records would wait for the end of an import.
		if _, err := tx.Exec(ctx, `LOCK TABLE thresholds IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM thresholds`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO thresholds SELECT * FROM json_populate_recordset(NULL::thresholds, $1::json)`, rows)
		return err
	})
}
