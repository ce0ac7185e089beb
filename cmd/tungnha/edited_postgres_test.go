package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"tungnha/internal/await"
)

// Somebody edits households with psql beside running servers: each counts what is there, says that it was edited, in
// both languages, and goes on. The next start, and every command that reads the records, refuses them until they are
// accepted, and the servers notice that as well.
func TestEditedInPostgres(t *testing.T) {
	database := sampleDatabase(t, "")
	servers := []*process{serve(t, t.TempDir(), "serve", "--households", "show", "--open-visits", "--db", database),
		serve(t, t.TempDir(), "serve", "--households", "show", "--db", database)}
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	if a := servers[0].post(t, visits("before", 10, households, team)); a.status != 200 {
		t.Fatalf("a post: %d %s", a.status, a.body)
	}
	wait := func(what string, is func(*process) bool) {
		t.Helper()
		for _, server := range servers {
			await.Until(t, func() bool { return is(server) }, "a server does not notice that the records are %s", what)
		}
	}
	type state struct {
		Altered   *string `json:"altered"`
		AlteredVI *string `json:"altered_vi"`
	}
	edited := func(server *process) bool {
		var s state
		if err := json.Unmarshal([]byte(server.get(t, "/api/v1/state").body), &s); err != nil {
			t.Fatal(err)
		}
		ready := server.get(t, "/readyz")
		return s.Altered != nil && strings.Contains(*s.Altered, "households (") &&
			strings.Contains(*s.AlteredVI, "không còn đúng như chương trình này ghi lần cuối: hộ (đã ghi") &&
			ready.status == http.StatusOK && strings.Contains(ready.body, "altered: another program") &&
			strings.Contains(server.get(t, "/metrics").body, "tungnha_source_altered 1")
	}
	if edited(servers[0]) || edited(servers[1]) {
		t.Fatal("edited before anybody has")
	}
	execute(t, database, `UPDATE tungnha.households SET removed_on = '2026-01-02' WHERE household_id = $1`, households[0])
	wait("edited", edited)
	if a := servers[0].post(t, visits("after", 10, households, team)); a.status != 200 {
		t.Errorf("a post after the edit: %d %s", a.status, a.body)
	}

	dir := t.TempDir()
	for _, command := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"coverage"}} {
		r := tungnha(t, dir, append(command, "--db", database)...)
		if r.status != exitFailed || !strings.Contains(r.stderr, "not those that this program wrote last") {
			t.Errorf("%v: status %d, %s", command, r.status, r.stderr)
		}
	}
	r := tungnha(t, dir, "coverage", "--lang", "vi", "--db", database)
	if !strings.Contains(r.stderr, "không còn đúng như chương trình này ghi lần cuối: hộ (đã ghi ") {
		t.Errorf("in Vietnamese: %s", r.stderr)
	}
	r = tungnha(t, dir, "check", "--lang", "vi", "--db", database)
	if r.status != exitFailed || !strings.Contains(r.stdout, "đã sửa các bản ghi") ||
		!strings.Contains(r.stdout, "  hộ (đã ghi ") {
		t.Errorf("check: status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	r = tungnha(t, dir, "check", "--accept", "--db", database)
	if r.status != exitDone {
		t.Errorf("check --accept: status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	for _, command := range []string{"check", "coverage"} {
		if r := tungnha(t, dir, command, "--db", database); r.status != exitDone {
			t.Errorf("%s: status %d, %s%s", command, r.status, r.stdout, r.stderr)
		}
	}
	wait("accepted", func(server *process) bool { return !edited(server) })
	wantSame(t, database, servers...)
	for _, server := range servers {
		server.stop(t, syscall.SIGTERM)
	}
}
