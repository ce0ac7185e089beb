package sqlite

import (
	"context"
	"fmt"

	"tungnha/data"
)

// Meta returns what is known of the data as a whole, by key: "name" is what the programme
// is called, "sample" is "true" where the data is made up. The secret is not in it.
func (s *Store) Meta(ctx context.Context) (map[string]string, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT key, value FROM meta WHERE key <> ?`, data.SecretKey)
	if err != nil {
		return nil, fmt.Errorf("%s: read meta: %w", s.path, err)
	}
	defer rows.Close()
	meta := make(map[string]string)
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, fmt.Errorf("%s: read meta: %w", s.path, err)
		}
		meta[key] = value
	}
	return meta, rows.Err()
}

// SetMeta sets the keys given and leaves the others; an empty value takes a key away.
func (s *Store) SetMeta(ctx context.Context, meta map[string]string) error {
	err := s.write(ctx, func(tx *Tx) error {
		for key, value := range meta {
			query := `INSERT INTO meta (key, value) VALUES (?1, ?2)
				ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`
			if value == "" {
				query = `DELETE FROM meta WHERE key = ?1 AND ?2 = ''`
			}
			result, err := tx.conn.ExecContext(ctx, query, key, value)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil {
				return err
			} else if n > 0 {
				tx.changed, tx.settings = true, true
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: set meta: %w", s.path, err)
	}
	return nil
}
