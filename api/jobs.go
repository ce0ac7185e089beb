package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
)

// jobLimits bound what exports made apart may take of the machine.
type jobLimits struct {
	jobs    int           // kept, in whatever state
	running int           // at once
	sent    int           // files made in temporary ones that are sent as they are asked for, at once
	bytes   int64         // of all files together
	age     time.Duration // of a finished file

	patience time.Duration // how long a request waits for its turn
}

var defaultJobLimits = jobLimits{jobs: 32, running: 2, sent: 8, bytes: 8 << 30, age: time.Hour, patience: 20 * time.Second}

// errTooManyJobs means that there is no room for another export: all are still at work.
var errTooManyJobs = errors.New("too many exports are under way")

var errJobBytes = errors.New("the files of all exports together are as large as they may be")

// jobs are the exports that are made apart from the request for them. Their files have no
// names: they are gone with the process, however it ends.
type jobs struct {
	limits jobLimits
	log    *slog.Logger
	ctx    context.Context
	stop   context.CancelFunc
	turn   chan struct{} // as many as may run
	sent   chan struct{} // as many as limits.sent

	mu    sync.Mutex
	all   []*job // the oldest first
	bytes int64
}

// job is one export on its way to a file.
type job struct {
	id        string
	name      string // of the file
	mediaType string
	viewer    string       // key of who asked: nobody with other rights may have it
	atMost    int          // rows
	rows      atomic.Int64 // so far
	stop      context.CancelFunc

	// Guarded by jobs.mu.
	state   jobState
	reason  string // of a failed one
	size    int64
	file    *os.File // of a finished one
	ended   time.Time
	readers int  // of the file
	dropped bool // nobody may begin to read it
}

type jobState string

const (
	queued  jobState = "queued"
	running jobState = "running"
	done    jobState = "done"
	failed  jobState = "failed"
)

// jobStatus is a job as JSON shows it.
type jobStatus struct {
	ID      string   `json:"id"`
	Status  jobState `json:"status" enum:"queued,running,done,failed"`
	Rows    int64    `json:"rows" doc:"written so far"`
	AtMost  int      `json:"at_most" doc:"rows that there can be; of households some are left out"`
	Bytes   int64    `json:"bytes" doc:"written so far"`
	File    string   `json:"file" doc:"name of the file"`
	Result  *string  `json:"result" doc:"where the file is, once it is done"`
	Expires *string  `json:"expires" format:"date-time" doc:"when a finished file goes"`
	Reason  *string  `json:"reason" doc:"why it failed"`
}

func newJobs(limits jobLimits, log *slog.Logger) *jobs {
	ctx, stop := context.WithCancel(context.Background())
	return &jobs{limits: limits, log: log, ctx: ctx, stop: stop, turn: make(chan struct{}, limits.running), sent: make(chan struct{}, limits.sent)}
}

// inTurn does the work when one of the turns is free.
func (j *jobs) inTurn(ctx context.Context, turns chan struct{}, work func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, j.limits.patience, errTooManyJobs)
	defer cancel()
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
		return work()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close ends all jobs and lets go of their files.
func (j *jobs) close() {
	j.stop()
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.all) > 0 {
		j.drop(j.all[0])
	}
}

// A piece of work is what a job does.
type work struct {
	name      string // of the file
	mediaType string
	atMost    int // rows
	write     func(ctx context.Context, w io.Writer, rows *atomic.Int64) error
}

// start begins to write a file. Where there is no room it drops the oldest finished job,
// and refuses where there is none.
func (j *jobs) start(work *work, viewer string) (*job, error) {
	ctx, stop := context.WithCancel(j.ctx)
	one := &job{id: strings.ToLower(rand.Text()), name: work.name, mediaType: work.mediaType, viewer: viewer, atMost: work.atMost, stop: stop, state: queued}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.all) >= j.limits.jobs && !j.makeRoom() {
		stop()
		return nil, errTooManyJobs
	}
	j.all = append(j.all, one)
	go func() {
		defer stop()
		select {
		case j.turn <- struct{}{}:
			defer func() { <-j.turn }()
		case <-ctx.Done():
			return
		}
		j.run(ctx, one, work)
	}()
	return one, nil
}

// makeRoom drops the oldest job that has ended.
func (j *jobs) makeRoom() bool {
	i := slices.IndexFunc(j.all, func(one *job) bool { return one.state == done || one.state == failed })
	if i < 0 {
		return false
	}
	j.drop(j.all[i])
	return true
}

