package postgis

import (
	"context"
	"fmt"

	"tungnha/data"
)

// Meta returns what is known of the data as a whole, by key: "name" is what the programme
// is called, "sample" is "true" where the data is made up. The secret is not in it.
func (s *Store) Meta(ctx context.Context) (map[string]string, error) {
	meta := make(map[string]string)
	rows, err := s.pool.Query(ctx, `SELECT key, value FROM meta WHERE key <> $1`, data.SecretKey)
	if err != nil {
		return nil, fmt.Errorf("%s: read meta: %w", s.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, fmt.Errorf("%s: read meta: %w", s.name, err)
		}
		meta[key] = value
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: read meta: %w", s.name, err)
	}
	return meta, nil
}

// SetMeta sets the keys given and leaves the others; an empty value takes a key away.
func (s *Store) SetMeta(ctx context.Context, meta map[string]string) error {
	err := s.write(ctx, func(tx *Tx) error {
		for key, value := range meta {
			query := `INSERT INTO meta (key, value) VALUES ($1, $2)
				ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value`
			if value == "" {
				query = `DELETE FROM meta WHERE key = $1 AND $2 = ''`
			}
			tag, err := tx.session.Exec(ctx, query, key, value)
			if err != nil {
				return err
			}
			if tag.RowsAffected() > 0 {
				tx.changed, tx.registers, tx.settings = true, true, true
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: set meta: %w", s.name, err)
	}
	return nil
}
