package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tungnha/data"
	"tungnha/data/sqlite"
)

// served is what a server makes of a file: every record, the skills and what is known of the data, as text.
func served(ctx context.Context, path string) (text string, err error) {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return "", err
	}
	defer store.Close()
	var b strings.Builder
	_, err = store.Read(ctx, data.RecordHandler{
		Area:      func(a *data.Area) error { fmt.Fprintln(&b, *a); return nil },
		Team:      func(t *data.Team) error { fmt.Fprintln(&b, *t); return nil },
		Household: func(h *data.Household) error { fmt.Fprintln(&b, *h); return nil },
		Visit:     func(v *data.Visit) error { fmt.Fprintln(&b, *v); return nil },
	})
	var altered *data.AlteredError
	if err != nil && !errors.As(err, &altered) {
		return "", err
	}
	meta, unread := store.Meta(ctx)
	if unread != nil {
		return "", unread
	}
	fmt.Fprintln(&b, store.Skills(), meta)
	return b.String(), err
}

// Single bytes of a file are changed, one at a time, at places drawn from a seed: all over the file, and inside values
// that SQLite has no way to check. Each is noticed when the file is opened and read, or changes nothing that is served.
func TestSingleDamages(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	path := filepath.Join(dir, "store.gpkg")
	store := open(t, path)
	const households, teams = 300, 3
	loadTeams(t, ctx, store, teams)
	loadHouseholds(t, ctx, store, households, teams)
	loadVisits(t, ctx, store, households, teams)
	must(t, store.SetMeta(ctx, map[string]string{"name": "Chương trình mẫu"}))
	must(t, store.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	want, err := served(ctx, path)
	must(t, err)

	tries := 300
	if testing.Short() {
		tries = 60
	}
	rng := rand.New(rand.NewPCG(13, 8))
	var used []int // bytes of pages that are used, mostly: no run of zeros around them
	for i := 16; i < len(whole)-16; i++ {
		if whole[i-1] != 0 || whole[i] != 0 || whole[i+1] != 0 {
			used = append(used, i)
		}
	}
	damaged := filepath.Join(dir, "damaged.gpkg")
	var noticed, byDigest, harmless int
	for range tries {
		at, with := used[rng.IntN(len(used))], byte(1)<<rng.IntN(8)
		b := append([]byte(nil), whole...)
		b[at] ^= with
		for _, suffix := range []string{"-wal", "-shm", "-journal"} {
			must(t, errors.Join(os.RemoveAll(damaged+suffix)))
		}
		must(t, os.WriteFile(damaged, b, 0o600))
		got, err := served(ctx, damaged)
		switch {
		case errors.As(err, new(*data.AlteredError)):
			noticed++
			if got != want {
				byDigest++
			}
		case err != nil:
			noticed++
		case got == want:
			harmless++
		default:
			t.Errorf("byte %d ^ %#x is served and not noticed", at, with)
		}
	}
	t.Logf("%d single damages: %d noticed, %d of them by the digest alone, %d change nothing that is served",
		tries, noticed, byDigest, harmless)
	if byDigest == 0 {
		t.Error("none needed the digest: the test shows nothing")
	}
}
