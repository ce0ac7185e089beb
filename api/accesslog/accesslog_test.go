package accesslog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestQuery: a line has the values of parameters that are no secret, names alone of others that the program has, and
// nothing of what it does not have.
func TestQuery(t *testing.T) {
	long := strings.Repeat("a", maxValue+1)
	for raw, want := range map[string]string{
		"": "", "from=2026-03-01&to=2026-03-31": "from=2026-03-01&to=2026-03-31", "lang": "lang",
		"filter=household_id%3D'H1'&limit=3": "filter=…&limit=3", "cursor=abc": "cursor=…", "token=abc": "…",
		"lang=vi&abc": "lang=vi&…", "lang=" + long: "lang=…", "lang=v\ni": "lang=…", "lang=\u202e": "lang=…", "&": "…&…",
		"LANG=vi": "…", "bbox=108,16,108.0001,16.0001": "bbox=…", "lang=\x7f": "lang=…",
	} {
		if got := queryOf(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
	if got := queryOf(strings.Repeat("&lang=vi", 10_000)); len(got) > maxQuery+100 {
		t.Errorf("%d bytes of a long query", len(got))
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("from=2026-03-01&filter=x")
	f.Add("a=\x1b[2J&\n=\u202e")
	f.Fuzz(func(t *testing.T, raw string) {
		got := strings.ReplaceAll(queryOf(raw), omitted, "")
		invisible := strings.IndexFunc(got, func(r rune) bool { return r <= ' ' || r > '~' })
		if len(got) > maxQuery+maxValue+20 || invisible >= 0 {
			t.Errorf("%q: got %q", raw, got)
		}
	})
}

// TestRefusalsAreBounded: of a flood of refusals a minute has sixty lines of each reason, and the next one their
// number; all are counted.
func TestRefusalsAreBounded(t *testing.T) {
	var out bytes.Buffer
	now, counted := time.Unix(6_000_000, 0), 0
	l := New(Config{Clock: func() time.Time { return now }, Address: Hidden, Counted: func(Refusal) { counted++ }},
		slog.New(slog.NewTextHandler(&out, nil)))
	flood := func(reason Refusal) int {
		out.Reset()
		for range 1000 {
			l.Write(httptest.NewRequest("GET", "/", nil), &Entry{Refusal: reason})
		}
		return strings.Count(out.String(), "\n")
	}
	if n := flood(Busy); n != refusalLines {
		t.Errorf("%d lines in a minute, want %d", n, refusalLines)
	}
	if n := flood(TooLarge); n != refusalLines {
		t.Errorf("%d lines of another reason, want %d", n, refusalLines)
	}
	if n := flood(Busy); n != 0 {
		t.Errorf("%d more lines in the same minute", n)
	}
	now = now.Add(time.Minute)
	if n := flood(Busy); n != refusalLines ||
		!strings.Contains(out.String(), "more=1940") {
		t.Errorf("a minute later: %d lines: %.300s", n, &out)
	}
	if counted != 4000 {
		t.Errorf("%d counted, want 4000", counted)
	}
}

// TestTalliesAreBounded: a flood of addresses does not fill the memory, and no request is lost from the lines.
func TestTalliesAreBounded(t *testing.T) {
	var out bytes.Buffer
	address := netip.MustParseAddr("100.64.0.0")
	l := New(Config{Requests: All, Address: Full, Client: func(*http.Request) netip.Addr { return address }},
		slog.New(slog.NewTextHandler(&out, nil)))
	r := httptest.NewRequest("GET", "/", nil)
	const clients = 3*maxTallies + 10
	for range clients {
		l.Tally(r, &Entry{Viewer: "public", Bytes: 1})
		if address = address.Next(); len(l.tallies) > maxTallies {
			t.Fatalf("%d clients are remembered", len(l.tallies))
		}
	}
	l.Flush()
	if got := strings.Count(out.String(), "\n"); got != clients {
		t.Errorf("%d lines, want %d", got, clients)
	}
}

// gate is a writer that takes nothing until it is opened.
type gate struct {
	open chan struct{}
	mu   sync.Mutex
	got  bytes.Buffer
}

func (g *gate) Write(b []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.Write(b)
}

// TestOutput: while nobody takes the lines, requests go on; their lines are in order, those that have no room are
// dropped and counted, and what is urgent comes after what waits.
func TestOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		o := NewOutput(g)
		dropped := 0
		o.Dropped = func(lines int) { dropped += lines }
		line := strings.Repeat("x", 1023) + "\n"
		const lines = 3 * outputBytes / 1024
		for range lines { // more than there is room for, twice over
			if n, err := io.WriteString(o.Lines(), line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		close(g.open)
		time.Sleep(outputDelay)
		synctest.Wait()
		if n := strings.Count(g.got.String(), "\n"); n+dropped != lines || n != outputBytes/1024 {
			t.Errorf("%d lines were dropped and %d written, of %d", dropped, n, lines)
		}
		g.got.Reset()
		io.WriteString(o.Lines(), "request\n")
		io.WriteString(o, "warning\n")
		if got := g.got.String(); got != "request\nwarning\n" {
			t.Errorf("got %q", got)
		}
		io.WriteString(o.Lines(), "last\n")
		if err := o.Flush(); err != nil || !strings.HasSuffix(g.got.String(), "last\n") {
			t.Errorf("got %q, %v", &g.got, err)
		}
		dropped = 0
		o.to = brokenWriter{}
		io.WriteString(o.Lines(), "x\ny\n")
		if err := o.Flush(); err == nil {
			t.Error("an error of writing is lost")
		}
		o.to = g
		if err := o.Flush(); err != nil || dropped != 2 {
			t.Errorf("of two lines that were not written %d are told: %v", dropped, err)
		}
	})
}

// TestUrgentLines: lines that are not about requests do not wait for who reads them either. They are written without
// delay, and those that were dropped are told also where the next line is one that waits.
func TestUrgentLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		o := NewOutput(g)
		dropped := 0
		o.Dropped = func(lines int) {
			dropped += lines
			io.WriteString(o, "told\n")
		}
		began := time.Now()
		line := strings.Repeat("x", 1023) + "\n"
		const lines = 3 * outputBytes / 1024
		for range lines {
			if n, err := io.WriteString(o.Urgent(), line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		o.Close() // does not wait for ever
		if took := time.Since(began); took != closeWait {
			t.Errorf("took %s", took)
		}
		close(g.open)
		synctest.Wait()
		told := strings.Count(g.got.String(), "told\n")
		if written := strings.Count(g.got.String(), "\n") - told; dropped+written != lines || told == 0 {
			t.Errorf("%d lines were dropped and %d written, of %d; told %d times", dropped, written, lines, told)
		}
		g.got.Reset()
		now := time.Now()
		io.WriteString(o.Urgent(), "warning\n")
		synctest.Wait()
		if got := g.got.String(); got != "warning\n" || time.Now() != now {
			t.Errorf("got %q after %s", got, time.Since(now))
		}
		dropped, o.dropped = 0, 5
		io.WriteString(o, "direct\n")
		time.Sleep(outputDelay)
		synctest.Wait()
		if got := g.got.String(); dropped != 5 || got != "warning\ndirect\ntold\n" {
			t.Errorf("%d dropped lines told: %q", dropped, got)
		}
	})
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func BenchmarkWrite(b *testing.B) {
	o := NewOutput(io.Discard)
	l := New(Config{Requests: All, Clock: time.Now, Log: slog.New(slog.NewJSONHandler(o.Lines(), nil)),
		Client: func(*http.Request) netip.Addr { return netip.MustParseAddr("203.0.113.9") }}, slog.New(slog.DiscardHandler))
	r := httptest.NewRequest("GET", "/tiles/cells/8/204/115.mvt?from=2026-03-01&to=2026-03-31&v=abcdefabcdefabcdef", nil)
	b.ReportAllocs()
	for b.Loop() {
		l.Write(r.WithContext(context.Background()), &Entry{Viewer: "public", Route: "/tiles/{layer}/{z}/{x}/{y}.mvt",
			Status: 200, Bytes: 12345, Took: 123 * time.Microsecond})
	}
}
