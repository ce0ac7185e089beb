package postgis

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

const (
	// stageBytes is how much of a table's new rows waits for one COPY. The more rows come
	// sorted, the fewer pages of the primary key each of them touches: files come by time.
	stageBytes = 64 << 20
	// maxFresh is how many keys of its own a transaction remembers.
	maxFresh = 8 << 20
)

// stage holds new rows of one table until they are many, then copies them in the order of
// the primary key. All of it is in PostgreSQL's binary COPY format.
type stage struct {
	copy string // the statement
	rows []byte
	ends []int // of each row
	// pending and fresh are hashes of keys: of the rows that wait, and, while it is known
	// that the table was empty before, of all that the transaction wrote.
	pending map[uint64]struct{}
	fresh   map[uint64]struct{}
	probed  bool
}

var stageSeed = maphash.MakeSeed()

// probe learns, once, whether the table is empty.
func (s *stage) probe(ctx context.Context, tx pgx.Tx, query string) error {
	if s.probed {
		return nil
	}
	var empty bool
	if err := tx.QueryRow(ctx, query).Scan(&empty); err != nil {
		return err
	}
	s.probed, s.pending = true, make(map[uint64]struct{})
	if empty {
		s.fresh = make(map[uint64]struct{})
	}
	return nil
}

// isNew reports whether the table certainly has no row of the key, staged or not.
func (s *stage) isNew(id string) bool {
	if s.fresh == nil {
		return false
	}
	_, written := s.fresh[maphash.String(stageSeed, id)]
	return !written
}

// waits reports whether a row of the key may be staged.
func (s *stage) waits(id string) bool {
	_, staged := s.pending[maphash.String(stageSeed, id)]
	return staged
}

// add notes that a row was appended to s.rows.
func (s *stage) add(id string) {
	s.ends = append(s.ends, len(s.rows))
	hash := maphash.String(stageSeed, id)
	s.pending[hash] = struct{}{}
	if s.fresh != nil {
		s.fresh[hash] = struct{}{}
		if len(s.fresh) > maxFresh {
			s.fresh = nil
		}
	}
}

// full reports whether the rows are worth a COPY.
func (s *stage) full() bool { return len(s.rows) >= stageBytes }

// flush copies the rows. Sorted by their bytes they come in the order of the primary key,
// whose columns are the first, but for texts of unequal length: near enough.
func (s *stage) flush(ctx context.Context, tx pgx.Tx) error {
	if len(s.ends) == 0 {
		return nil
	}
	rows := make([][]byte, len(s.ends))
	start := 0
	for i, end := range s.ends {
		rows[i], start = s.rows[start:end], end
	}
	slices.SortFunc(rows, bytes.Compare)
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, &copyReader{rest: []byte(copyHeader), rows: rows}, s.copy)
	if err == nil && tag.RowsAffected() != int64(len(rows)) {
		err = fmt.Errorf("COPY took %d rows of %d", tag.RowsAffected(), len(rows))
	}
	if err != nil {
		return err
	}
	s.rows, s.ends = s.rows[:0], s.ends[:0]
	clear(s.pending)
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

// The columns of a row in binary COPY: the length as int32, −1 for NULL, then the value.

func copyRow(b []byte, columns int) []byte { return binary.BigEndian.AppendUint16(b, uint16(columns)) }

func copyText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

func copyNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

// copyTextValue writes NULL for no text.
func copyTextValue(b []byte, s string) []byte {
	if s == "" {
		return copyNull(b)
	}
	return copyText(b, s)
}

func copyInt32(b []byte, n int32) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(n))
}

func copyInt64(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(n))
}

func copyDate(b []byte, d data.Date) []byte {
	if d == data.NoDate {
		return copyNull(b)
	}
	return copyInt32(b, int32(d-epochDate))
}

// PostgreSQL counts days and microseconds from 2000-01-01, the latter in UTC.
const (
	epochDate    = data.Date(36525)
	epochSeconds = 946684800
)
