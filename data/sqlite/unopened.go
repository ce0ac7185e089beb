package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"tungnha/data"
	"tungnha/data/digest"
	"tungnha/data/sqlite/schema"
)

// UnopenedFile is a file that is looked at as it is: nothing is brought up to date.
type UnopenedFile struct{ store Store }

// Unopened returns the file at the path, and connections that only read it.
func Unopened(ctx context.Context, path string) (*UnopenedFile, *sql.DB, error) {
	options, err := toRead(ctx, path, "_busy_timeout=5000&_query_only=1&_cache_size=-65536")
	if err != nil {
		return nil, nil, err
	}
	db := openDB(path, options, guards)
	return &UnopenedFile{Store{path: path, reader: db}}, db, nil
}

// Version returns the version of the file's tables and that which this program makes of them when it opens the file.
func (f *UnopenedFile) Version(ctx context.Context) (version, current int64, err error) {
	version, err = tablesVersion(ctx, f.store.reader)
	return version, newest, err
}

// SchemaProblems lists what is otherwise than in a file that this program makes, or made when the file's version was
// the newest.
func (f *UnopenedFile) SchemaProblems(ctx context.Context) ([]string, error) {
	version, err := tablesVersion(ctx, f.store.reader)
	if err != nil || version == newest {
		return schemaProblems(ctx, f.store.reader, true)
	}
	own, err := schemaOf(version)
	if err != nil {
		return nil, err
	}
	found, err := schema.Read(ctx, f.store.reader)
	return schema.Compare(own, found, true), err
}

// Read is Store.Read of the records of areas, teams, households and visits. There is nothing to compare the records
// with in a file from before there were digests, version 1.
func (f *UnopenedFile) Read(ctx context.Context, handler data.RecordHandler) (int64, error) {
	s := &f.store
	version, err := tablesVersion(ctx, s.reader)
	if err != nil {
		return 0, err
	}
	if version < 3 { // visits had no origin
		s.readVisits = strings.Replace(readVisits, "batch, received_at", "NULL, NULL", 1)
	}
	skills, err := readSkills(ctx, s.reader)
	if err != nil {
		return 0, err
	}
	s.skills.Store(skills)
	if version == 1 {
		return s.read(ctx, handler)
	}
	if s.digestKey, err = digestKey(ctx, s.reader); err != nil {
		return 0, err
	}
	without := false
	if s.digestKey == nil {
		if without, err = digestsWithoutKey(ctx, s.reader); err != nil {
			return 0, err
		}
	}
	switch {
	case without: // there is no key by which they would be the digests of these records
		s.digestKey = make([]byte, digest.KeySize)
	case s.digestKey == nil:
		return 0, errors.New("it has no digests yet: open it once with this program")
	}
	return s.read(ctx, handler)
}
