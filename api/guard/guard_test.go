package guard

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tungnha/internal/limit"
)

// TestClient: X-Forwarded-For counts from trusted proxies alone, from its end up to the first address that is none.
func TestClient(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "2001:db8::1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.9:80", []string{"198.51.100.1"}, "203.0.113.9"}, // not trusted: a client's own claim
		{"10.0.0.1:80", nil, "10.0.0.1"},
		{"10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"1.1.1.1, 198.51.100.1, 10.2.2.2"}, "198.51.100.1"}, // what is before is forged
		{"10.0.0.1:80", []string{"1.1.1.1", "198.51.100.1", "10.2.2.2"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		{"10.0.0.1:80", []string{"198.51.100.1, unknown"}, Unknown.String()},
		{"10.0.0.1:80", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"[2001:db8::1]:80", []string{"[2001:db8:1::2]:80"}, "2001:db8:1::2"},
		{"[2001:db8::1]:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"[::ffff:10.0.0.1]:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{""}, "10.0.0.1"},
		{"@", []string{"198.51.100.1"}, "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, line := range c.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := proxies.Client(r).String(); got != c.want {
			t.Errorf("%s, %q: got %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	if _, err := ParseProxies([]string{"proxy.example.vn"}); err == nil {
		t.Error("a name is taken for an address")
	}
}

// TestClients: what one address may have under way and send, by an injected clock.
func TestClients(t *testing.T) {
	c := NewClients(Limits{Requests: 2, Rate: 1, Burst: 3})
	now := time.Unix(1_000_000, 0)
	a := netip.MustParseAddr("203.0.113.9")
	one, _ := c.Begin(a, now)
	two, _ := c.Begin(a, now)
	if three, after := c.Begin(a, now); one == nil || two == nil || three != nil || after <= 0 {
		t.Error("want two requests at once, and a time after which to try again")
	}
	one()
	one() // once is enough, twice does no harm
	three, _ := c.Begin(a, now)
	if three == nil {
		t.Fatal("a request that ended still counts")
	}
	three()
	if four, _ := c.Begin(a, now); four != nil {
		t.Error("a fourth request of a burst of three")
	}
	if later, _ := c.Begin(a, now.Add(time.Second)); later == nil {
		t.Error("nothing a second later")
	}
	for _, free := range []string{"127.0.0.1", "::1"} {
		for range 10 {
			if end, _ := c.Begin(netip.MustParseAddr(free), now); end == nil {
				t.Errorf("%s is limited", free)
			}
		}
	}
	first, _ := c.Begin(netip.MustParseAddr("2001:db8::1"), now)
	second, _ := c.Begin(netip.MustParseAddr("2001:db8::2"), now)
	third, _ := c.Begin(netip.MustParseAddr("2001:db8::3"), now)
	other, _ := c.Begin(netip.MustParseAddr("2001:db8:0:1::1"), now)
	if first == nil || second == nil || third != nil || other == nil {
		t.Error("want the addresses of one IPv6 network of 64 bits counted together, and no others")
	}
}

// TestClientsAreForgotten: a flood of addresses does not fill the memory.
func TestClientsAreForgotten(t *testing.T) {
	c := NewClients(Limits{Requests: 1, Rate: 1, Burst: 1})
	now := time.Unix(1_000_000, 0)
	a := netip.MustParseAddr("100.64.0.0")
	for range 20 * firstSweep {
		a = a.Next()
		now = now.Add(time.Millisecond)
		if end, _ := c.Begin(a, now); end != nil {
			end()
		}
	}
	if len(c.all) > 2*firstSweep {
		t.Errorf("%d addresses are remembered", len(c.all))
	}
}

// TestHandler: beyond the limits of an address the answer is 429, with both languages and Retry-After.
func TestHandler(t *testing.T) {
	g := &Guard{Memory: limit.New(256 << 20), Clients: NewClients(Limits{Rate: 1, Burst: 1}), Pace: DefaultPace,
		Clock: func() time.Time { return time.Unix(1_000_000, 0) }}
	handler := g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if limit.From(r.Context()) == nil {
			t.Error("the request has no account")
		}
	}))
	for _, want := range []int{200, 429} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "203.0.113.9:80"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("status %d, want %d", w.Code, want)
		}
		if want == 429 && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "quá nhiều")) {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
}

// TestStalledReader: a client that stops reading is cut, and one that reads slowly is not, however long the answer
// takes.
func TestStalledReader(t *testing.T) {
	const size = 64 << 20 // more than the buffers of both ends
	failed := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pace := Pace{Piece: 64 << 10, Timeout: 50 * time.Millisecond}
		_, err := NewWriter(r.Context(), w, nil, pace).Write(make([]byte, size))
		failed <- err
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a client that reads nothing: %v", err)
	}

	patient := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := NewWriter(r.Context(), w, nil, Pace{Piece: 64 << 10, Timeout: time.Minute}).Write(make([]byte, size))
		failed <- err
	}))
	defer patient.Close()
	patient.Config.WriteTimeout = time.Nanosecond // what the writer puts off
	patient.Start()
	res, err := http.Get(patient.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); err != nil || n != size {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := <-failed; err != nil {
		t.Errorf("a client that reads: %v", err)
	}
}

// reader is a client's end of an answer: it accepts so many bytes a second.
type reader struct {
	http.ResponseWriter
	rate     float64
	deadline time.Time
}

func (r *reader) SetWriteDeadline(t time.Time) error { r.deadline = t; return nil }

func (r *reader) Write(b []byte) (int, error) {
	takes := time.Duration(float64(len(b)) / r.rate * float64(time.Second))
	if left := time.Until(r.deadline); takes > left {
		time.Sleep(left)
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(takes)
	return len(b), nil
}

// TestSlowReader: who reads slower than the least rate is cut within minutes however large the answer is, who reads at
// it is not, and the time in which the answer is made is not the client's.
func TestSlowReader(t *testing.T) {
	for _, c := range []struct {
		kB  float64 // a second
		cut time.Duration
	}{{3, 20 * time.Second}, {4, 2 * time.Minute}, {6, 4 * time.Minute}, {8.2, 0}, {1000, 0}} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			client := &reader{ResponseWriter: httptest.NewRecorder(), rate: c.kB * 1024}
			w := NewWriter(t.Context(), client, nil, DefaultPace)
			var err error
			for range 50 {
				if _, err = w.Write(make([]byte, 256<<10)); err != nil {
					break
				}
				if c.cut == 0 {
					time.Sleep(time.Minute) // the next part of the answer is being made
				}
			}
			took := time.Since(began)
			if cut := errors.Is(err, os.ErrDeadlineExceeded); cut != (c.cut > 0) || cut && took > c.cut {
				t.Errorf("%v kB a second: %v after %s", c.kB, err, took)
			}
		})
	}
}

// TestStalledBody: a client that stops sending is cut.
func TestStalledBody(t *testing.T) {
	failed := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, NewBody(w, r.Body, Pace{Timeout: 50 * time.Millisecond}, time.Minute))
		failed <- err
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a client that sends nothing: %v", err)
	}
}
