package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/internal/await"
)

// process is the program at work.
type process struct {
	cmd    *exec.Cmd
	url    string // of a server
	stderr *said
}

// start runs the program in dir without waiting for it.
func start(t testing.TB, dir string, args ...string) (*process, io.Reader) {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), stderr: new(said)}
	p.cmd.Dir, p.cmd.Stderr = dir, p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cmd.Process.Kill() // does nothing to one that has ended
		p.cmd.Wait()
	})
	return p, stdout
}

// serve starts a server on a free port and waits until it has its data.
func serve(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	p, stdout := start(t, dir, append(args, "--addr", "127.0.0.1:0")...)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "http://"); found {
			p.url = "http://" + strings.TrimSuffix(url, "/")
			go io.Copy(io.Discard, stdout)
			return p
		}
	}
	p.cmd.Wait()
	t.Fatalf("no server: %s", p.stderr)
	return nil
}

// stop interrupts the program and returns its status.
func (p *process) stop(t testing.TB, signal os.Signal) int {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// records counts what a database contains; visits by their ids.
type records struct {
	areas, teams, households int
	visits                   map[string]int
}

func read(t testing.TB, path string) records {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	r := records{visits: map[string]int{}}
	_, err = store.Read(context.Background(), data.RecordHandler{
		Area:      func(*data.Area) error { r.areas++; return nil },
		Team:      func(*data.Team) error { r.teams++; return nil },
		Household: func(*data.Household) error { r.households++; return nil },
		Visit:     func(v *data.Visit) error { r.visits[v.ID]++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// column reads one column of a file of the sample.
func column(t testing.TB, file, name string) (values []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(files, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range rows[0] {
		if n == name {
			for _, row := range rows[1:] {
				values = append(values, row[i])
			}
		}
	}
	return values
}

// poster sends batches of visits until the server is gone, and notes which were
// acknowledged.
type poster struct {
	name         string
	households   []string
	team         string
	acknowledged []string
	batches      int
	done         atomic.Int64 // batches that were acknowledged
}

// batchesPosted waits until each has so many batches more that were acknowledged.
func batchesPosted(t testing.TB, n int64, posters ...*poster) {
	t.Helper()
	for _, p := range posters {
		want := p.done.Load() + n
		await.Until(t, func() bool { return p.done.Load() >= want }, "%s: %d batches acknowledged, want %d", p.name,
			p.done.Load(), want)
	}
}

func (p *poster) run(ctx context.Context, url string) error {
	for ctx.Err() == nil {
		var visits []map[string]any
		for i := range 1 + p.batches%20 {
			visits = append(visits, map[string]any{
				"visit_id":     fmt.Sprintf("%s-%05d-%02d", p.name, p.batches, i),
				"household_id": p.households[(p.batches*31+i)%len(p.households)],
				"team_id":      p.team, "visited_at": "2026-01-15T09:00:00+07:00", "outcome": "completed",
				"assessed": []string{"payment"}, "shown": []string{},
			})
		}
		p.batches++
		body, err := json.Marshal(visits)
		if err != nil {
			return err
		}
		res, err := http.Post(url+"/api/v1/visits", "application/json", bytes.NewReader(body))
		if err != nil {
			return nil // the server is gone: nothing was acknowledged
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			return nil
		}
		var answer struct {
			Results []struct {
				VisitID string `json:"visit_id"`
				Status  string
				Reason  string
			}
		}
		if err := json.Unmarshal(text, &answer); err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d: %s", res.StatusCode, text)
		}
		for _, r := range answer.Results {
			if r.Status != "created" {
				return fmt.Errorf("visit %s: %s %s", r.VisitID, r.Status, r.Reason)
			}
			p.acknowledged = append(p.acknowledged, r.VisitID)
		}
		p.done.Add(1)
	}
	return nil
}

// TestKilledServer kills the server while four clients post. After each start, every visit
// that was ever acknowledged is there exactly once.
func TestKilledServer(t *testing.T) {
	dir := imported(t)
	before := len(read(t, filepath.Join(dir, "tungnha.gpkg")).visits)
	households, team := column(t, "households.csv", "household_id"), column(t, "teams.csv", "team_id")[0]
	acknowledged := map[string]bool{}
	for round := range 3 {
		server := serve(t, dir, "serve", "--open-visits")
		posters := make([]*poster, 4)
		var work sync.WaitGroup
		for i := range posters {
			posters[i] = &poster{name: fmt.Sprintf("r%d-c%d", round, i), households: households, team: team}
			work.Go(func() {
				if err := posters[i].run(t.Context(), server.url); err != nil {
					t.Error(err)
				}
			})
		}
		batchesPosted(t, int64(4+round), posters...) // at least ten visits each
		server.stop(t, syscall.SIGKILL)
		work.Wait()
		for _, p := range posters {
			for _, id := range p.acknowledged {
				acknowledged[id] = true
			}
		}
		found := read(t, filepath.Join(dir, "tungnha.gpkg"))
		for id := range acknowledged {
			if found.visits[id] != 1 {
				t.Errorf("round %d: %s was acknowledged and is there %d times", round, id, found.visits[id])
			}
		}
		// Besides those there may be batches whose acknowledgement was lost, and no others.
		if extra := len(found.visits) - before - len(acknowledged); extra < 0 || extra > (round+1)*len(posters)*20 {
			t.Errorf("round %d: %d visits were never acknowledged", round, extra)
		}
	}
	t.Logf("%d visits acknowledged over 3 kills", len(acknowledged))
}

// TestKilledImport kills imports at moments spread over the time that one takes. The
// database is then as before it or as after.
func TestKilledImport(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large")
	if r := tungnha(t, t.TempDir(), "sample", "--out", large, "--households", "20000"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	var first, second []string
	for _, name := range []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv"} {
		first = append(first, filepath.Join(large, name))
	}
	second = []string{filepath.Join(large, "visits.csv")}

	whole := t.TempDir()
	var took [2]time.Duration
	for i, paths := range [][]string{first, second} {
		began := time.Now()
		if r := tungnha(t, whole, append([]string{"import"}, paths...)...); r.status != 0 {
			t.Fatal(r.stderr)
		}
		took[i] = time.Since(began)
	}
	want := read(t, filepath.Join(whole, "tungnha.gpkg"))

	for i, paths := range [][]string{first, second} {
		killed := 0
		for step := 0; step < 6 || killed == 0; step++ { // sooner again and again, until one was under way
			wait := took[i] * time.Duration(step+1) / 7
			if step >= 6 {
				wait = took[i] >> (step - 4)
			}
			dir := t.TempDir()
			db := filepath.Join(dir, "tungnha.gpkg")
			if i == 1 {
				if r := tungnha(t, dir, append([]string{"import"}, first...)...); r.status != 0 {
					t.Fatal(r.stderr)
				}
			}
			p, _ := start(t, dir, append([]string{"import"}, paths...)...)
			time.Sleep(wait)
			if p.stop(t, syscall.SIGKILL) == -1 {
				killed++
			}
			if _, err := os.Stat(db); err != nil {
				continue // killed before it made one
			}
			got := read(t, db)
			switch {
			case i == 0 && got.areas+got.teams+got.households == 0:
			case i == 0 && got.areas == want.areas && got.teams == want.teams && got.households == want.households:
			case i == 1 && got.households == want.households &&
				(len(got.visits) == 0 || len(got.visits) == len(want.visits)):
			default:
				t.Errorf("killed after %s: %d areas, %d teams, %d households, %d visits; want all or nothing of %d, %d, %d, %d",
					wait, got.areas, got.teams, got.households, len(got.visits), want.areas, want.teams,
					want.households, len(want.visits))
			}
			// Importing again finishes the work.
			if r := tungnha(t, dir, append([]string{"import"}, paths...)...); r.status != 0 {
				t.Errorf("import after the kill: status %d %s", r.status, r.stderr)
			}
		}
	}
}

// TestInterruptedImport interrupts an import as Ctrl-C does, earlier each time until one is
// still under way.
func TestInterruptedImport(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if r := tungnha(t, dir, "sample", "--out", large, "--households", "20000"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	paths := []string{"import"}
	for _, name := range []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv", "visits.csv"} {
		paths = append(paths, filepath.Join(large, name))
	}
	for try, wait := 0, time.Second; ; try, wait = try+1, wait/2 {
		db := filepath.Join(dir, fmt.Sprintf("try%d.gpkg", try))
		p, stdout := start(t, dir, append(paths, "--db", db)...)
		time.Sleep(wait)
		p.cmd.Process.Signal(os.Interrupt)
		text, err := io.ReadAll(stdout)
		if err != nil {
			t.Fatal(err)
		}
		p.cmd.Wait()
		status := p.cmd.ProcessState.ExitCode()
		if status == exitDone && try < 6 {
			continue // it was done before
		}
		if status != exitInterrupted || !strings.Contains(p.stderr.String(), "interrupted") || len(text) > 0 {
			t.Fatalf("after %s: status %d, %q, %q; want %d", wait, status, text, p.stderr, exitInterrupted)
		}
		if got := read(t, db); got.areas+got.teams+got.households+len(got.visits) != 0 {
			t.Errorf("left %d areas, %d teams, %d households, %d visits", got.areas, got.teams, got.households,
				len(got.visits))
		}
		return
	}
}

// TestStoppedServer interrupts the server while clients post: none of them sees an
// error, and the program ends well.
func TestStoppedServer(t *testing.T) {
	dir := imported(t)
	server := serve(t, dir, "serve", "--open-visits")
	client := &poster{name: "s", households: column(t, "households.csv", "household_id"),
		team: column(t, "teams.csv", "team_id")[0]}
	done := make(chan error, 1)
	go func() { done <- client.run(t.Context(), server.url) }()
	batchesPosted(t, 3, client)
	if status := server.stop(t, syscall.SIGTERM); status != exitDone {
		t.Errorf("status %d: %s", status, server.stderr)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	found := read(t, filepath.Join(dir, "tungnha.gpkg"))
	for _, id := range client.acknowledged {
		if found.visits[id] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", id, found.visits[id])
		}
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "*-wal")); len(logs) > 0 {
		t.Errorf("left behind: %v", logs)
	}
}

// TestServerFollowsImports imports while a server runs: it shows the new rows.
func TestServerFollowsImports(t *testing.T) {
	dir := imported(t)
	server := serve(t, dir, "serve")
	version := func() string {
		res, err := http.Get(server.url + "/api/v1/meta")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var meta struct{ Version string }
		if err := json.NewDecoder(res.Body).Decode(&meta); err != nil {
			t.Fatal(err)
		}
		return meta.Version
	}
	before := version()
	path := filepath.Join(dir, "more.csv")
	row := fmt.Sprintf("visit_id,household_id,team_id,visited_at,outcome,assessed,shown\nmore-1,%s,%s,2026-01-20,completed,,\n",
		column(t, "households.csv", "household_id")[0], column(t, "teams.csv", "team_id")[0])
	if err := os.WriteFile(path, []byte(row), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := tungnha(t, dir, "import", path); r.status != 0 {
		t.Fatal(r.stdout, r.stderr)
	}
	await.Until(t, func() bool { return version() != before }, "the server still shows what was before the import")
}

// TestDemo shows the demonstration twice: the second time nothing is made again.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	for round := range 2 {
		server := serve(t, dir, "demo", "--households", "1500")
		res, err := http.Get(server.url + "/api/v1/meta")
		if err != nil {
			t.Fatal(err)
		}
		var meta struct {
			Sample, Households bool
			Programme          string
		}
		if err := json.NewDecoder(res.Body).Decode(&meta); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if !meta.Sample || !meta.Households || meta.Programme != demoName {
			t.Errorf("got %+v", meta)
		}
		if a := server.post(t, []byte("[]")); a.status != http.StatusOK {
			t.Errorf("a post: status %d %s", a.status, a.body)
		}
		res, err = http.Get(server.url + "/")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNotFound { // 404: the page is not built here
			t.Errorf("/: status %d", res.StatusCode)
		}
		if status := server.stop(t, syscall.SIGTERM); status != exitDone {
			t.Errorf("status %d: %s", status, server.stderr)
		}
		again := strings.Contains(server.stderr.String(), "Making up")
		if again != (round == 0) {
			t.Errorf("round %d: %s", round, server.stderr)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".tungnha*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
