package api

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/transfer"
	"tungnha/coverage/export"
	"tungnha/internal/limit"
)

// jobEnded requests a job until it has ended.
func jobEnded(t *testing.T, s *Server, at string) (one transfer.JobStatus) {
	t.Helper()
	wait(t, at+" has ended", func() bool {
		one = read[transfer.JobStatus](t, get(s, at), 200)
		return one.Status == "done" || one.Status == "failed"
	})
	return one
}

// A job makes the very file that the stream would have been, and gives it out in ranges.
func TestJob(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	defer s.jobs.Close()
	for _, format := range export.Formats {
		url := "/api/v1/exports/households." + string(format)
		res := get(s, url, "Prefer", "return=minimal, respond-async; wait=5")
		one := read[transfer.JobStatus](t, res, http.StatusAccepted)
		at := res.Header.Get("Location")
		if at != "/api/v1/jobs/"+one.ID || res.Header.Get("Preference-Applied") != "respond-async" {
			t.Fatalf("%s: header %v", url, res.Header)
		}
		one = jobEnded(t, s, at)
		if one.Status != "done" || one.Rows == 0 || one.Rows > int64(one.AtMost) || one.Expires == nil {
			t.Fatalf("%s: %+v", url, one)
		}
		whole := get(s, *one.Result)
		body, err := io.ReadAll(whole.Body)
		if err != nil || whole.StatusCode != 200 || int64(len(body)) != one.Bytes {
			t.Fatalf("%s: status %d, %d bytes of %d, error %v", url, whole.StatusCode, len(body), one.Bytes, err)
		}
		if streamed, _ := io.ReadAll(get(s, url).Body); !bytes.Equal(body, streamed) {
			t.Errorf("%s: %d bytes apart, %d in the stream, or others", url, len(body), len(streamed))
		}
		tag := whole.Header.Get("ETag")
		half := fmt.Sprintf("bytes=%d-", len(body)/2)
		rest := get(s, *one.Result, "Range", half, "If-Range", tag, "Accept-Encoding", "gzip")
		tail, _ := io.ReadAll(rest.Body)
		if rest.StatusCode != http.StatusPartialContent || !bytes.Equal(tail, body[len(body)/2:]) {
			t.Errorf("%s: %s: status %d, %d bytes", url, half, rest.StatusCode, len(tail))
		}
		if other := get(s, *one.Result, "Range", half, "If-Range", `"another"`); other.StatusCode != 200 {
			t.Errorf("%s: the range of another file: status %d, want the whole", url, other.StatusCode)
		}
		beyond := get(s, *one.Result, "Range", fmt.Sprintf("bytes=%d-", len(body)+1))
		if p := read[huma.ErrorModel](t, beyond, http.StatusRequestedRangeNotSatisfiable); len(p.Errors) != 1 ||
			p.Errors[0].Location != "header.Range" {
			t.Errorf("%s: beyond the end: %+v", url, p)
		}
		if got, want := beyond.Header.Get("Content-Range"), fmt.Sprintf("bytes */%d", len(body)); got != want {
			t.Errorf("%s: beyond the end: Content-Range %q, want %q", url, got, want)
		}
		if again := get(s, *one.Result, "If-None-Match", tag); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: unchanged: status %d", url, again.StatusCode)
		}
	}
}

// A HEAD starts nothing, a fault is answered at once, and others do not see the job.
func TestJobRefuses(t *testing.T) {
	s := newTestServer(t, nil)
	defer s.jobs.Close()
	if res := do(s, httptest.NewRequest(http.MethodHead, "/api/v1/exports/areas.csv", nil), "Prefer",
		"respond-async"); res.StatusCode != 200 || kept(s.jobs) > 0 {
		t.Errorf("HEAD: status %d, %d jobs", res.StatusCode, kept(s.jobs))
	}
	if res := get(s, "/api/v1/exports/households.csv", "Prefer", "respond-async"); res.StatusCode != 403 {
		t.Errorf("households: status %d", res.StatusCode)
	}
	if res := get(s, "/api/v1/jobs/none"); res.StatusCode != 404 {
		t.Errorf("no such job: status %d", res.StatusCode)
	}
	at := get(s, "/api/v1/exports/areas.csv", "Prefer", "respond-async").Header.Get("Location")
	jobEnded(t, s, at)
	s.config.Households = true
	if res := get(s, at); res.StatusCode != 404 {
		t.Errorf("the job of a viewer with other rights: status %d", res.StatusCode)
	}
	s.config.Households = false
	if res := do(s, httptest.NewRequest(http.MethodDelete, at, nil)); res.StatusCode != 204 {
		t.Errorf("delete: status %d", res.StatusCode)
	}
	if res := get(s, at+"/file"); res.StatusCode != 404 {
		t.Errorf("the file of a dropped job: status %d", res.StatusCode)
	}
}