// run writes the file.
func (j *jobs) run(ctx context.Context, one *job, work *work) {
	j.mu.Lock()
	one.state = running
	j.mu.Unlock()
	f, err := nameless()
	if err == nil {
		err = work.write(ctx, &jobFile{j, one, f}, &one.rows)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	one.ended = time.Now()
	switch {
	case one.dropped:
		err = context.Canceled
	case err != nil:
		one.state, one.reason = failed, "something went wrong; the log of the server says what"
		if errors.Is(err, errJobBytes) {
			one.reason = errJobBytes.Error() + "; ask for less, or later"
		}
		j.log.Error("export failed", slog.String("job", one.id), slog.Any("error", err))
		j.bytes -= one.size
		one.size = 0
	default:
		one.state, one.file = done, f
	}
	if err != nil && f != nil {
		f.Close()
	}
	time.AfterFunc(j.limits.age, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.drop(one)
	})
}

// nameless makes a file that is there only for as long as it is open.
func nameless() (*os.File, error) {
	f, err := os.CreateTemp("", "tungnha-export-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// jobFile writes to a job's file what the limit allows.
type jobFile struct {
	jobs *jobs
	job  *job
	f    *os.File
}

func (w *jobFile) Write(b []byte) (int, error) {
	w.jobs.mu.Lock()
	for w.jobs.bytes+int64(len(b)) > w.jobs.limits.bytes {
		if !w.jobs.makeRoom() {
			w.jobs.mu.Unlock()
			return 0, errJobBytes
		}
	}
	if !w.job.dropped {
		w.jobs.bytes += int64(len(b))
		w.job.size += int64(len(b))
	}
	w.jobs.mu.Unlock()
	return w.f.Write(b)
}

// drop forgets a job; its file goes with its last reader. j.mu is held.
func (j *jobs) drop(one *job) {
	i := slices.Index(j.all, one)
	if i < 0 {
		return
	}
	j.all = slices.Delete(j.all, i, i+1)
	one.dropped = true
	one.stop()
	j.bytes -= one.size
	if one.file != nil && one.readers == 0 {
		one.file.Close()
	}
}

// find returns the viewer's job of the id.
func (j *jobs) find(id string, viewer string) (*job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, one := range j.all {
		if one.id == id && one.viewer == viewer {
			return one, nil
		}
	}
	return nil, request.NotFound("job", id)
}

// open returns the file of a finished job; done lets go of it.
func (j *jobs) open(one *job) (f *os.File, size int64, release func(), ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if one.state != done || one.dropped {
		return nil, 0, nil, false
	}
	one.readers++
	return one.file, one.size, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if one.readers--; one.readers == 0 && one.dropped {
			one.file.Close()
		}
	}, true
}

func (j *jobs) status(one *job) jobStatus {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := jobStatus{ID: one.id, Status: one.state, Rows: one.rows.Load(), AtMost: one.atMost, Bytes: one.size, File: one.name}
	switch one.state {
	case done:
		at, expires := "/api/v1/jobs/"+one.id+"/file", one.ended.Add(j.limits.age).UTC().Format(time.RFC3339)
		s.Result, s.Expires = &at, &expires
	case failed:
		s.Reason = &one.reason
	}
	return s
}

// jobOf returns the job that the path names, to those who see what it is made of.
func (s *Server) jobOf(r *http.Request) (*job, error) {
	return s.jobs.find(chi.URLParam(r, "id"), request.Viewer(r.Context()).Key())
}

func (s *Server) getJob(w http.ResponseWriter, r *http.Request) {
	one, err := s.jobOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status := s.jobs.status(one)
	if status.Status == queued || status.Status == running {
		w.Header().Set("Retry-After", "1")
	}
	httpx.WriteFresh(w, http.StatusOK, &status)
}

// deleteJob stops a job, or lets its file go before its time.
func (s *Server) deleteJob(w http.ResponseWriter, r *http.Request) {
	one, err := s.jobOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.jobs.mu.Lock()
	s.jobs.drop(one)
	s.jobs.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// getJobFile answers with the file, or with the ranges of it that are asked for. The file
// never changes, so its tag is the job's name.
func (s *Server) getJobFile(w http.ResponseWriter, r *http.Request) {
	one, err := s.jobOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f, size, release, ok := s.jobs.open(one)
	if !ok {
		httpx.WriteProblem(w, httpx.Problem(http.StatusConflict, fmt.Sprintf("the job is %s: there is no file yet", s.jobs.status(one).Status)))
		return
	}
	defer release()
	h := w.Header()
	h.Set("Content-Type", one.mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+one.name+`"`)
	h.Set("ETag", `"`+one.id+`"`)
	h.Set("Cache-Control", "private, max-age=600, immutable")
	httpx.ServeRanges(w, r, io.NewSectionReader(f, 0, size))
}
