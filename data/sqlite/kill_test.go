package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/data/sqlite/postqueue"
)

// The tests here run this test binary again as a child and kill it with SIGKILL, as a power
// cut would, while it writes.

const (
	childTask = "TUNGNHA_TEST_CHILD" // what the child does
	childPath = "TUNGNHA_TEST_PATH"
	childBase = 20_000 // households that are there before
	childBulk = 60_000 // households and visits that an import adds
)

func TestMain(m *testing.M) {
	switch os.Getenv(childTask) {
	case "":
		os.Exit(m.Run())
	case "import":
		exit(childImport(context.Background(), os.Getenv(childPath)))
	case "post":
		exit(childPost(context.Background(), os.Getenv(childPath)))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// childImport adds households and visits in one transaction, and reports how far it is.
func childImport(ctx context.Context, path string) error {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	tx, err := store.Begin(ctx)
	if err != nil {
		return err
	}
	const step = 5000
	for from := childBase; from < childBase+childBulk; from += step {
		if _, err := tx.PutHouseholds(ctx, someHouseholds(from, from+step)); err != nil {
			return err
		}
		if _, err := tx.PutVisits(ctx, someVisits(from, from+step)); err != nil {
			return err
		}
		fmt.Println("put", from+step)
	}
	fmt.Println("commit")
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	fmt.Println("committed")
	select {} // until killed, with the log not folded into the file
}

// childPost posts visits without end, and reports of each when it is acknowledged.
func childPost(ctx context.Context, path string) error {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		v := data.Visit{ID: fmt.Sprintf("post-%d", i), HouseholdID: fmt.Sprintf("H%d", i%childBase), TeamID: "T1",
			At: time.Date(2025, 1, 1, 0, 0, i, 0, time.UTC), Outcome: data.Completed, Assessed: 0b11, Shown: 0b10}
		posted, err := store.PostVisits(ctx, []data.Visit{v})
		if err != nil {
			return err
		}
		if posted.Results[0].Change != data.Created {
			return fmt.Errorf("visit %s: %+v", v.ID, posted.Results[0])
		}
		fmt.Println("ack", v.ID)
	}
}

func someHouseholds(from, to int) (list []data.Household) {
	for i := from; i < to; i++ {
		list = append(list, data.Household{ID: fmt.Sprintf("H%d", i), Point: orb.Point{108 + float64(i%997)/1000, 16},
			HamletCode: "0101"})
	}
	return list
}

func someVisits(from, to int) (list []data.Visit) {
	for i := from; i < to; i++ {
		list = append(list, data.Visit{ID: fmt.Sprintf("V%d", i), HouseholdID: fmt.Sprintf("H%d", i), TeamID: "T1",
			At: time.Date(2025, 1, 1, 0, 0, i, 0, time.UTC), Outcome: data.Absent})
	}
	return list
}

// baseStore makes a store with a team, a hamlet and childBase households and visits.
func baseStore(t *testing.T) (path string, revision int64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store.gpkg")
	store := open(t, path)
	ctx := t.Context()
	inTx(t, ctx, store, func(tx data.Tx) {
		_, err := tx.PutAreas(ctx, []data.Area{{Code: "20194", Level: data.Commune},
			{Code: "0101", Level: data.Hamlet, Parent: "20194"}})
		must(t, err)
		_, err = tx.PutTeams(ctx, []data.Team{{ID: "T1", CommuneCode: "20194", HamletCodes: []string{"0101"}}})
		must(t, err)
		_, err = tx.PutHouseholds(ctx, someHouseholds(0, childBase))
		must(t, err)
		_, err = tx.PutVisits(ctx, someVisits(0, childBase))
		must(t, err)
	})
	revision, err := store.Revision(ctx)
	must(t, err)
	must(t, store.Close())
	return path, revision
}

// killAfter starts a child and kills it once a line satisfies enough, after a delay. It
// returns the lines that the child wrote.
func killAfter(t *testing.T, task, path string, delay time.Duration, enough func(line string, n int) bool) []string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childTask+"="+task, childPath+"="+path)
	var trouble strings.Builder
	child.Stderr = &trouble
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	var lines []string
	killed := false
	scanner := bufio.NewScanner(out)
	for scanner.Scan() { // also what was on its way when the child died
		lines = append(lines, scanner.Text())
		if !killed && enough(scanner.Text(), len(lines)) {
			killed = true
			time.Sleep(delay)
			must(t, child.Process.Kill())
		}
	}
	err = child.Wait()
	status, _ := child.ProcessState.Sys().(syscall.WaitStatus)
	if !killed || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("child %s: %v, want it killed: %s", task, err, trouble.String())
	}
	return lines
}

// checkFile fails where SQLite finds the file damaged or a reference broken.
func checkFile(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	must(t, err)
	defer db.Close()
	var integrity string
	must(t, db.QueryRow(`PRAGMA integrity_check`).Scan(&integrity))
	if integrity != "ok" {
		t.Errorf("integrity_check: %s", integrity)
	}
	rows, err := db.Query(`PRAGMA foreign_key_check`)
	must(t, err)
	defer rows.Close()
	if rows.Next() {
		t.Error("foreign_key_check found a broken reference")
	}
	must(t, rows.Err())
}

