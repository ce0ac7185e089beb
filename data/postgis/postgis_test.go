package postgis_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"tungnha/coverage/live"
	"tungnha/data/postgis"
	"tungnha/data/storetest"
	server "tungnha/scripts/postgis"
)

var _ live.Source = (*postgis.Store)(nil)

func TestMain(m *testing.M) {
	status := m.Run()
	for _, end := range slices.Backward(ends) {
		end()
	}
	os.Exit(status)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		url := newURL(t)
		store := open(t, url)
		wantPlaced(t, url)
		wantDigested(t, url)
		return store
	})
}

func TestQueuedForSkills(t *testing.T) {
	url := newURL(t)
	older, newer := open(t, url), open(t, url)
	defer older.Close()
	defer newer.Close()
	storetest.QueuedForSkills(t, older, newer)
}

// wantPlaced checks that at the end of a test every household is kept under the commune
// that its hamlet is in, by the hamlet's latest version, and every visit with its household.
func wantPlaced(t testing.TB, url string) {
	t.Helper()
	db := connect(t, url)
	t.Cleanup(func() {
		var households, visits int
		err := db.QueryRow(context.Background(), `
			SELECT (SELECT count(*) FROM households h WHERE commune_code <> coalesce((SELECT parent FROM areas a
			          WHERE a.code = h.hamlet_code AND level = 'hamlet' ORDER BY valid_from DESC NULLS LAST LIMIT 1), '')),
			       (SELECT count(*) FROM visits LEFT JOIN households h USING (commune_code, household_id) WHERE h.household_id IS NULL)`).Scan(&households, &visits)
		if err != nil || households+visits > 0 {
			t.Errorf("%d households are kept under another commune than their hamlet's, %d visits apart from their households, %v", households, visits, err)
		}
	})
}

var (
	ends    []func() // what takes away what the tests made, in reverse order
	schemas atomic.Int64

	// start brings up a server, and database makes an empty database there.
	start = sync.OnceValues(func() (string, error) {
		url, stop, err := server.Start(context.Background())
		if err == nil {
			ends = append(ends, stop)
		}
		return url, err
	})
	database = sync.OnceValues(newDatabase)
)

func newDatabase() (string, error) {
	url, err := start()
	if err != nil {
		return "", err
	}
	url, drop, err := server.Create(context.Background(), url)
	if err == nil {
		ends = append(ends, drop)
	}
	return url, err
}

// newURL is the URL of a store that does not exist yet: a schema of its own.
func newURL(t testing.TB) string {
	t.Helper()
	url, err := database()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s&search_path=store_%d", url, schemas.Add(1))
}

func open(t testing.TB, url string) *postgis.Store {
	t.Helper()
	store, err := postgis.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