// TestJobsTakeTurns: one client has as many jobs under way as one may have. The one job of another is made second, not
// behind them all.
func TestJobsTakeTurns(t *testing.T) {
	s := newTestServer(t, nil)
	s.jobs.Close()
	limits := transfer.DefaultJobLimits
	limits.Running = 1
	s.jobs = transfer.NewJobs(limits, slog.New(slog.DiscardHandler))
	defer s.jobs.Close()
	var err error
	if s.handler, err = s.routes(); err != nil {
		t.Fatal(err)
	}
	slots := s.jobs.RunSlots
	if err := slots.Acquire(t.Context(), "nobody"); err != nil {
		t.Fatal(err)
	}
	waiting := 0
	start := func(address string, status int) string {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/exports/areas.csv", nil)
		r.RemoteAddr = address
		res := do(s, r, "Prefer", "respond-async")
		if res.StatusCode != status {
			t.Fatalf("%s: status %d, want %d", address, res.StatusCode, status)
		}
		if status == http.StatusAccepted {
			waiting++
			wait(t, "the job waits for its turn", func() bool { return slots.Waiting() == waiting })
		}
		return res.Header.Get("Location")
	}
	const greedy, other = "203.0.113.7:1024", "198.51.100.9:1024"
	jobs := make([]string, limits.Client)
	for i := range jobs {
		jobs[i] = start(greedy, http.StatusAccepted)
	}
	start(greedy, http.StatusServiceUnavailable)
	one := start(other, http.StatusAccepted)
	turn := make(chan error)
	go func() { turn <- slots.Acquire(t.Context(), "behind the other") }()
	wait(t, "the test waits for its turn", func() bool { return slots.Waiting() == waiting+1 })
	slots.Release()
	if err := <-turn; err != nil {
		t.Fatal(err)
	}
	done := 0 // no job runs now
	for _, at := range jobs {
		if read[transfer.JobStatus](t, get(s, at), 200).Status == "done" {
			done++
		}
	}
	if status := read[transfer.JobStatus](t, get(s, one), 200).Status; status != "done" || done != 1 {
		t.Errorf("after two jobs that of the other client is %s, and of the %d others %d are done", status, len(jobs), done)
	}
	slots.Release()
}

func kept(j *transfer.Jobs) int { n, _ := j.Usage(); return n }

func bytesOf(j *transfer.Jobs) int64 { _, n := j.Usage(); return n }

// Jobs are bounded in number, in bytes and in age, and leave no file behind.
func TestJobLimits(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	s := newTestServer(t, showHouseholds)
	start := func() (string, int) {
		res := get(s, "/api/v1/exports/areas.csv", "Prefer", "respond-async")
		return res.Header.Get("Location"), res.StatusCode
	}
	take := func(slots *limit.Fair) {
		if err := slots.Acquire(t.Context(), "nobody"); err != nil {
			t.Fatal(err)
		}
	}
	limited := func(limits transfer.JobLimits) {
		s.jobs.Close()
		s.jobs = transfer.NewJobs(limits, slog.New(slog.DiscardHandler))
		var err error
		if s.handler, err = s.routes(); err != nil {
			t.Fatal(err)
		}
	}

	limited(transfer.JobLimits{Jobs: 2, Running: 1, Bytes: 1 << 30, Age: time.Hour})
	take(s.jobs.RunSlots) // none runs
	first, _ := start()
	start()
	if res := get(s, first+"/file"); res.StatusCode != http.StatusConflict {
		t.Errorf("a file before its time: status %d", res.StatusCode)
	}
	if _, status := start(); status != http.StatusServiceUnavailable {
		t.Errorf("a third job of two: status %d", status)
	}
	s.jobs.RunSlots.Release()
	jobEnded(t, s, first)
	if _, status := start(); status != http.StatusAccepted {
		t.Errorf("where one has ended: status %d", status)
	}
	if res := get(s, first); res.StatusCode != 404 {
		t.Errorf("the job that made room: status %d", res.StatusCode)
	}

	limited(transfer.JobLimits{Jobs: 9, Running: 1, Bytes: 100, Age: time.Hour})
	large, _ := start()
	if one := jobEnded(t, s, large); one.Status != "failed" || !strings.Contains(*one.Reason, "large") ||
		bytesOf(s.jobs) != 0 {
		t.Errorf("more bytes than may be: %+v, %d bytes held", one, bytesOf(s.jobs))
	}

	// What is made in a temporary file is made so many times at once, by a job or not.
	limited(transfer.JobLimits{Sending: 1, Wait: time.Millisecond})
	for _, url := range []string{"/api/v1/exports/areas.xlsx", "/api/v1/exports/areas.gpkg",
		"/api/v1/exports/areas.pmtiles"} {
		turns := s.jobs.SendSlots
		if strings.HasSuffix(url, archiveFormat) {
			turns = limit.NewFair(1)
			s.jobs.RunSlots = turns
		}
		take(turns)
		res := get(s, url)
		if p := read[huma.ErrorModel](t, res, 503); res.Header.Get("Content-Disposition") != "" ||
			res.Header.Get("Retry-After") == "" {
			t.Errorf("%s without a turn: %v, %v", url, p, res.Header)
		}
		turns.Release()
		if res := get(s, url); res.StatusCode != 200 || res.Header.Get("Content-Disposition") == "" {
			t.Errorf("%s in its turn: status %d", url, res.StatusCode)
		}
	}

	limited(transfer.JobLimits{Jobs: 9, Running: 1, Bytes: 1 << 30, Age: 50 * time.Millisecond})
	brief, _ := start()
	wait(t, "a finished file has gone", func() bool { return get(s, brief).StatusCode == 404 })
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 || bytesOf(s.jobs) != 0 {
		t.Errorf("left behind: %v, %d bytes, %v", left, bytesOf(s.jobs), err)
	}
}