func TestKilledDuringImport(t *testing.T) {
	last := fmt.Sprintf("put %d", childBase+childBulk)
	for _, c := range []struct {
		when  string
		after string // the line after which the child is killed
		delay time.Duration
		whole string // "no", "yes", "either"
	}{
		{"at its beginning", "put 25000", 0, "no"},
		{"in its middle", "put 50000", 3 * time.Millisecond, "no"},
		{"at its end", last, 0, "either"},
		{"as it commits", "commit", 0, "either"},
		{"while it commits", "commit", 2 * time.Millisecond, "either"},
		{"a little later", "commit", 15 * time.Millisecond, "either"},
		{"when it has committed", "committed", 0, "yes"},
	} {
		t.Run(c.when, func(t *testing.T) {
			path, before := baseStore(t)
			lines := killAfter(t, "import", path, c.delay, func(line string, _ int) bool { return line == c.after })
			if lines[len(lines)-1] == "committed" {
				c.whole = "yes"
			}
			store := open(t, path)
			defer store.Close()
			var households, visits int
			revision, err := store.Read(t.Context(), data.RecordHandler{
				Household: func(*data.Household) error { households++; return nil },
				Visit:     func(*data.Visit) error { visits++; return nil },
			})
			must(t, err)
			none := households == childBase && visits == childBase && revision == before
			all := households == childBase+childBulk && visits == childBase+childBulk && revision == before+1
			if !(none && c.whole != "yes" || all && c.whole != "no") {
				t.Errorf("%d households, %d visits, revision %d (before: %d, %d, %d); import there: want %s",
					households, visits, revision, childBase, childBase, before, c.whole)
			}
			checkFile(t, path)
			// The import can be done again, and completes what is missing.
			inTx(t, t.Context(), store, func(tx data.Tx) {
				results, err := tx.PutHouseholds(t.Context(), someHouseholds(childBase, childBase+childBulk))
				must(t, err)
				want := data.Created
				if all {
					want = data.Unchanged
				}
				for _, e := range results {
					if e.Change != want {
						t.Fatalf("import again: %+v, want change %d", e, want)
					}
				}
			})
		})
	}
}

func TestKilledUnderPosts(t *testing.T) {
	for _, acks := range []int{1, 37, 400} {
		t.Run(fmt.Sprintf("after %d", acks), func(t *testing.T) {
			path, before := baseStore(t)
			lines := killAfter(t, "post", path, time.Millisecond, func(_ string, n int) bool { return n == acks })
			store := open(t, path)
			defer store.Close()
			there := make(map[string]bool)
			revision, err := store.Read(t.Context(), data.RecordHandler{Visit: func(v *data.Visit) error {
				there[v.ID] = true
				return nil
			}})
			must(t, err)
			for _, line := range lines {
				if id, ok := strings.CutPrefix(line, "ack "); !ok || !there[id] {
					t.Errorf("%q: acknowledged, and lost", line)
				}
			}
			// The one that was on its way may be there or not.
			if extra := len(there) - childBase - len(lines); extra < 0 || extra > 1 {
				t.Errorf("%d visits beyond the %d acknowledged", extra, len(lines))
			}
			if want := before + int64(len(there)-childBase); revision != want {
				t.Errorf("revision %d, want %d: one a post", revision, want)
			}
			checkFile(t, path)
		})
	}
}

// TestKilledUnderQueuedPosts kills a process that posts while another one has the write lock for an import. What was
// acknowledged is there when the import has ended, whichever way, and once, also where a process is killed after the
// visits were written and before they left the queue.
func TestKilledUnderQueuedPosts(t *testing.T) {
	for _, end := range []struct {
		name string
		end  func(data.Tx) error
	}{
		{"the import ends", func(tx data.Tx) error { return tx.Commit(context.Background()) }},
		{"the import fails", data.Tx.Rollback},
	} {
		t.Run(end.name, func(t *testing.T) {
			path, _ := baseStore(t)
			importer := open(t, path)
			tx, err := importer.Begin(t.Context())
			must(t, err)
			_, err = tx.PutVisits(t.Context(), someVisits(0, 10))
			must(t, err)
			lines := killAfter(t, "post", path, time.Millisecond, func(_ string, n int) bool { return n == 15 })
			queue, err := os.ReadFile(path + postqueue.Suffix)
			must(t, err)
			log, err := os.ReadFile(path + postqueue.Suffix + "-wal")
			must(t, err)
			must(t, end.end(tx))
			must(t, importer.Close())

			for _, when := range []string{"first", "after a kill before they left the queue"} {
				store := open(t, path)
				there := make(map[string]int)
				_, err = store.Read(t.Context(), data.RecordHandler{Visit: func(v *data.Visit) error {
					there[v.ID]++
					return nil
				}})
				must(t, err)
				for _, line := range lines {
					if id, ok := strings.CutPrefix(line, "ack "); !ok || there[id] != 1 {
						t.Errorf("%s: %q: acknowledged, and there %d times", when, line, there[id])
					}
				}
				if extra := len(there) - childBase - len(lines); extra < 0 || extra > 1 {
					t.Errorf("%s: %d visits beyond the %d acknowledged", when, extra, len(lines))
				}
				must(t, store.Close())
				checkFile(t, path)
				// The queue as it was before the visits were written.
				must(t, os.WriteFile(path+postqueue.Suffix, queue, 0o644))
				must(t, os.WriteFile(path+postqueue.Suffix+"-wal", log, 0o644))
			}
		})
	}
}
