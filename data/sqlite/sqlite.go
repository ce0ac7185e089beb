// Package sqlite keeps the programme's records in one GeoPackage file, which QGIS and GDAL
// open as it is.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"tungnha/data"
	"tungnha/data/sqlite/postqueue"
	"tungnha/data/sqlite/schema"
	"tungnha/data/sqlite/writable"
	"tungnha/geo/geopackage"
)

//go:embed migrations/*.sql
var migrations embed.FS

// newest is the number of the last migration.
const newest = 3

// Store is an open GeoPackage file. Any number of goroutines may share it: writers take
// turns, readers see the last committed state and wait for nobody.
type Store struct {
	path   string
	writer *sql.DB // one connection: SQLite has one writer at a time
	reader *sql.DB
	skills atomic.Pointer[data.SkillBits]
	secret atomic.Pointer[data.Secret]

	queue   *postqueue.Queue // of visits that were posted while an import had the write lock
	queued  atomic.Bool      // they were the last time
	foreign atomic.Int64     // all of them up to this number have a skill that is not in this program's list

	digestKey []byte // of the digests of the records; nil: there are none to compare with
	readOnly  bool   // the file cannot be written: writer is reader
	edits     int64  // of a file that cannot be written: so often others wrote without raising its revision
	wrote     written
	watch     watch
	place     *writable.Place // nil: of a file that is only read
	tables    atomic.Int64    // SQLite's number of the file's schema when that was found to be this program's

	readVisits string // of a file of an earlier version; else empty
}

// Open opens the GeoPackage file at path; a missing or empty file is made one. A directory, a file that another program
// made or put triggers and views into, and one that a newer version of this program made are refused, and left as they
// are. One that cannot be written is opened to be read: whatever would write to it fails
// with data.ErrReadOnly.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string) (*Store, error) {
	canWrite, err := writable.CheckFile(path)
	if err != nil {
		return nil, err
	}
	if !canWrite {
		return openReadOnly(ctx, path)
	}
	if err := checkSchema(ctx, path, ""); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o644) // as SQLite makes it
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: path, place: writable.NewPlace(path, file),
		// FULL: a commit is on the disk before it is acknowledged. The page cache bounds the
		// memory of a bulk load: what does not fit spills into the log.
		writer: openDB(path,
			"_foreign_keys=1&_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_txlock=immediate&_cache_size=-262144",
			"PRAGMA journal_size_limit = 67108864; "+guards),
		reader: openDB(path, "_foreign_keys=1&_busy_timeout=5000&_query_only=1&_cache_size=-16384", guards),
		queue:  postqueue.New(path, openQueue),
	}
	s.writer.SetMaxOpenConns(1)
	s.reader.SetMaxOpenConns(9) // one is of the watch
	err = s.prepare(ctx)
	if err == nil {
		_, err = s.writeQueued(ctx, openQueueWait)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare brings the tables up to date, and reads the secret, the skills and the key of the digests.
func (s *Store) prepare(ctx context.Context) error {
	provider, err := newProvider(s.writer)
	if err != nil {
		return err
	}
	if s.readOnly {
		pending, err := provider.HasPending(ctx)
		if err == nil && pending {
			err = errors.New("its tables are of an older version, and it cannot be written: make it writable once")
		}
		if err != nil {
			return err
		}
	} else if _, err := provider.Up(ctx); err != nil {
		// Another process may have made the same file just now: then nothing is pending.
		if pending, again := provider.HasPending(ctx); again != nil || pending {
			return fmt.Errorf("bring the tables up to date: %w", err)
		}
	}
	problems, err := schemaProblems(ctx, s.reader, true)
	if err := errors.Join(err, schema.Refuse(problems)); err != nil {
		return err
	}
	if err := s.loadSecret(ctx); err != nil {
		return err
	}
	if err := s.loadSkills(ctx); err != nil {
		return err
	}
	if err := s.loadDigestKey(ctx); err != nil {
		return err
	}
	return s.beginWatch(ctx)
}

// newProvider returns the migrations, one for each file, numbered from 1. The first makes the tables that every
// GeoPackage has before its own.
func newProvider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var all []*goose.Migration
	for i, name := range files {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		script := string(text)
		if i == 0 {
			script = geopackage.Tables + script
		}
		up := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, script)
			return err
		}
		all = append(all, goose.NewGoMigration(int64(i+1), &goose.GoFunc{RunTx: up}, nil))
	}
	if len(all) != newest {
		return nil, fmt.Errorf("%d migrations, want %d", len(all), newest)
	}
	return goose.NewProvider(goose.DialectSQLite3, db, nil, goose.WithGoMigrations(all...),
		goose.WithDisableGlobalRegistry(true))
}

// Close ends all connections and folds the log into the file, so that the one file has
// everything. Transactions must have ended.
func (s *Store) Close() error {
	err := errors.Join(s.endWatch(), s.reader.Close(), s.writer.Close())
	if s.queue != nil {
		err = errors.Join(err, s.queue.Close())
	}
	return errors.Join(err, s.place.Close())
}

// tablesVersion returns the number of the last migration that made the tables. It refuses one that is not known.
func tablesVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT ifnull(max(version_id), -1) FROM goose_db_version WHERE is_applied`).Scan(&version)
	if err == nil && version < 0 {
		err = errors.New("goose_db_version does not say of which version its tables are: another program has changed it; " +
			"restore a backup")
	}
	if err == nil && version > newest {
		err = fmt.Errorf("its tables are of version %d, this program knows up to %d: use a newer version of the program",
			version, newest)
	}
	return version, err
}

// checkSchema looks at an existing file without changing it.
func checkSchema(ctx context.Context, path, options string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	db := openDB(path, "_busy_timeout=5000&_query_only=1"+options, guards)
	defer db.Close()
	var tables, ours, versioned int
	err := db.QueryRowContext(ctx, `
		SELECT count(*),
		       count(*) FILTER (WHERE name IN ('store', 'visit_rows', 'gpkg_contents')),
		       count(*) FILTER (WHERE name = 'goose_db_version')
		FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'`).Scan(&tables, &ours, &versioned)
	if err != nil {
		return err
	}
	if tables == 0 || tables == versioned { // new, or given up before the first table
		return nil
	}
	if ours < 3 || versioned == 0 {
		return fmt.Errorf("%w: a database without the tables of a coverage store", writable.ErrNotOurs)
	}
	if _, err := tablesVersion(ctx, db); err != nil {
		return err
	}
	// Before anything is written, so that no trigger of a stranger's runs.
	problems, err := schemaProblems(ctx, db, false)
	return errors.Join(err, schema.Refuse(problems))
}

// connector opens connections to one file. It replaces a registered driver name, which
// would be global.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.driver }

// openDB makes a pool of connections with the options; hook runs on each of them. A
// connection has one user at a time, so SQLite's own locks around each call are left out.
func openDB(path, options, hook string) *sql.DB {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return sql.OpenDB(&connector{
		driver: &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
			if hook == "" {
				return nil
			}
			_, err := c.Exec(hook, nil)
			return err
		}},
		dsn: "file:" + escaped + "?_mutex=no&" + options,
	})
}

var _ data.Tx = (*Tx)(nil)

// VacuumInto writes the records of the file at path, as they are at one moment, to another file, which is empty.
func VacuumInto(ctx context.Context, path, to string) error {
	options, err := toRead(ctx, path, "mode=ro&_busy_timeout=5000")
	if err != nil {
		return err
	}
	db := openDB(path, options, guards)
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return err
}
