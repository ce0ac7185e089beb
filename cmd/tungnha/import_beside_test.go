package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/internal/await"
)

// posted is what became of a batch of visits.
type posted struct {
	Created    int
	Duplicates int
	Errors     int
	Results    []struct {
		Status     string
		Code       string
		RetryAfter int `json:"retry_after"`
	}
}

func (p *process) posts(t testing.TB, body []byte) (b posted) {
	t.Helper()
	a := p.post(t, body)
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// visitsServed polls until a server has as many visits.
func (p *process) visitsServed(t testing.TB, want int) {
	t.Helper()
	var s struct{ Visits int }
	await.Until(t, func() bool {
		if err := json.Unmarshal([]byte(p.get(t, "/api/v1/state").body), &s); err != nil {
			t.Fatal(err)
		}
		return s.Visits == want
	}, "%+v are served, want %d\n%s", &s, want, p.stderr)
}

// TestPostsBesideAnImport has two servers of one file take visits while an import, which does not end before they are
// acknowledged, has the file's write lock. One server is killed then. All that was acknowledged is there once when the
// import has ended, and is served.
func TestPostsBesideAnImport(t *testing.T) {
	dir := imported(t)
	db := filepath.Join(dir, "tungnha.gpkg")
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	before := len(read(t, db).visits)
	args := []string{"serve", "--households", "show", "--open-visits"}
	first, second := serve(t, dir, args...), serve(t, dir, args...)

	importer, err := sqlite.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer importer.Close()
	tx, err := importer.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const brought = "H-brought"
	if _, err := tx.PutHouseholds(t.Context(), []data.Household{{ID: brought}}); err != nil {
		t.Fatal(err)
	}

	a, b := visits("a", 100, households, team), visits("b", 50, households, team)
	if got := first.posts(t, a); got.Created != 100 {
		t.Errorf("to the first server: %+v", got)
	}
	if got := second.posts(t, b); got.Created != 50 {
		t.Errorf("to the second server: %+v", got)
	}
	if got := second.posts(t, a); got.Duplicates != 100 {
		t.Errorf("sent again to the other server: %+v", got)
	}
	new := visits("c", 1, []string{brought}, team)
	if got := second.posts(t, new); got.Errors != 1 || got.Results[0].Code != "unknown_during_import" ||
		got.Results[0].RetryAfter == 0 {
		t.Errorf("of a household that the import brings: %+v, want it sent again", got)
	}
	first.stop(t, syscall.SIGKILL)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	second.visitsServed(t, before+151) // that of the new household was kept for this
	if got := second.posts(t, new); got.Duplicates != 1 {
		t.Errorf("sent again after the import: %+v", got)
	}
	if got := second.posts(t, b); got.Duplicates != 50 {
		t.Errorf("sent again after the import: %+v", got)
	}
	second.stop(t, syscall.SIGTERM)
	if got := read(t, db); len(got.visits) != before+151 {
		t.Errorf("%d visits in the file, want %d", len(got.visits), before+151)
	} else {
		for id, n := range got.visits {
			if n != 1 {
				t.Errorf("%s is there %d times", id, n)
			}
		}
	}
}
