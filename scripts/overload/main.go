// Overload sends a server a thousand requests at once, each of which takes a tenth of a gigabyte, and readers who stop
// reading, while posts and small reads go on: it prints what memory the server took at most, what became of the
// requests, and how long posts and small reads had to wait, before and meanwhile.
//
//	go run ./scripts/overload --db province.gpkg
//
// The database gets a few hundred visits: give it a copy.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tungnha/scripts/procstat"
)

var (
	db      = flag.String("db", "", "database of a province, which gets visits")
	binary  = flag.String("binary", "", "program; empty: built")
	memory  = flag.String("memory", "1536MiB", "that the server may take; empty: no flag")
	flags   = flag.String("flags", "--households show --open-visits", "more flags of the server")
	heavy   = flag.Int("requests", 1000, "large requests at once")
	stalled = flag.Int("stalled", 300, "readers of one export who stop reading, beside them")
	last    = flag.String("to", "2026-11-27", "last day of the windows")
	quiet   = flag.Duration("quiet", 8*time.Second, "how long small reads are measured alone")
	wait    = flag.Duration("wait", time.Minute, "how long the load lasts at most")
)

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	s, err := start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.readIDs(); err != nil {
		return err
	}
	before := s.small(ctx, *quiet)
	fmt.Printf("alone:     %s\n", before)
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid), []byte("5"), 0); err != nil {
		return err
	}
	loaded, end := context.WithTimeout(ctx, *wait)
	var during measured
	var work sync.WaitGroup
	work.Go(func() { during = s.small(loaded, *wait) })
	statuses := s.attack(loaded)
	end()
	work.Wait()
	peak, err := procstat.PeakBytesOf(s.pid)
	if err != nil {
		return err
	}
	fmt.Printf("overload:  %s\n", during)
	fmt.Printf("%d large requests and %d stalled readers: %s\n", *heavy, *stalled, statuses)
	fmt.Printf("small reads at %.2f of their speed; peak of memory %d MiB\n",
		during.reads/before.reads, peak>>20)
	return nil
}

// server is the program under test, a process of its own.
type server struct {
	pid        int
	cmd        *exec.Cmd
	url, addr  string
	households []string
	team       string
	next       atomic.Int64
}

func start(ctx context.Context) (*server, error) {
	if *binary == "" {
		dir, err := os.MkdirTemp("", "tungnha-overload-*")
		if err != nil {
			return nil, err
		}
		*binary = filepath.Join(dir, "tungnha")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", *binary, "./cmd/tungnha").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build: %w: %s", err, out)
		}
	}
	args := append([]string{"serve", "--db", *db, "--addr", "127.0.0.1:0", "--lang", "en"}, strings.Fields(*flags)...)
	if *memory != "" {
		args = append(args, "--memory", *memory)
	}
	s := &server{cmd: exec.CommandContext(ctx, *binary, args...)}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.pid = s.cmd.Process.Pid
	line, err := bufio.NewReader(out).ReadString('\n') // Từng Nhà: http://127.0.0.1:…/
	if err != nil {
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	s.url = strings.TrimSuffix(strings.TrimSpace(line[strings.Index(line, "http"):]), "/")
	s.addr = strings.TrimPrefix(s.url, "http://")
	return s, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// readIDs reads whom visits are posted for.
func (s *server) readIDs() error {
	var page struct {
		Features []struct {
			ID string `json:"id"`
		} `json:"features"`
	}
	if err := s.getJSON("/ogc/collections/households/items?f=json&limit=500", &page); err != nil {
		return err
	}
	for _, f := range page.Features {
		s.households = append(s.households, f.ID)
	}
	var teams struct {
		Rows []struct {
			Key string `json:"key"`
		} `json:"rows"`
	}
	if err := s.getJSON("/api/v1/coverage?by=team", &teams); err != nil {
		return err
	}
	s.team = teams.Rows[0].Key
	return nil
}

func (s *server) getJSON(path string, v any) error {
	res, err := http.Get(s.url + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(v)
}

// measured is what posts and small reads saw.
type measured struct {
	reads float64 // a second
	read  []time.Duration
	posts []time.Duration
	bad   map[string]int // by what it was
}

func (m measured) String() string {
	return fmt.Sprintf("%.0f small reads/s, p50 %s p99 %s; %d posts, p50 %s p99 %s max %s; others %v", m.reads,
		at(m.read, 50), at(m.read, 99), len(m.posts), at(m.posts, 50), at(m.posts, 99), at(m.posts, 100), m.bad)
}

func at(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)*percent/100].Round(10 * time.Microsecond)
}

