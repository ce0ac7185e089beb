package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/connect"
)

// Secret returns the secret of the database, made when a program that may write first opened it and
// shared by all that use it.
func (s *Store) Secret() data.Secret { return *s.secret.Load() }

// SetSecret gives the database the secret of the one that it is a copy of.
func (s *Store) SetSecret(ctx context.Context, secret data.Secret) error {
	err := s.write(ctx, func(tx *Tx) error {
		tx.settings = true
		_, err := tx.session.Exec(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, data.SecretKey, secret.Text())
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: set the secret: %w", s.name, err)
	}
	s.secret.Store(&secret)
	return nil
}

// loadSecret reads the secret, and makes one where there is none. Of programs that open a new
// database at once, the first one's stays. Where there is none and this program may not write, it
// takes one of its own for as long as it runs: its versions then differ from those of other servers.
func (s *Store) loadSecret(ctx context.Context) error {
	var text string
	read := func() error {
		return s.pool.QueryRow(ctx, `SELECT value FROM meta WHERE key = $1`, data.SecretKey).Scan(&text)
	}
	err := read()
	if errors.Is(err, pgx.ErrNoRows) {
		own := data.NewSecret()
		err = s.write(ctx, func(tx *Tx) error {
			tx.settings = true
			_, err := tx.session.Exec(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`,
				data.SecretKey, own.Text())
			return err
		})
		if connect.IsReadOnly(err) {
			s.secret.Store(&own)
			return nil
		}
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
