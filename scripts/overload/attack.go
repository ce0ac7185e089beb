package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// tally counts outcomes.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (t *tally) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[what]++
}

func (t *tally) String() string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(t.of)) {
		parts = append(parts, fmt.Sprintf("%d × %s", t.of[what], what))
	}
	return strings.Join(parts, ", ")
}

// neverCut is what becomes of a reader who is too slow and whom the server waits for all the same.
const neverCut = "never cut"

// cutWithin is how long a reader may be too slow.
const cutWithin = 45 * time.Second

// attack sends the large requests and the readers who are slow all at once, and waits for the answers.
func (s *server) attack(ctx context.Context, large int) *tally {
	t := &tally{of: map[string]int{}}
	client := &http.Client{Transport: &http.Transport{}}
	var work sync.WaitGroup
	for n := range large {
		work.Go(func() {
			path := s.newWindow([]string{"/api/v1/hotspots?resolution=11&limit=100",
				"/api/v1/exports/cells.csv?resolution=11", "/api/v1/coverage?by=cell&resolution=11",
				"/ogc/collections/cells/items?resolution=11&limit=1000"}[n%4])
			_, status, err := fetch(ctx, client, s.url+path)
			switch {
			case ctx.Err() != nil:
				t.add("still under way")
			case err != nil:
				t.add("cut")
			default:
				t.add(fmt.Sprint("status ", status))
			}
		})
	}
	for range *stalled {
		work.Go(func() { t.add("stalled, " + s.readSlowly(ctx, 0)) })
	}
	for range *slow {
		work.Go(func() { t.add("slow, " + s.readSlowly(ctx, 3000)) })
	}
	work.Wait()
	return t
}

// readSlowly reads an export at so many bytes a second until the connection is cut.
func (s *server) readSlowly(ctx context.Context, bytes int) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return "no connection"
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	fmt.Fprintf(conn, "GET /api/v1/exports/cells.geojson?resolution=11&to=%s HTTP/1.1\r\nHost: %s\r\n\r\n", s.last, s.addr)
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	r := bufio.NewReaderSize(conn, 4096)
	line, err := r.ReadString('\n')
	if err != nil {
		return "no answer"
	}
	if !strings.Contains(line, " 200 ") {
		return strings.TrimSpace(strings.TrimPrefix(line, "HTTP/1.1"))
	}
	began := time.Now()
	for ctx.Err() == nil {
		if bytes > 0 {
			if _, err := io.CopyN(io.Discard, r, int64(bytes)); err != nil && ctx.Err() == nil {
				return "cut"
			}
		}
		// A connection that is reset can be written to no more.
		if _, err := conn.Write([]byte("\r\n")); err != nil && ctx.Err() == nil {
			return "cut"
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	if time.Since(began) < cutWithin {
		return "still reading"
	}
	return neverCut
}
