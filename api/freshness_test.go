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

// unwritable is the patchwork in a store that refuses writes with an error, which a test sets.
type unwritable struct {
	patchwork
	reason atomic.Pointer[error]
}

func (u *unwritable) Writable(context.Context) error {
	if err := u.reason.Load(); err != nil {
		return *err
	}
	return nil
}

func (u *unwritable) Revision(context.Context) (int64, error) { return 1, nil }

func (u *unwritable) PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	return data.Posted{Results: make([]data.PutResult, len(visits)), Revision: 1}, u.Writable(ctx)
}

// TestWritable asks a server whether it takes visits, for each reason not to, and posts one: the probe and the post
// agree, reads are answered, and when the reason is gone it is noticed without a post.
func TestWritable(t *testing.T) {
	post := `[{"visit_id":"p","household_id":"H","team_id":"T","visited_at":"2026-03-30","outcome":"absent"}]`
	for _, c := range []struct {
		name         string
		reason       error
		status       int
		code, en, vi string
		ready        string
	}{
		{"read only", data.ErrReadOnly, 403, "store_read_only", "until its operator changes that", "chỉ được đọc",
			"may only be read"},
		{"full", data.ErrFull, 503, "store_full", "until the operator of this server makes room", "đã đầy", "is full"},
		{"unsound", data.ErrUnsound, 503, "store_unsound", "until its operator mends that", "dời đi", "see its log"},
		{"away", errCut, 503, "store_unavailable", "send the same visits again later", "gửi lại", "tried again by itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				clock := func() time.Time { return now.Add(time.Since(began)) }
				s, err := New(Config{Build: "test", Pages: testPages, OpenVisits: true, Clock: clock,
					Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				source := &unwritable{}
				live, err := live.Open(t.Context(), source, rules.DefaultConfig(), clock)
				if err != nil {
					t.Fatal(err)
				}
				s.Open(live, 0)
				running, stop := context.WithCancel(t.Context())
				var run sync.WaitGroup
				run.Go(func() { _ = live.Run(running) })
				defer run.Wait()
				defer stop()
				send := func() *http.Response {
					return do(s, httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(post)),
						"Content-Type", "application/json")
				}
				check := func(when string, writable bool) {
					t.Helper()
					status, metric := 503, "\ntungnha_writable 0\n"
					if writable {
						status, metric = 200, "\ntungnha_writable 1\n"
					}
					for url, want := range map[string]int{"/readyz": 200, "/readyz?for=reads": 200,
						"/readyz?for=writes": status, "/readyz?for=nothing": 400, "/api/v1/coverage": 200} {
						res := get(s, url)
						text, _ := io.ReadAll(res.Body)
						if res.StatusCode != want {
							t.Errorf("%s: %s: status %d, want %d: %s", when, url, res.StatusCode, want, text)
						}
						if said := strings.Contains(string(text), c.ready); strings.HasPrefix(url, "/readyz") &&
							res.StatusCode != 400 && said == writable {
							t.Errorf("%s: %s: %s", when, url, text)
						}
					}
					if metrics := metricsOf(t, s); !strings.Contains(metrics, metric) {
						t.Errorf("%s: the metrics lack %q", when, metric)
					}
				}
				check("at first", true)
				source.reason.Store(&c.reason)
				time.Sleep(12 * time.Second)
				check("after the probe", false)
				p := read[huma.ErrorModel](t, send(), c.status)
				if p.Type != "urn:tungnha:problem:"+c.code || !strings.Contains(p.Detail, c.en) ||
					len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, c.vi) {
					t.Errorf("got %+v", p)
				}
				check("after a post", false)
				source.reason.Store(nil)
				time.Sleep(4 * time.Second)
				check("mended", true)
				source.reason.Store(&c.reason)
				res := send() // tells it at once
				res.Body.Close()
				check("at once after a post", false)
			})
		})
	}
}

// TestClosedIsNotReady: who takes no visits is not ready for them, and is for reads.
func TestClosedIsNotReady(t *testing.T) {
	s, live := newClosedServer(t, newStore(t), func(c *Config) { c.OpenVisits = false })
	s.Open(live, time.Second)
	for url, want := range map[string]int{"/readyz": 200, "/readyz?for=writes": 503} {
		if res := get(s, url); res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", url, res.StatusCode, want)
		}
	}
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
