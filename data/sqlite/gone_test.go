package sqlite_test

import (
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"

	"tungnha/data"
)

// Somebody takes the file of a store away, puts another in its place or alters its tables while the store is open.
// From then on no post is acknowledged, the store is not ready for writes, and every visit that was acknowledged is in
// the file. What can be mended beside the store is noticed.
func TestPostsBesideAFileThatIsGone(t *testing.T) {
	copyOf := func(t *testing.T, path string) string {
		t.Helper()
		b, err := os.ReadFile(smallStore(t))
		must(t, err)
		must(t, os.WriteFile(path+".copy", b, 0o600))
		return path + ".copy"
	}
	foreign := func(statement string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { execute(t, path, statement) }
	}
	for _, c := range []struct {
		name    string
		spoil   func(t *testing.T, path string)
		mend    func(t *testing.T, path string) // nil: only with another start
		want    string
		watched bool // rather than probed: whether it is ready shows in the revision
	}{
		{"moved away", func(t *testing.T, path string) { must(t, os.Rename(path, path+".gone")) },
			func(t *testing.T, path string) { must(t, os.Rename(path+".gone", path)) }, "not where it was", false},
		{"replaced", func(t *testing.T, path string) {
			other := copyOf(t, path)
			must(t, os.Rename(path, path+".gone"))
			must(t, os.Rename(other, path))
		}, func(t *testing.T, path string) { must(t, os.Rename(path+".gone", path)) }, "another file", false},
		{"its log moved away", func(t *testing.T, path string) { must(t, os.Rename(path+"-wal", path+".log")) },
			func(t *testing.T, path string) { must(t, os.Rename(path+".log", path+"-wal")) }, "not where it was", false},
		{"cut", func(t *testing.T, path string) {
			info, err := os.Stat(path)
			must(t, err)
			must(t, os.Truncate(path, info.Size()/2))
		}, nil, "was cut to", false},
		{"cut to nothing", func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }, nil, "was cut to", false},
		{"a trigger that drops visits",
			foreign(`CREATE TRIGGER evil BEFORE INSERT ON visit_rows BEGIN SELECT raise(ignore); END`),
			foreign(`DROP TRIGGER evil`), "trigger evil on visit_rows is unknown", true},
		{"a column more", foreign(`ALTER TABLE households ADD COLUMN note TEXT`),
			foreign(`ALTER TABLE households DROP COLUMN note`), "table households is not what this program makes", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, ctx := smallStore(t), t.Context()
			store := open(t, path)
			defer store.Close()
			n := 0
			post := func() error {
				n++
				posted, err := store.PostVisits(ctx, []data.Visit{visitV(n)})
				if err == nil && posted.Results[0].Change != data.Created {
					t.Errorf("post %d: %+v", n, posted.Results)
				}
				return err
			}
			ready := func() error {
				err := store.Writable(ctx)
				if c.watched || err == nil {
					_, err = store.Revision(ctx)
				}
				return err
			}
			must(t, post())
			must(t, ready())
			c.spoil(t, path)
			for when, err := range map[string]error{"ready": ready(), "post": post(), "post again": post()} {
				if !errors.Is(err, data.ErrUnsound) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v, want %v and %q", when, err, data.ErrUnsound, c.want)
				}
			}
			if c.mend == nil {
				return
			}
			c.mend(t, path)
			must(t, ready())
			must(t, post())
			must(t, store.Close())
			db, err := sql.Open("sqlite3", path)
			must(t, err)
			defer db.Close()
			var found int
			must(t, db.QueryRow(`SELECT count(*) FROM visit_rows WHERE visit_id IN ('N1', 'N4')`).Scan(&found))
			if found != 2 {
				t.Errorf("%d of 2 acknowledged visits are in the file", found)
			}
		})
	}
}

// The file goes away between the beginning of a post and its commit.
func TestCommitBesideAFileThatIsGone(t *testing.T) {
	path, ctx := smallStore(t), t.Context()
	store := open(t, path)
	defer store.Close()
	tx, err := store.Begin(ctx)
	must(t, err)
	_, err = tx.PutVisits(ctx, []data.Visit{visitV(1)})
	must(t, err)
	must(t, os.Rename(path, path+".gone"))
	if err := tx.Commit(ctx); !errors.Is(err, data.ErrUnsound) {
		t.Errorf("commit: %v, want %v", err, data.ErrUnsound)
	}
}

// Posts that are queued while an import is under way are refused as well.
func TestQueuedBesideAFileThatIsGone(t *testing.T) {
	for _, suffix := range []string{"", "-posts"} {
		path, ctx := smallStore(t), t.Context()
		store := open(t, path)
		defer store.Close()
		tx, err := store.Begin(ctx)
		must(t, err)
		if posted, err := store.PostVisits(ctx, []data.Visit{visitV(1)}); err != nil || posted.Queued != 1 {
			t.Fatalf("queued %d, %v", posted.Queued, err)
		}
		must(t, os.Rename(path+suffix, path+".gone"))
		if _, err := store.PostVisits(ctx, []data.Visit{visitV(2)}); !errors.Is(err, data.ErrUnsound) {
			t.Errorf("%q gone: post: %v, want %v", suffix, err, data.ErrUnsound)
		}
		must(t, tx.Rollback())
	}
}

// A layer, a spatial index or a smaller file is nothing that posts are refused for.
func TestPostsBesideHarmlessChanges(t *testing.T) {
	path, ctx := smallStore(t), t.Context()
	store := open(t, path)
	defer store.Close()
	for i, statement := range []string{
		`CREATE TABLE mine (a)`, `INSERT INTO mine SELECT zeroblob(10000) FROM (VALUES (1), (2), (3), (4), (5), (6))`,
		`PRAGMA wal_checkpoint(TRUNCATE)`, `DROP TABLE mine`, `VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`,
		`CREATE INDEX by_day ON households (registered_on)`,
	} {
		execute(t, path, statement)
		if _, err := store.PostVisits(ctx, []data.Visit{visitV(i)}); err != nil {
			t.Errorf("after %s: %v", statement, err)
		}
		if _, err := store.Revision(ctx); err != nil {
			t.Errorf("after %s: %v", statement, err)
		}
	}
	if err := store.Writable(ctx); err != nil {
		t.Error(err)
	}
}
