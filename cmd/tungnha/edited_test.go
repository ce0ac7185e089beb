package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"tungnha/internal/await"
)

// Another program deletes visits beside a running server: the server counts what is there, and reports that somebody
// else changed it. The next start, and every command that reads the records, refuses them until they are accepted.
func TestEditedByAnotherProgram(t *testing.T) {
	dir := imported(t)
	server := serve(t, dir, "serve", "--households", "show")
	state := func() (visits int) {
		var s struct {
			Visits int `json:"visits"`
		}
		if err := json.Unmarshal([]byte(server.get(t, "/api/v1/state").body), &s); err != nil {
			t.Fatal(err)
		}
		return s.Visits
	}
	before := state()
	db, err := sql.Open("sqlite3", filepath.Join(dir, "tungnha.gpkg"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`DELETE FROM visit_rows WHERE fid % 3 = 0`); err != nil {
		t.Fatal(err)
	}
	var want int
	if err := db.QueryRow(`SELECT count(*) FROM visit_rows`).Scan(&want); err != nil {
		t.Fatal(err)
	}
	db.Close()
	await.Until(t, func() bool { return state() == want }, "others are served than the %d visits in the file", want)
	await.Until(t, func() bool { // noted after the index is in place
		ready := server.get(t, "/readyz")
		return ready.status == http.StatusOK && strings.Contains(ready.body, "altered: another program")
	}, "readyz does not say that the file is altered")
	if metrics := server.get(t, "/metrics"); !strings.Contains(metrics.body, "tungnha_source_altered 1") {
		t.Error("no metric says that the source is altered")
	}
	server.stop(t, os.Interrupt)
	if before == want {
		t.Error("nothing was deleted: the test shows nothing")
	}

	for _, command := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"coverage"}} {
		r := tungnha(t, dir, command...)
		if r.status != exitFailed || !strings.Contains(r.stderr, "not those that this program wrote last") {
			t.Errorf("%v: status %d, %s", command, r.status, r.stderr)
		}
	}
	r := tungnha(t, dir, "coverage", "--lang", "vi")
	if !strings.Contains(r.stderr, "không còn đúng như chương trình này ghi lần cuối: lượt thăm (đã ghi ") {
		t.Errorf("in Vietnamese: %s", r.stderr)
	}
	r = tungnha(t, dir, "check", "--lang", "vi")
	if r.status != exitFailed || !strings.Contains(r.stdout, "đã sửa các bản ghi") {
		t.Errorf("check: status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	r = tungnha(t, dir, "check", "--accept", "--json")
	if r.status != exitDone || !strings.Contains(r.stdout, `"accepted":true`) {
		t.Errorf("check --accept: status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	if r := tungnha(t, dir, "check"); r.status != exitDone {
		t.Errorf("check: status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	if r := tungnha(t, dir, "coverage"); r.status != exitDone {
		t.Errorf("coverage: status %d, %s", r.status, r.stderr)
	}
}
