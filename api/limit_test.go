package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tungnha/api/guard"
	"tungnha/internal/limit"
)

// TestMemoryIsBounded: many large requests at once, of windows of their own, under a total in which few fit. Each is
// answered, with what it requested or with status 503, none takes what the lane does not have, and a post is
// acknowledged meanwhile.
func TestMemoryIsBounded(t *testing.T) {
	memory := limit.New(limit.Least)
	memory.Wait = 20 * time.Millisecond
	s := newTestServer(t, func(c *Config) { c.Memory, c.Households = memory, true })
	server := httptest.NewServer(s)
	defer server.Close()
	var mu sync.Mutex
	statuses := map[int]int{}
	var work sync.WaitGroup
	for n := range 120 {
		work.Go(func() {
			path := fmt.Sprintf("/api/v1/coverage?by=cell&resolution=11&from=2025-%02d-%02d", 1+n%12, 1+n/12)
			switch n % 3 {
			case 1:
				path = strings.Replace(path, "coverage?by=cell", "hotspots?", 1)
			case 2:
				path = strings.Replace(path, "coverage?by=cell", "exports/cells.geojson?", 1)
			}
			res, err := http.Get(server.URL + strings.Replace(path, "?&", "?", 1))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
				t.Error("status 503 without Retry-After")
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[res.StatusCode]++
		})
	}
	work.Wait()
	if statuses[200] == 0 || statuses[200]+statuses[503] != 120 {
		t.Errorf("statuses %v", statuses)
	}
	for _, lane := range []limit.Lane{limit.Small, limit.Large, limit.Stream, limit.Draw, limit.Body} {
		if taken, peak, all := memory.Bytes(lane); taken != 0 || peak > all {
			t.Errorf("lane %d: %d bytes are taken, %d were at most, of %d", lane, taken, peak, all)
		}
	}
}

// TestBusy: while the lane of queries is taken, a query is answered with 503 in both languages, and a post as ever.
func TestBusy(t *testing.T) {
	memory := limit.New(limit.Least)
	memory.Wait = time.Millisecond
	s := newTestServer(t, func(c *Config) { c.Memory = memory })
	_, _, all := memory.Bytes(limit.Small)
	lease, err := memory.Take(t.Context(), limit.Small, all)
	if err != nil {
		t.Fatal(err)
	}
	taken := fmt.Sprintf("tungnha_lane_taken_bytes{lane=\"small\"} %v\n", float64(all))
	if metrics := metricsOf(t, s); !strings.Contains(metrics, taken) {
		t.Errorf("the metrics lack %q", taken)
	}
	res := get(s, "/api/v1/coverage?by=area&level=commune")
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" ||
		!strings.Contains(string(body), "urn:tungnha:problem:busy") || !strings.Contains(string(body), "bộ nhớ") {
		t.Errorf("status %d, %v, %s", res.StatusCode, res.Header, body)
	}
	post := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader("[]"))
	if res := do(s, post, "Content-Type", "application/json"); res.StatusCode == http.StatusServiceUnavailable {
		t.Errorf("a post: status %d", res.StatusCode)
	}
	lease.Release()
	for _, want := range []string{`tungnha_lane_refused_total{lane="small"} 1`, `tungnha_lane_waiting{lane="small"} 0`,
		`tungnha_lane_taken_bytes{lane="small"} 0`} {
		if !strings.Contains(metricsOf(t, s), want+"\n") {
			t.Errorf("the metrics lack %q", want)
		}
	}
	if res := get(s, "/api/v1/coverage?by=area&level=commune"); res.StatusCode != http.StatusOK {
		t.Errorf("status %d afterwards", res.StatusCode)
	}
}

// TestBodiesAreBounded: posts of more than all bodies together may take wait for each other, and small ones go on.
func TestBodiesAreBounded(t *testing.T) {
	memory := limit.New(limit.Least)
	memory.Wait = time.Millisecond
	s := newTestServer(t, func(c *Config) { c.Memory = memory })
	for _, lane := range []limit.Lane{limit.LargeBody, limit.Body} {
		_, _, all := memory.Bytes(lane)
		lease, err := memory.Take(t.Context(), lane, all)
		if err != nil {
			t.Fatal(err)
		}
		defer lease.Release()
	}
	for _, c := range []struct {
		size int
		busy bool
	}{{1 << 10, false}, {limit.SmallBodyBytes + 1, true}, {2 << 20, true}} {
		body := "[" + strings.Repeat(" ", c.size) + "]"
		r := httptest.NewRequest(http.MethodPost, "/api/v1/visits", strings.NewReader(body))
		res := do(s, r, "Content-Type", "application/json")
		if busy := res.StatusCode == http.StatusServiceUnavailable; busy != c.busy {
			t.Errorf("%d bytes: status %d", c.size, res.StatusCode)
		}
	}
}

// TestAddressLimits: one address beyond its limit gets 429, its neighbour and the cached tiles do not.
func TestAddressLimits(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Limits = guard.Limits{Rate: 0.001, Burst: 2} })
	from := func(address string) int {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/meta", nil)
		r.RemoteAddr = address
		return do(s, r).StatusCode
	}
	for i, want := range []int{200, 200, 429} {
		if got := from("203.0.113.9:1000"); got != want {
			t.Errorf("request %d: status %d, want %d", i, got, want)
		}
	}
	if got := from("203.0.113.10:1000"); got != 200 {
		t.Errorf("the neighbour: status %d", got)
	}
}
