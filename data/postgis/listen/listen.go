// Package listen waits for what writers notify when they commit.
package listen

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Channel is what writers notify.
const Channel = "tungnha"

// pulse is how often a connection that waits is tested: one that was cut sends nothing.
const (
	pulse        = 10 * time.Second
	pulseTimeout = 5 * time.Second
)

// Listener waits on a connection of its own.
type Listener struct {
	config *pgx.ConnConfig
	mu     sync.Mutex
	conn   *pgx.Conn // nil: none yet, or lost
}

// New returns a listener, which connects when it is first waited for.
func New(config *pgx.ConnConfig) *Listener { return &Listener{config: config} }

// Wait returns when something may have been committed: at once where it has to connect
// first, because notifications before that were missed. A lost connection is an error, and
// the next call connects again. One goroutine waits at a time; others take turns.
func (l *Listener) Wait(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return l.listen(ctx)
	}
	err := l.hear(ctx)
	if err != nil && (ctx.Err() == nil || l.conn.IsClosed()) {
		l.hangUp()
	}
	return err
}

func (l *Listener) listen(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return err
	}
	l.conn = conn
	if _, err := conn.Exec(ctx, `LISTEN `+Channel); err != nil {
		l.hangUp()
		return err
	}
	return nil
}

// hear waits for a notification, and tests the connection now and then.
func (l *Listener) hear(ctx context.Context) error {
	for {
		beat, cancel := context.WithTimeout(ctx, pulse)
		_, err := l.conn.WaitForNotification(beat)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		beat, cancel = context.WithTimeout(ctx, pulseTimeout)
		err = l.conn.Ping(beat)
		cancel()
		if err != nil {
			return err
		}
	}
}

func (l *Listener) hangUp() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx) // it may be gone already
	l.conn = nil
}

// Close ends the connection.
func (l *Listener) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hangUp()
}
