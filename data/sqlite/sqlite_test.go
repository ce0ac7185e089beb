package sqlite_test

import (
	"path/filepath"
	"testing"

	"tungnha/coverage/live"
	"tungnha/data/sqlite"
	"tungnha/data/storetest"
)

var _ live.Source = (*sqlite.Store)(nil)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, filepath.Join(t.TempDir(), "store.gpkg")) })
}

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestQueuedForSkills(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.gpkg")
	older, newer := open(t, path), open(t, path)
	defer older.Close()
	defer newer.Close()
	storetest.QueuedForSkills(t, older, newer)
}
