// Package session is a transaction of a database in which new rows of the large tables are copied while the program
// goes on.
package session

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Session is a transaction in the database. A COPY goes on behind it, so that the program
// parses and checks rows while the database takes in those before them; whatever else is
// requested of the session waits for the end of that, and fails where it failed.
type Session struct {
	Tx      pgx.Tx
	copying chan error // how the COPY under way ended; nil: there is none
	cancel  context.CancelFunc
}

// Wait waits for the COPY under way. Who gives up ends it, and with it the connection.
func (s *Session) Wait(ctx context.Context) error {
	if s.copying == nil {
		return nil
	}
	select {
	case err := <-s.copying:
		s.cancel()
		s.copying = nil
		return err
	case <-ctx.Done():
		s.Stop()
		return ctx.Err()
	}
}

// Stop ends the COPY under way, if there is one.
func (s *Session) Stop() {
	if s.copying != nil {
		s.cancel()
		<-s.copying
		s.copying = nil
	}
}

// start waits for the COPY under way, then runs one: it may outlive ctx.
func (s *Session) start(ctx context.Context, copy func(context.Context, *pgconn.PgConn) error) error {
	if err := s.Wait(ctx); err != nil {
		return err
	}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.copying = make(chan error, 1)
	go func(ended chan<- error) { ended <- copy(ctx, s.Tx.Conn().PgConn()) }(s.copying)
	return nil
}

// Exec runs one statement.
func (s *Session) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	if err := s.Wait(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return s.Tx.Exec(ctx, query, args...)
}

// Query runs one query.
func (s *Session) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	if err := s.Wait(ctx); err != nil {
		return nil, err
	}
	return s.Tx.Query(ctx, query, args...)
}

// Holds returns the result of a query of one Boolean.
func (s *Session) Holds(ctx context.Context, query string, args ...any) (bool, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
}

// Send runs a batch of statements; their answers go to the functions queued with them.
func (s *Session) Send(ctx context.Context, batch *pgx.Batch) error {
	if err := s.Wait(ctx); err != nil {
		return err
	}
	return s.Tx.SendBatch(ctx, batch).Close()
}
