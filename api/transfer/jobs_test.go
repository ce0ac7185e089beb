package transfer

import (
	"context"
	"io"
	"log/slog"
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
	}}, "everybody")
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
