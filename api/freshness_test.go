package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// cuttable is the patchwork behind a connection that a test can cut.
type cuttable struct {
	patchwork
	cut atomic.Bool
}

var errCut = errors.New("dial tcp 192.0.2.1:5432: connection refused")

func (c *cuttable) Revision(context.Context) (int64, error) {
	if c.cut.Load() {
		return 0, errCut
	}
	return 1, nil
}

func (c *cuttable) PostVisits(_ context.Context, visits []data.Visit) (data.Posted, error) {
	if c.cut.Load() {
		return data.Posted{}, errCut
	}
	return data.Posted{Results: make([]data.PutResult, len(visits)), Revision: 1}, nil
}

// TestOutage cuts the database off for a minute. Answers go on and have their age, in
// whichever way they are requested; posts get 503 with Retry-After; and then all is as before.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		clock := func() time.Time { return now.Add(time.Since(began)) }
		s, err := New(Config{Build: "test", Pages: testPages, OpenVisits: true, Clock: clock,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		source := &cuttable{}
		live, err := live.Open(t.Context(), source, rules.DefaultConfig(), clock)
		if err != nil {
			t.Fatal(err)
		}
		s.Open(live, 0)
		running, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { _ = live.Run(running) })

		urls := []string{"/api/v1/coverage?by=area", "/api/v1/meta", "/tiles/cells/6/51/28.mvt", "/tiles/cells.json",
			"/style.json",
			"/api/v1/exports/areas.csv", "/ogc/collections/cells/items"}
		check := func(when string, least, most int) {
			t.Helper()
			for _, url := range urls {
				first := get(s, url)
				for _, res := range []*http.Response{first, get(s, url, "If-None-Match", first.Header.Get("ETag"))} {
					age, err := strconv.Atoi(res.Header.Get("Age"))
					if res.StatusCode >= 400 || most == 0 && res.Header.Get("Age") != "" || most > 0 &&
						(err != nil || age < least || age > most) {
						t.Errorf("%s: %s: status %d, age %q, want %d to %d", when, url, res.StatusCode,
							res.Header.Get("Age"), least, most)
					}
				}
			}
			ready := get(s, "/readyz")
			text, _ := io.ReadAll(ready.Body)
			if ready.StatusCode != 200 || !strings.HasPrefix(string(text), "ready\n") ||
				strings.Contains(string(text), "cannot be read") != (most > 0) {
				t.Errorf("%s: /readyz: status %d %q", when, ready.StatusCode, text)
			}
			metrics := metricsOf(t, s)
			up := "tungnha_source_up 1\n"
			if most > 0 {
				up = "tungnha_source_up 0\n"
			}
			if !strings.Contains(metrics, up) {
				t.Errorf("%s: the metrics lack %q", when, up)
			}
			for line := range strings.Lines(metrics) {
				if text, ok := strings.CutPrefix(line, "tungnha_source_age_seconds "); ok {
					if age, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil ||
						age < float64(least) || age > float64(most+2) {
						t.Errorf("%s: %q, want %d to %d", when, line, least, most+2)
					}
				}
			}
		}
		send := func() *http.Response {
			return do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(
				`[{"visit_id":"p","household_id":"H","team_id":"T","visited_at":"2026-03-30","outcome":"absent"}]`)),
				"Content-Type", "application/json")
		}

		time.Sleep(time.Minute)
		check("before", 0, 0)
		source.cut.Store(true)
		time.Sleep(time.Minute)
		check("after a minute", 58, 62)
		for range 3 { // the first is tried, the others are not
			res := send()
			p := read[huma.ErrorModel](t, res, 503)
			if res.Header.Get("Retry-After") == "" || !strings.Contains(p.Detail, "send the same visits again") ||
				strings.Contains(p.Detail, "192.0.2.1") {
				t.Errorf("Retry-After %q, %q", res.Header.Get("Retry-After"), p.Detail)
			}
			if res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Age") != "" {
				t.Errorf("got %v", res.Header)
			}
		}
		metrics := metricsOf(t, s)
		if want := `tungnha_visits_posted_total{result="unavailable"} 3`; !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
		source.cut.Store(false)
		time.Sleep(10 * time.Second)
		check("with the database back", 0, 0)
		if res := send(); res.StatusCode != 200 {
			t.Errorf("a post with the database back: status %d", res.StatusCode)
		}
		stop()
		run.Wait()
	})
}
