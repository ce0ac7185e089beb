package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

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
			for n := reader; ctx.Err() == nil; n++ {
				// What a map requests: answers that are there already, and every fourth the communes of a new window.
				var path string
				if i := n % 4; i < len(s.fixed) {
					path = s.fixed[i]
				} else {
					path = s.newWindow("/api/v1/coverage?by=area&level=commune")
				}
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

// newWindow adds days to an address that nobody has requested yet.
func (s *server) newWindow(address string) string {
	n := int(s.window.Add(1))
	last, err := time.Parse(time.DateOnly, s.last)
	if err != nil {
		panic(err) // the server wrote it
	}
	const froms = 500
	to := last.AddDate(0, 0, -n/froms)
	return address + "&from=" + to.AddDate(0, 0, -n%froms).Format(time.DateOnly) + "&to=" + to.Format(time.DateOnly)
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
		"household_id": s.households[int(n)%len(s.households)], "team_id": s.team, "visited_at": s.last,
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
