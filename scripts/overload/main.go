// Overload attacks a server while posts and small reads go on: first with readers who stop reading or read 3 kB a
// second, then with a thousand requests at once beside them, each of which takes a tenth of a gigabyte. It prints what
// memory the server took at most, what became of the requests, and how long posts and small reads had to wait, before
// and meanwhile, and fails where one of its limits is passed.
//
//	go run ./scripts/overload                       a province of 900,000 homes is made up
//	go run ./scripts/overload --db province.gpkg    which gets a few hundred visits: give it a copy
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"tungnha/scripts/procstat"
)

var (
	db      = flag.String("db", "", "database of a province, which gets visits; empty: one is made up")
	homes   = flag.Int("homes", 900_000, "homes of a province that is made up")
	binary  = flag.String("binary", "", "program; empty: built")
	memory  = flag.String("memory", "1400MiB", "that the server may take, less than --most: an estimate; empty: no flag")
	flags   = flag.String("flags", "--households show --open-visits", "more flags of the server")
	heavy   = flag.Int("requests", 1000, "large requests at once")
	stalled = flag.Int("stalled", 300, "readers of one export who stop reading, beside them")
	slow    = flag.Int("slow", 50, "readers of the same at 3 kB a second")
	quiet   = flag.Duration("quiet", 10*time.Second, "how long small reads are measured alone")
	wait    = flag.Duration("wait", time.Minute, "how long an attack lasts at most")

	leastShare = flag.Float64("least-share", 0.5, "of their speed alone that small reads keep")
	longest    = flag.Duration("longest-post", time.Second, "until a post is acknowledged")
	most       = flag.Int64("most", 1536<<20, "bytes of memory that the server takes")
)

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "tungnha-overload-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if *binary == "" {
		*binary = filepath.Join(dir, "tungnha")
		if err := command(ctx, "go", "build", "-o", *binary, "./cmd/tungnha"); err != nil {
			return err
		}
	}
	if *db == "" {
		if err := fill(ctx, dir); err != nil {
			return err
		}
	}
	s, err := start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.read(ctx); err != nil {
		return err
	}
	before := s.small(ctx, *quiet)
	fmt.Printf("alone: %s\n", before)
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid), []byte("5"), 0); err != nil {
		return err
	}
	var failures []error
	for _, large := range []int{0, *heavy} {
		loaded, end := context.WithTimeout(ctx, *wait)
		var during measured
		var work sync.WaitGroup
		work.Go(func() { during = s.small(loaded, *wait) })
		statuses := s.attack(loaded, large)
		end()
		work.Wait()
		fmt.Printf("%d large requests, %d stalled and %d slow readers: %s\n  %s\n", large, *stalled, *slow, statuses, during)
		share := during.reads / before.reads
		fmt.Printf("  small reads at %.2f of their speed\n", share)
		if share < *leastShare || len(during.bad) > 0 {
			failures = append(failures, fmt.Errorf("%d large requests: small reads at %.2f, %v", large, share, during.bad))
		}
		if got := at(during.posts, 100); got > *longest || got == 0 {
			failures = append(failures, fmt.Errorf("%d large requests: a post took %s", large, got))
		}
		if n := statuses.of["stalled, "+neverCut] + statuses.of["slow, "+neverCut]; n > 0 {
			failures = append(failures, fmt.Errorf("%d large requests: %d readers were %s", large, n, neverCut))
		}
	}
	peak, err := procstat.PeakBytesOf(s.pid)
	if err != nil {
		return err
	}
	fmt.Printf("peak of memory %d MiB\n", peak>>20)
	if peak > *most {
		failures = append(failures, fmt.Errorf("%d bytes of memory", peak))
	}
	return errors.Join(failures...)
}

// fill makes up a province in a folder.
func fill(ctx context.Context, dir string) error {
	*db = filepath.Join(dir, "province.gpkg")
	if err := command(ctx, *binary, "sample", "--out", dir, "--households", fmt.Sprint(*homes)); err != nil {
		return err
	}
	args := []string{"import", "--db", *db}
	for _, name := range []string{"areas.geojson", "hamlets.csv", "households.csv", "teams.csv", "visits.csv"} {
		args = append(args, filepath.Join(dir, name))
	}
	return command(ctx, *binary, args...)
}

func command(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// server is the program under test, a process of its own.
type server struct {
	pid        int
	cmd        *exec.Cmd
	url, addr  string
	households []string
	team       string
	last       string        // day of the last visit
	fixed      []string      // addresses of small answers that do not change
	warm       chan struct{} // closed when the server has made its tiles ready
	next       atomic.Int64  // post
	window     atomic.Int64
}

func start(ctx context.Context) (*server, error) {
	args := append([]string{"serve", "--db", *db, "--addr", "127.0.0.1:0", "--lang", "en"}, strings.Fields(*flags)...)
	if *memory != "" {
		args = append(args, "--memory", *memory)
	}
	s := &server{cmd: exec.CommandContext(ctx, *binary, args...), warm: make(chan struct{})}
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	go func() {
		warm := sync.OnceFunc(func() { close(s.warm) })
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if !strings.Contains(lines.Text(), `"level":"INFO"`) { // which is every request
				fmt.Fprintln(os.Stderr, lines.Text())
			}
			if strings.Contains(lines.Text(), "tiles are warm") {
				warm()
			}
		}
		warm()
	}()
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

// read waits until the server has its tiles ready, and reads whom visits are posted for and what is requested.
func (s *server) read(ctx context.Context) error {
	select {
	case <-s.warm:
	case <-ctx.Done():
		return ctx.Err()
	}
	var meta struct {
		Version   string     `json:"version"`
		LastVisit string     `json:"last_visit"`
		Bounds    [4]float64 `json:"bounds"`
	}
	if err := s.getJSON("/api/v1/meta", &meta); err != nil {
		return err
	}
	s.last = meta.LastVisit
	middle := maptile.At(orb.Point{(meta.Bounds[0] + meta.Bounds[2]) / 2, (meta.Bounds[1] + meta.Bounds[3]) / 2}, 11)
	s.fixed = []string{"/api/v1/meta", "/api/v1/coverage?by=area&level=commune&to=" + s.last,
		fmt.Sprintf("/tiles/cells/11/%d/%d.mvt?to=%s", middle.X, middle.Y, s.last)}
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