// small posts ten times a second and reads small answers on four connections until the time is over.
func (s *server) small(ctx context.Context, long time.Duration) measured {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	began := time.Now()
	m := measured{bad: map[string]int{}}
	var mu sync.Mutex
	var work sync.WaitGroup
	for reader := range 4 {
		work.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			for n := 0; ctx.Err() == nil; n++ {
				// Communes of a window that changes, as a map's table shows them, and what follows from it.
				path := fmt.Sprintf("/api/v1/coverage?by=area&level=commune&from=2026-%02d-%02d&to=%s",
					1+(n/28+reader)%9, 1+n%28, *last)
				took, status, err := fetch(ctx, client, s.url+path)
				mu.Lock()
				switch {
				case ctx.Err() != nil:
				case err != nil:
					m.bad[err.Error()]++
				case status != http.StatusOK:
					m.bad[fmt.Sprint("read ", status)]++
				default:
					m.read = append(m.read, took)
				}
				mu.Unlock()
			}
		})
	}
	work.Go(func() {
		for ctx.Err() == nil {
			took, err := s.post(ctx)
			mu.Lock()
			if err != nil && ctx.Err() == nil {
				m.bad[err.Error()]++
			} else if err == nil {
				m.posts = append(m.posts, took)
			}
			mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	work.Wait()
	m.reads = float64(len(m.read)) / time.Since(began).Seconds()
	return m
}

func fetch(ctx context.Context, client *http.Client, url string) (time.Duration, int, error) {
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return time.Since(began), res.StatusCode, err
}

// post sends one visit.
func (s *server) post(ctx context.Context) (time.Duration, error) {
	n := s.next.Add(1)
	body, err := json.Marshal([]map[string]string{{"visit_id": fmt.Sprintf("overload-%d-%d", s.pid, n),
		"household_id": s.households[int(n)%len(s.households)], "team_id": s.team, "visited_at": *last,
		"outcome": "absent"}})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/v1/visits", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("post: %s %w", res.Status, err)
	}
	return time.Since(began), nil
}

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

// attack sends the large requests and the stalled readers all at once, and waits for the answers.
func (s *server) attack(ctx context.Context) *tally {
	t := &tally{of: map[string]int{}}
	client := &http.Client{Transport: &http.Transport{}}
	var work sync.WaitGroup
	for n := range *heavy {
		work.Go(func() {
			path := fmt.Sprintf("/api/v1/coverage?by=cell&resolution=11&from=2025-%02d-%02d&to=%s",
				1+n/28%12, 1+n%28, *last)
			if n%4 == 0 {
				path = strings.Replace(path, "coverage?by=cell&", "hotspots?limit=100&", 1)
			}
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
		work.Go(func() { t.add(s.stall(ctx)) })
	}
	work.Wait()
	return t
}

// stall reads the beginning of an export and then nothing until the connection is cut.
func (s *server) stall(ctx context.Context) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return "no connection"
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	fmt.Fprintf(conn, "GET /api/v1/exports/cells.geojson?resolution=11&to=%s HTTP/1.1\r\nHost: %s\r\n\r\n", *last, s.addr)
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	r := bufio.NewReaderSize(conn, 4096)
	line, err := r.ReadString('\n')
	if err != nil {
		return "stalled, no answer"
	}
	if !strings.Contains(line, " 200 ") {
		return "stalled, " + strings.TrimSpace(strings.TrimPrefix(line, "HTTP/1.1"))
	}
	// A connection that is reset can be written to no more.
	for ctx.Err() == nil {
		if _, err := conn.Write([]byte("\r\n")); err != nil {
			return "stalled, cut"
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return "stalled, never cut"
}
