package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// copyBufferBytes is how much of a table's new rows waits for one COPY. The more rows come
	// sorted, the fewer pages of the primary key each of them touches: files come by time.
	copyBufferBytes = 32 << 20
	// maxWritten is how many keys of its own a transaction keeps.
	maxWritten = 8 << 20
)

// CopyBuffer collects new rows of one table until they are many, then copies them in the order of
// the primary key, while the next are collected. All of it is in PostgreSQL's binary COPY format.
type CopyBuffer struct {
	table  string
	copy   string // the statement
	Rows   []byte // of which AddRow was told, and behind them the next
	ends   []int  // of each row
	before []byte // the rows that were copied last, or are being copied: room for the next
	// written has hashes of keys, each with the number of the COPY that its row goes with: of
	// the rows that wait, and, while it is known that the table was empty before, of all that
	// the transaction wrote.
	written map[uint64]int
	copies  int
	empty   bool
	probed  bool
}

// NewCopyBuffer returns a buffer of a table; statement is the COPY.
func NewCopyBuffer(table, statement string) CopyBuffer {
	return CopyBuffer{table: table, copy: statement}
}

// Len is how many rows wait.
func (s *CopyBuffer) Len() int { return len(s.ends) }

var copyBufferSeed = maphash.MakeSeed()

// Probe learns, once, whether the table is empty.
func (s *CopyBuffer) Probe(ctx context.Context, db *Session, query string) (err error) {
	if s.probed {
		return nil
	}
	if s.empty, err = db.Holds(ctx, query); err != nil {
		return err
	}
	s.probed, s.written = true, make(map[uint64]int)
	return nil
}

// None reports that the table has no rows, and none wait for it.
func (s *CopyBuffer) None() bool { return s.empty && len(s.written) == 0 }

// Find reports whether the table, or what waits for it, may have a row of the key, and
// whether such a row waits.
func (s *CopyBuffer) Find(id string) (may, waits bool) {
	with, written := s.written[maphash.String(copyBufferSeed, id)]
	return written || !s.empty, written && with == s.copies
}

// Add notes that a row was appended to Rows.
func (s *CopyBuffer) Add(id string) {
	s.ends = append(s.ends, len(s.Rows))
	s.written[maphash.String(copyBufferSeed, id)] = s.copies
	s.empty = s.empty && len(s.written) <= maxWritten
}

// Full reports whether the rows are worth a COPY.
func (s *CopyBuffer) Full() bool { return len(s.Rows) >= copyBufferBytes }

// Flush begins to copy the rows. Sorted by their bytes they come in the order of the primary
// key, whose columns are the first, but for texts of unequal length: near enough.
func (s *CopyBuffer) Flush(ctx context.Context, db *Session) error {
	if len(s.ends) == 0 {
		return nil
	}
	rows := make([][]byte, len(s.ends))
	start := 0
	for i, end := range s.ends {
		rows[i], start = s.Rows[start:end], end
	}
	table, statement := s.table, s.copy
	err := db.start(ctx, func(ctx context.Context, conn *pgconn.PgConn) error {
		slices.SortFunc(rows, bytes.Compare)
		tag, err := conn.CopyFrom(ctx, &copyReader{rest: []byte(copyHeader), rows: rows}, statement)
		if err == nil && tag.RowsAffected() != int64(len(rows)) {
			err = fmt.Errorf("it took %d rows of %d", tag.RowsAffected(), len(rows))
		}
		var said *pgconn.PgError
		switch {
		case errors.As(err, &said) && said.Code == "0A000": // feature_not_supported
			return fmt.Errorf("copy %s: row-level security bars this role from imports: take one that bypasses it, by role=… in the URL (see scope.sql): %w", table, err)
		case err != nil:
			return fmt.Errorf("copy %s: %w", table, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// The COPY before this one has ended.
	s.Rows, s.before, s.ends = s.before[:0], s.Rows, s.ends[:0]
	s.copies++
	if !s.empty {
		clear(s.written)
	}
	return nil
}

const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTrailer = "\xff\xff"
)

// copyReader reads rows as one COPY stream.
type copyReader struct {
	rest []byte
	rows [][]byte
	done bool
}

func (r *copyReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 {
			switch {
			case len(r.rows) > 0:
				r.rest, r.rows = r.rows[0], r.rows[1:]
			case !r.done:
				r.rest, r.done = []byte(copyTrailer), true
			case n == 0:
				return 0, io.EOF
			default:
				return n, nil
			}
		}
		took := copy(p[n:], r.rest)
		r.rest = r.rest[took:]
		n += took
	}
	return n, nil
}
