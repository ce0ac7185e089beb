package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tungnha/api/guard"
)

// postFrom posts visits from an address.
func postFrom(s *Server, address, visits string) *http.Response {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(visits))
	r.RemoteAddr = address + ":4711"
	return do(s, r, "Content-Type", "application/json")
}

// TestPostingIsNoOracle posts what tells of the register, or of other people's visits, where it is recorded, and what
// does not: the answers are the same but for the visit_id. A duplicate is what the same address sent before.
func TestPostingIsNoOracle(t *testing.T) {
	s := newTestServer(t, nil)
	record := func(id, household, team, at, outcome string) string {
		return fmt.Sprintf(`{"visit_id":%q,"household_id":%q,"team_id":%q,"visited_at":%q,"outcome":%q}`, id, household,
			team, at, outcome)
	}
	answer := func(address string, visits ...string) []string {
		t.Helper()
		began := time.Now()
		defer func() {
			if took := time.Since(began); took < guard.Tick {
				t.Errorf("answered after %s, when it was found out: want the end of a tick of %s", took, guard.Tick)
			}
		}()
		p := read[visitsPosted](t, postFrom(s, address, "["+strings.Join(visits, ",")+"]"), 200)
		answers := make([]string, len(p.Results))
		for i, result := range p.Results {
			result.VisitID = ""
			text, err := json.Marshal(result)
			if err != nil {
				t.Fatal(err)
			}
			answers[i] = string(text)
		}
		return answers
	}
	const victim, attacker, other = "203.0.113.1", "203.0.113.2", "203.0.113.3"
	secret := record("secret", "H1-001", "T1", "2026-03-20", "refused")
	answer(victim, secret)

	questions := []string{
		record("a1", "H1-002", "T1", "2026-03-20", "absent"),        // recorded
		record("a2", "H9-999", "T1", "2026-03-20", "absent"),        // no such household
		record("a3", "H1-002", "T9", "2026-03-20", "absent"),        // no such team
		record("a4", "H9-999", "T9", "2026-03-20", "absent"),        // neither
		record("a5", "H1-003", "T1", "1999-03-20", "absent"),        // before it was registered
		record("secret", "H1-001", "T1", "2026-03-20", "completed"), // not what the victim sent
		record("secret", "H1-002", "T1", "2026-03-20", "refused"),   // nor that
		secret, // that is it
	}
	for round, want := range []string{`{"visit_id":"","status":"created"}`, `{"visit_id":"","status":"duplicate"}`} {
		for i, got := range answer(attacker, questions...) {
			if got != want {
				t.Errorf("round %d, question %d is answered %s, want %s", round, i, got, want)
			}
		}
	}
	for i, got := range answer(other, questions...) {
		if want := `{"visit_id":"","status":"created"}`; got != want {
			t.Errorf("question %d of another address is answered %s, want %s", i, got, want)
		}
	}

	// All homes of the register, and as many that were made up.
	var known, invented []string
	for hamlet, n := range map[string]int{"H1": householdsH1, "H2": householdsH2, "H3": householdsH3} {
		for i := range n {
			known = append(known, record(fmt.Sprintf("k-%s-%d", hamlet, i), fmt.Sprintf("%s-%03d", hamlet, i), "T1",
				"2026-03-21", "moved"))
			invented = append(invented, record(fmt.Sprintf("i-%s-%d", hamlet, i), fmt.Sprintf("%s-%03d", hamlet, 500+i),
				"T1", "2026-03-21", "moved"))
		}
	}
	a, b := answer(attacker, known...), answer(attacker, invented...)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("home %d: %s, and one that was made up %s", i, a[i], b[i])
		}
	}
	if n := len(s.data.Load().Index().For(s.everybody()).Release().Windows); n == 0 {
		t.Error("the server is none of the public's")
	}
}

// TestSenderLimit: an address that has sent its visits of the day gets 429 until some are free again. Duplicates take
// none of them, and other addresses are not concerned.
func TestSenderLimit(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	s := newTestServer(t, func(c *Config) {
		c.Limits.Visits = 48 // two an hour
		c.Clock = func() time.Time { return now }
	})
	visits := func(from, n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`{"visit_id":"v%d","household_id":"H1-%03d","team_id":"T1","visited_at":"2026-03-30",`+
				`"outcome":"absent"}`, from+i, i)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	want := func(what string, res *http.Response, status int) {
		t.Helper()
		if res.StatusCode != status {
			t.Errorf("%s: status %d, want %d", what, res.StatusCode, status)
		}
	}
	const one, two = "203.0.113.1", "203.0.113.2"
	want("the first", postFrom(s, one, visits(0, 40)), 200)
	want("again", postFrom(s, one, visits(0, 8)), 200) // duplicates
	res := postFrom(s, one, visits(100, 10))
	want("two too many", res, 429)
	if after := res.Header.Get("Retry-After"); after != "3600" {
		t.Errorf("Retry-After %q, want an hour for two visits", after)
	}
	if text := string(body(t, res)); !strings.Contains(text, "sender_limit") || !strings.Contains(text, "lượt thăm") {
		t.Errorf("answer %s", text)
	}
	want("another address", postFrom(s, two, visits(200, 10)), 200)
	now = now.Add(time.Hour)
	want("an hour later", postFrom(s, one, visits(100, 10)), 200)
	want("this machine", postFrom(s, "127.0.0.1", visits(300, 49)), 200)
	metrics := metricsOf(t, s)
	if !strings.Contains(metrics, `tungnha_visits_posted_total{result="limited"} 10`) {
		t.Error("the metrics do not have the visits that were refused")
	}
}
