package transfer

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestJobDroppedWhileRead drops a job while its file is being read: the reader gets all of it.
func TestJobDroppedWhileRead(t *testing.T) {
	jobs := NewJobs(DefaultJobLimits, slog.New(slog.DiscardHandler))
	written := make(chan struct{})
	one, err := jobs.Start(&Work{Name: "areas.csv", Write: func(_ context.Context, w io.Writer, _ *atomic.Int64) error {
		defer close(written)
		_, err := io.WriteString(w, strings.Repeat("48,20101,1\n", 1000))
		return err
	}}, "everybody", "a client")
	if err != nil {
		t.Fatal(err)
	}
	<-written
	for jobs.Status(one).Status != done {
		time.Sleep(time.Millisecond)
	}
	f, size, release, ok := jobs.open(one)
	if !ok {
		t.Fatal("a finished job has no file")
	}
	jobs.Close()
	if n, err := io.Copy(io.Discard, io.NewSectionReader(f, 0, size)); err != nil || n != size || n == 0 {
		t.Errorf("%d bytes of %d, error %v", n, size, err)
	}
	release()
	if _, err := f.Stat(); err == nil {
		t.Error("the file stays open after its last reader")
	}
}

// TestJobsTakeTurns: a client with as many jobs as one may have waits with the next, and another client's job is the
// next but one to run.
func TestJobsTakeTurns(t *testing.T) {
	limits := DefaultJobLimits
	limits.Running = 1
	jobs := NewJobs(limits, slog.New(slog.DiscardHandler))
	defer jobs.Close()
	if err := jobs.RunSlots.Acquire(t.Context(), "nobody"); err != nil {
		t.Fatal(err)
	}
	const greedy, other = "203.0.113.0/32", "198.51.100.0/32"
	ran := make(chan string, 2*limits.Client)
	start := func(client string) error {
		_, err := jobs.Start(&Work{Name: "areas.csv", Write: func(context.Context, io.Writer, *atomic.Int64) error {
			ran <- client
			return nil
		}}, "everybody", client)
		return err
	}
	waiting := func(n int) {
		for jobs.RunSlots.Waiting() < n {
			runtime.Gosched()
		}
	}
	for n := range limits.Client {
		if err := start(greedy); err != nil {
			t.Fatal(err)
		}
		waiting(n + 1)
	}
	if err := start(greedy); err != ErrTooManyJobs {
		t.Errorf("one job more: %v", err)
	}
	if err := start(other); err != nil {
		t.Fatalf("another client: %v", err)
	}
	waiting(limits.Client + 1)
	jobs.RunSlots.Release()
	var order []string
	for range limits.Client + 1 {
		order = append(order, <-ran)
	}
	if at := slices.Index(order, other); at > 1 {
		t.Errorf("the other client's job was number %d", at+1)
	}
}
