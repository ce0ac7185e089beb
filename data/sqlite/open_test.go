package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"tungnha/data"
	"tungnha/data/sqlite"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	database := func(name string, statements ...string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite3", path)
		must(t, err)
		defer db.Close()
		for _, s := range statements {
			_, err := db.Exec(s)
			must(t, err)
		}
		return path
	}
	newer := filepath.Join(dir, "newer.gpkg")
	must(t, open(t, newer).Close())
	database("newer.gpkg", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)

	for _, c := range []struct{ name, path, want string }{
		{"a directory", dir, "not a regular file"},
		{"in no directory", filepath.Join(dir, "none", "store.gpkg"), "no such file"},
		{"in a file", filepath.Join(write("file", "x"), "store.gpkg"), "not a directory"},
		{"a text", write("text.gpkg", "household_id,lon,lat\n"), "not a GeoPackage"},
		{"a very short text", write("short.gpkg", "x"), "not a GeoPackage"},
		{"the header of a database and no more", write("cut.gpkg", "SQLite format 3\x00 and no more than that"),
			"not a database"},
		{"another program's database", database("other.db", `CREATE TABLE t (a)`), "not a file of this program"},
		{"another program's GeoPackage", database("other.gpkg", `PRAGMA application_id = 1196444487`, `CREATE TABLE gpkg_contents (a)`), "not a file of this program"},
		{"a newer version's", newer, "newer version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, _ := os.ReadFile(c.path)
			store, err := sqlite.Open(t.Context(), c.path)
			if err == nil {
				store.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("got %q, want the path and %q", err, c.want)
			}
			if after, _ := os.ReadFile(c.path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenPaths(t *testing.T) {
	for _, name := range []string{"plain.gpkg", "with space.gpkg", "100%25.gpkg", "what?mode=memory.gpkg", "a#b.gpkg",
		"Đà Nẵng.gpkg"} {
		path := filepath.Join(t.TempDir(), name)
		must(t, open(t, path).Close())
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.gpkg")
	must(t, os.WriteFile(empty, nil, 0o600))
	must(t, open(t, empty).Close())
}

// TestRestart closes and opens: revision, records, meta and skills are those of before, and
// one file contains them all.
func TestRestart(t *testing.T) {
	path, revision := baseStore(t)
	store := open(t, path)
	ctx := t.Context()
	must(t, store.SetMeta(ctx, map[string]string{"name": "Chương trình mẫu", "sample": "true", "gone": "x"}))
	must(t, store.SetMeta(ctx, map[string]string{"gone": "", "sample": "true"}))
	skills := append(data.Skills{{Key: "new", EN: "new", VI: "mới"}}, data.DefaultSkills...)
	must(t, store.SetSkills(ctx, skills))
	must(t, store.SetSkills(ctx, skills)) // nothing new
	must(t, store.Close())
	for _, suffix := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + suffix); err == nil {
			t.Errorf("%s was left behind", suffix)
		}
	}

	store = open(t, path)
	defer store.Close()
	meta, err := store.Meta(ctx)
	must(t, err)
	if len(meta) != 2 || meta["name"] != "Chương trình mẫu" || meta["sample"] != "true" {
		t.Errorf("meta %v", meta)
	}
	if got := store.Skills(); len(got) != len(skills) || got[0] != skills[0] || got[5] != skills[5] {
		t.Errorf("skills %v, want %v", got, skills)
	}
	got, err := store.Revision(ctx)
	must(t, err)
	if want := revision + 3; got != want { // meta twice, skills once
		t.Errorf("revision %d, want %d", got, want)
	}
}

// TestOpenDuringWrite opens a store that another has open for writing, as a server does that is
// started during an import: it reads at once, and its writes take their turn.
func TestOpenDuringWrite(t *testing.T) {
	path, revision := baseStore(t)
	ctx := t.Context()
	first := open(t, path)
	defer first.Close()
	tx, err := first.Begin(ctx)
	must(t, err)
	_, err = tx.PutHouseholds(ctx, someHouseholds(childBase, childBase+10))
	must(t, err)

	second := open(t, path) // while the writer does not end
	defer second.Close()
	if n, err := second.Revision(ctx); err != nil || n != revision {
		t.Errorf("revision %d, %v, want %d", n, err, revision)
	}
	short, end := context.WithTimeout(ctx, 100*time.Millisecond)
	defer end()
	if _, err := second.Begin(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("begin: got %v, want %v", err, context.DeadlineExceeded)
	}
	posted := make(chan error, 1)
	go func() {
		_, err := second.PostVisits(ctx,
			[]data.Visit{{ID: "P", HouseholdID: "H1", TeamID: "T1", At: benchStart, Outcome: data.Absent}})
		posted <- err
	}()
	must(t, tx.Commit(ctx))
	must(t, <-posted)
	_, err = second.WriteQueued(ctx) // where it had waited too long for its turn
	must(t, err)
	if n, err := first.Revision(ctx); err != nil || n != revision+2 {
		t.Errorf("revision %d, %v, want %d", n, err, revision+2)
	}
}

// TestSkills changes the list: visits keep the skills they have, not the bits.
func TestSkills(t *testing.T) {
	path, _ := baseStore(t)
	store := open(t, path)
	defer store.Close()
	ctx := t.Context()
	v := data.Visit{ID: "V", HouseholdID: "H1", TeamID: "T1", At: benchStart, Outcome: data.Completed,
		Assessed: 0b00101, Shown: 0b00100}
	_, err := store.PostVisits(ctx, []data.Visit{v})
	must(t, err)

	d := data.DefaultSkills
	// no visit ever had the others
	must(t, store.SetSkills(ctx, data.Skills{d[2], d[0], {Key: "mail", EN: "mail", VI: "thư"}}))
	var got data.Visit
	read := func() {
		t.Helper()
		_, err := store.Read(ctx, data.RecordHandler{Visit: func(v *data.Visit) error {
			if v.ID == "V" {
				got = *v
			}
			return nil
		}})
		must(t, err)
	}
	read()
	if got.Assessed != 0b011 || got.Shown != 0b001 {
		t.Errorf("assessed %b, shown %b, want 11 and 1", got.Assessed, got.Shown)
	}
	v.Assessed, v.Shown = got.Assessed, got.Shown
	posted, err := store.PostVisits(ctx,
		[]data.Visit{v, {ID: "W", HouseholdID: "H1", TeamID: "T1", At: benchStart, Outcome: data.Completed,
			Assessed: 0b1000}})
	must(t, err)
	if posted.Results[0].Change != data.Unchanged || posted.Results[1].Change != data.Rejected {
		t.Errorf("results %+v, want the same visit unchanged and a skill beyond the list rejected", posted.Results)
	}

	for _, c := range []struct {
		want string
		list data.Skills
	}{
		{"cannot be left out", data.Skills{d[0]}},
		{"listed twice", data.Skills{d[0], d[2], d[0]}},
		{"no key", data.Skills{d[0], d[2], {}}},
		{"want 1 to 16", nil},
		{"want 1 to 16", make(data.Skills, 17)},
	} {
		if err := store.SetSkills(ctx, c.list); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.list, err, c.want)
		}
	}
	read()
	if got.Assessed != 0b011 {
		t.Errorf("a refused list changed the skills: assessed %b", got.Assessed)
	}
}

// TestSecretStays opens a file twice, and a second file: the first keeps its secret, the other has its own.
func TestSecretStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.gpkg")
	first := open(t, path)
	secret := first.Secret().Text()
	beside := open(t, path)
	if beside.Secret().Text() != secret {
		t.Error("two programs have different secrets of one file")
	}
	must(t, beside.Close())
	must(t, first.Close())
	again := open(t, path)
	defer again.Close()
	if again.Secret().Text() != secret {
		t.Error("the file opened again has another secret")
	}
	other := open(t, filepath.Join(t.TempDir(), "store.gpkg"))
	defer other.Close()
	if other.Secret().Text() == secret {
		t.Error("two files have one secret")
	}
}
