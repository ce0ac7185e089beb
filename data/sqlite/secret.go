package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tungnha/data"
)

// Secret returns the secret of the file, made when the file was first opened.
func (s *Store) Secret() data.Secret { return *s.secret.Load() }

// SetSecret gives the file the secret of the database that it is a copy of.
func (s *Store) SetSecret(ctx context.Context, secret data.Secret) error {
	err := s.write(ctx, func(tx *Tx) error {
		tx.settings = true
		return tx.execute(`INSERT INTO meta (key, value) VALUES (?1, ?2)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, data.SecretKey, secret.Text())
	})
	if err != nil {
		return fmt.Errorf("%s: set the secret: %w", s.path, err)
	}
	s.secret.Store(&secret)
	return nil
}

// loadSecret reads the secret, and makes one where there is none. Of processes that open a new file
// at once, the first one's stays.
func (s *Store) loadSecret(ctx context.Context) error {
	var text string
	read := func() error {
		return s.writer.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, data.SecretKey).Scan(&text)
	}
	err := read()
	if errors.Is(err, sql.ErrNoRows) {
		_, err = s.writer.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING`,
			data.SecretKey, data.NewSecret().Text())
		if err == nil {
			err = read()
		}
	}
	if err != nil {
		return fmt.Errorf("read the secret: %w", err)
	}
	secret, err := data.ParseSecret(text)
	if err != nil {
		return err
	}
	s.secret.Store(&secret)
	return nil
}
