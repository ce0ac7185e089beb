package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/column"
	"tungnha/data/sqlite/origin"
	"tungnha/data/sqlite/statement"
)

const (
	// readVisits never sorts and never leaves the index. What fits one integer comes as one:
	// each column of each row costs a conversion.
	readVisits = `SELECT household, at, visit_id, (team << 36) | (outcome << 32) | (assessed << 16) | shown,
		batch, received_at
		FROM visit_rows INDEXED BY visit_rows_by_household ORDER BY household, at, visit_id`
	readHouseholdKeys = `SELECT fid, household_id FROM households ORDER BY fid`
)

// Read streams the last committed state, whole and of one piece, whatever is written
// meanwhile, and returns its revision. An empty function of the handler skips its records. The error is a
// *data.AlteredError, after the last record, where they are not those that this program wrote last.
func (s *Store) Read(ctx context.Context, handler data.RecordHandler) (int64, error) {
	s.watch.mu.Lock()
	edits := s.edits // the file is read after that
	s.watch.mu.Unlock()
	revision, err := s.read(ctx, handler)
	revision += edits
	if err != nil {
		return revision, fmt.Errorf("%s: read: %w", s.path, err)
	}
	return revision, nil
}

func (s *Store) read(ctx context.Context, handler data.RecordHandler) (revision int64, err error) {
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return 0, err
	}
	defer func() {
		_, end := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		err = errors.Join(err, end)
	}()
	// The first read takes the snapshot.
	if err := conn.QueryRowContext(ctx, readRevision).Scan(&revision); err != nil {
		return 0, err
	}
	if err := checkRevision(revision); err != nil {
		return 0, err
	}
	return revision, conn.Raw(func(c any) error {
		conn, key := c.(*sqlite3.SQLiteConn), s.digestKey
		if key == nil {
			key = make([]byte, digest.KeySize)
		}
		sums := digest.NewReader(key)
		if err := s.stream(ctx, conn, sums, handler); err != nil || s.digestKey == nil {
			return err
		}
		return compareDigests(ctx, conn, sums)
	})
}

// stream yields the records, and adds those it reads to the digests.
func (s *Store) stream(ctx context.Context, conn *sqlite3.SQLiteConn, sums *digest.Reader,
	handler data.RecordHandler) error {
	if err := digestSettings(ctx, conn, sums); err != nil {
		return err
	}
	query := func(ctx context.Context, query string, columns int, yield func([]driver.Value) error) error {
		return statement.Rows(ctx, conn, query, columns, yield)
	}
	if handler.Area != nil {
		sums.Whole[digest.Areas] = true
		err := streamAreas(ctx, query, func(a *data.Area, geometry []byte) error {
			sums.Found.Created(digest.Areas, sums.Area(a, geometry))
			return handler.Area(a)
		})
		if err != nil {
			return err
		}
	}
	teams := make(map[int64]string)
	sums.Whole[digest.Teams] = true
	err := streamTeams(ctx, query, func(t *data.Team, fid int64) error {
		teams[fid] = t.ID
		sums.Found.Created(digest.Teams, sums.Team(t))
		if handler.Team == nil {
			return nil
		}
		return handler.Team(t)
	})
	if err != nil {
		return err
	}
	if handler.Household != nil {
		sums.Whole[digest.Households] = true
		err := streamHouseholds(ctx, query, func(h *data.Household) error {
			sums.Found.Created(digest.Households, sums.Household(h))
			return handler.Household(h)
		})
		if err != nil {
			return err
		}
	}
	if handler.Batch != nil {
		if err := origin.StreamBatches(ctx, query, handler.Batch); err != nil {
			return err
		}
	}
	if handler.Visit != nil {
		sums.Whole[digest.Visits] = true
		query := cmp.Or(s.readVisits, readVisits)
		if err := streamVisits(ctx, conn, query, s.skills.Load(), teams, sums, handler.Visit); err != nil {
			return err
		}
	}
	if handler.Aside != nil {
		return origin.StreamAside(ctx, query, s.skills.Load(), handler.Aside)
	}
	return nil
}

// streamVisits walks households and visits side by side, both in the order of the
// household's row id: that costs less than joining each visit to the text of its household.
func streamVisits(ctx context.Context, conn *sqlite3.SQLiteConn, query string, skills *data.SkillBits,
	teams map[int64]string, sums *digest.Reader, yield func(*data.Visit) error) error {
	households, err := conn.QueryContext(ctx, readHouseholdKeys, nil)
	if err != nil {
		return err
	}
	defer households.Close()
	var key [2]driver.Value
	var home int64
	var v data.Visit
	return statement.Rows(ctx, conn, query, 6, func(row []driver.Value) error {
		household, _ := row[0].(int64)
		for home < household {
			if err := households.Next(key[:]); err != nil {
				return fmt.Errorf("household %d of visit %v: %w", household, row[2], err)
			}
			home, _ = key[0].(int64)
		}
		if home != household {
			return fmt.Errorf("visit %v: its household is missing", row[2])
		}
		v.HouseholdID, _ = key[1].(string)
		v.ID, _ = row[2].(string)
		at, _ := row[1].(int64)
		v.At = column.Instant(at)
		v.Origin = origin.Of(row[4:])
		packed, _ := row[3].(int64)
		var known bool
		if v.TeamID, known = teams[packed>>36]; !known {
			return fmt.Errorf("visit %s: its team is missing", v.ID)
		}
		if err := column.Unpack(skills, packed, &v); err != nil {
			return fmt.Errorf("visit %s: %w", v.ID, err)
		}
		sums.Found.Created(digest.Visits, sums.Visit(&v, uint16(packed>>16), uint16(packed)))
		return yield(&v)
	})
}
