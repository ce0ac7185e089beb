// Package postgis keeps the programme's records in PostgreSQL with PostGIS: the store that
// several servers share.
package postgis

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"tungnha/data"
	"tungnha/data/postgis/connect"
	"tungnha/data/postgis/listen"
)

// Store is an open database. Any number of goroutines may share it, and any number of
// programs the database: writers take turns, readers see the last committed state and wait
// for nobody.
type Store struct {
	name   string // of the database, without a password
	pool   *pgxpool.Pool
	skills atomic.Pointer[data.SkillBits]
	secret atomic.Pointer[data.Secret]

	queued  atomic.Bool  // the last posts were queued, because an import was under way
	foreign atomic.Int64 // all queued visits up to this number have a skill that is not in this program's list
	noQueue atomic.Bool  // this program may not read the queue of posts, or not write

	full atomic.Bool // the disk of the database was, at the last post

	listener *listen.Listener
}

// Open connects to the database of a URL (see connect.Config), brings its tables up to date and
// learns the skills. Who may only read can open a database whose tables are up to date.
func Open(ctx context.Context, url string) (*Store, error) {
	config, err := connect.Parse(url)
	if err != nil {
		return nil, err
	}
	name := config.Name()
	s, err := open(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", name, err)
	}
	return s, nil
}

func open(ctx context.Context, config *connect.Config) (*Store, error) {
	pool, err := config.Open(ctx)
	if err != nil {
		return nil, err
	}
	s := &Store{name: config.Name(), pool: pool, listener: listen.New(pool.Config().ConnConfig)}
	err = errors.Join(s.loadSecret(ctx), s.loadSkills(ctx))
	if err == nil {
		err = s.firstDigests(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// Close ends all connections. Transactions must have ended.
func (s *Store) Close() error {
	s.listener.Close()
	s.pool.Close()
	return nil
}

// Name names the database as host, port and name, without a password.
func (s *Store) Name() string { return s.name }

// RowSecurity returns whether the database can be relied upon to hide rows from roles.
func (s *Store) RowSecurity(ctx context.Context) (connect.RowSecurity, error) {
	return connect.ReadRowSecurity(ctx, s.pool)
}

// Revision counts the writes that changed something, over the life of the database.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	var revision int64
	if err := s.pool.QueryRow(ctx, `SELECT revision FROM store`).Scan(&revision); err != nil {
		return 0, fmt.Errorf("%s: read revision: %w", s.name, err)
	}
	return revision, nil
}

// Writable returns nil where the database can be written, as far as can be told without that: see connect.Writable.
func (s *Store) Writable(ctx context.Context) error {
	if err := connect.Writable(ctx, s.pool, s.full.Load()); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

var _ data.Tx = (*Tx)(nil)
