package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mattn/go-sqlite3"
)

// openReadOnly opens a file that this process cannot write: its permissions, or those of its file system, forbid it.
func openReadOnly(ctx context.Context, path string) (*Store, error) {
	options := "&mode=ro"
	err := checkSchema(ctx, path, options)
	if cannotMakeLog(err) && noLog(path) {
		// SQLite needs an index of the write-ahead log beside the file, even where there is no log, unless an
		// option declares that nobody writes. Whoever can write does so unnoticed until this program starts again.
		options = "&mode=ro&immutable=1"
		err = checkSchema(ctx, path, options)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, readOnly: true,
		reader: openDB(path, "_busy_timeout=5000&_query_only=1&_cache_size=-16384"+options, guards)}
	s.writer = s.reader
	s.reader.SetMaxOpenConns(9) // one is of the watch
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// cannotMakeLog reports whether an error is that the files beside the database cannot be made.
func cannotMakeLog(err error) bool {
	var code sqlite3.Error
	return errors.As(err, &code) && (code.Code == sqlite3.ErrCantOpen || code.Code == sqlite3.ErrReadonly ||
		code.Code == sqlite3.ErrIoErr)
}

// noLog reports whether all that was committed is in the file itself.
func noLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
}

// toRead returns the options by which the file at the path can be read where no files may be made beside it, added to
// those given. The error is that it cannot be, because some of it is in its log.
func toRead(ctx context.Context, path, options string) (string, error) {
	db := openDB(path, options, guards)
	defer db.Close()
	var n int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&n)
	switch {
	case !cannotMakeLog(err):
		return options, nil // whatever else is wrong is found by who reads
	case noLog(path):
		return options + "&mode=ro&immutable=1", nil
	}
	return "", fmt.Errorf("%s: what was written last is in %s-wal beside it, which cannot be read where no file can be made: "+
		"copy both to where you may write: %w", path, path, err)
}
