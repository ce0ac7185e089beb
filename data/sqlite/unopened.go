package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"tungnha/data"
)

// UnopenedFile is a file that is looked at as it is: nothing is brought up to date.
type UnopenedFile struct{ store Store }

// Unopened returns the file at the path, and connections that only read it.
func Unopened(path string) (*UnopenedFile, *sql.DB) {
	db := openDB(path, "_busy_timeout=5000&_query_only=1&_cache_size=-65536", guards)
	return &UnopenedFile{Store{path: path, reader: db}}, db
}

// SchemaProblems lists what is otherwise than in a file that this program makes.
func (f *UnopenedFile) SchemaProblems(ctx context.Context) ([]string, error) {
	return schemaProblems(ctx, f.store.reader, true)
}

// Read is Store.Read.
func (f *UnopenedFile) Read(ctx context.Context, handler data.RecordHandler) (int64, error) {
	s := &f.store
	skills, err := readSkills(ctx, s.reader)
	if err != nil {
		return 0, err
	}
	s.skills.Store(skills)
	if s.digestKey, err = digestKey(ctx, s.reader); err != nil {
		return 0, err
	}
	if s.digestKey == nil {
		return 0, errors.New("it has no digests yet: open it once with this program")
	}
	return s.read(ctx, handler)
}
