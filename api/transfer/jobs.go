// Package transfer contains the work that lasts longer than a request: exports whose files are
// made in the background, and imports of files that come by HTTP.
package transfer

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tungnha/api/request"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
)

// JobLimits bound what exports made in the background may take of the machine.
type JobLimits struct {
	Jobs    int           // kept, in whatever state
	Client  int           // of one client that have not ended; 0: Jobs
	Running int           // at once
	Sending int           // files made in temporary ones while their request waits, at once
	Bytes   int64         // of all files together
	Age     time.Duration // of a finished file
	Wait    time.Duration // how long a request waits for a slot
}

// DefaultJobLimits are those of a server.
var DefaultJobLimits = JobLimits{Jobs: 32, Client: 8, Running: 2, Sending: 8, Bytes: 8 << 30, Age: time.Hour,
	Wait: 20 * time.Second}

// ErrTooManyJobs means that there is no room for another export: all are still at work.
var ErrTooManyJobs = errors.New("too many exports are under way")

var errJobBytes = errors.New("the files of all exports together are as large as they may be")

// Jobs are the exports that are made in the background. Their files have no names: they are gone
// with the process, however it ends.
type Jobs struct {
	// Slots of jobs that run, and of requests that make a file while they wait.
	RunSlots, SendSlots *limit.Fair

	limits JobLimits
	log    *slog.Logger
	ctx    context.Context
	stop   context.CancelFunc

	mu    sync.Mutex
	all   []*Job // the oldest first
	bytes int64
}

// Job is one export on its way to a file.
type Job struct {
	ID string // hard to guess

	name      string // of the file
	mediaType string
	client    string       // whose turn the job waits for
	viewer    string       // key of the rights of the request: no viewer with other rights may have the file
	atMost    int          // rows
	rows      atomic.Int64 // so far
	stop      context.CancelFunc

	// Guarded by Jobs.mu.
	state   jobState
	problem *problem.Problem // of a failed one
	size    int64
	file    *os.File // of a finished one
	ended   time.Time
	readers int  // of the file
	dropped bool // no further reader may begin
}

type jobState string

const (
	queued  jobState = "queued"
	running jobState = "running"
	done    jobState = "done"
	failed  jobState = "failed"
)

// NewJobs returns an empty list of jobs; see Close.
func NewJobs(limits JobLimits, log *slog.Logger) *Jobs {
	ctx, stop := context.WithCancel(context.Background())
	return &Jobs{limits: limits, log: log, ctx: ctx, stop: stop,
		RunSlots: limit.NewFair(limits.Running), SendSlots: limit.NewFair(limits.Sending)}
}

// InSlot does the work of the request of ctx when one of the slots, which are RunSlots or SendSlots, is free and its
// client has its turn. Where that is not in time the error is ErrTooManyJobs.
func (j *Jobs) InSlot(ctx context.Context, slots *limit.Fair, work func() error) error {
	wait, cancel := context.WithTimeoutCause(ctx, j.limits.Wait, ErrTooManyJobs)
	defer cancel()
	if err := slots.Acquire(wait, request.Client(ctx)); err != nil {
		return err
	}
	defer slots.Release()
	return work()
}

// Close ends all jobs and removes their files.
func (j *Jobs) Close() {
	j.stop()
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.all) > 0 {
		j.drop(j.all[0])
	}
}

// Work is what a job does.
type Work struct {
	Name      string // of the file
	MediaType string
	AtMost    int // rows
	Write     func(ctx context.Context, w io.Writer, rows *atomic.Int64) error
}

// Start begins to write a file. Where there is no room it drops the oldest finished job, and
// returns ErrTooManyJobs where there is none, or where the client has too many. viewer is the key of the viewer;
// client is whose request it is: jobs of different clients take turns.
func (j *Jobs) Start(work *Work, viewer, client string) (*Job, error) {
	ctx, stop := context.WithCancel(j.ctx)
	one := &Job{ID: strings.ToLower(rand.Text()), name: work.Name, mediaType: work.MediaType, client: client,
		viewer: viewer, atMost: work.AtMost, stop: stop, state: queued}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.atWork(client) >= cmp.Or(j.limits.Client, j.limits.Jobs) || len(j.all) >= j.limits.Jobs && !j.makeRoom() {
		stop()
		return nil, ErrTooManyJobs
	}
	j.all = append(j.all, one)
	go func() {
		defer stop()
		if j.RunSlots.Acquire(ctx, client) != nil {
			return // dropped
		}
		defer j.RunSlots.Release()
		j.run(ctx, one, work)
	}()
	return one, nil
}

// atWork returns how many jobs of a client have not ended. j.mu is locked.
func (j *Jobs) atWork(client string) (n int) {
	for _, one := range j.all {
		if one.client == client && (one.state == queued || one.state == running) {
			n++
		}
	}
	return n
}

// makeRoom drops the oldest job that has ended.
func (j *Jobs) makeRoom() bool {
	i := slices.IndexFunc(j.all, func(one *Job) bool { return one.state == done || one.state == failed })
	if i < 0 {
		return false
	}
	j.drop(j.all[i])
	return true
}

// run writes the file.
func (j *Jobs) run(ctx context.Context, one *Job, work *Work) {
	j.mu.Lock()
	one.state = running
	j.mu.Unlock()
	f, err := unlinkedFile()
	if err == nil {
		err = work.Write(ctx, &jobFile{j, one, f}, &one.rows)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	one.ended = time.Now()
	switch {
	case one.dropped:
		err = context.Canceled
	case err != nil:
		one.state, one.problem = failed, problem.ExportFailed()
		if errors.Is(err, errJobBytes) {
			one.problem = problem.ExportsFull()
		}
		j.log.Error("export failed", slog.String("job", one.ID), slog.Any("error", err))
		j.bytes -= one.size
		one.size = 0
	default:
		one.state, one.file = done, f
	}
	if err != nil && f != nil {
		f.Close()
	}
	time.AfterFunc(j.limits.Age, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.drop(one)
	})
}

// unlinkedFile makes a file without a name, which exists only as long as it is open.
func unlinkedFile() (*os.File, error) {
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
	jobs *Jobs
	job  *Job
	f    *os.File
}

func (w *jobFile) Write(b []byte) (int, error) {
	w.jobs.mu.Lock()
	for w.jobs.bytes+int64(len(b)) > w.jobs.limits.Bytes {
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

// drop removes a job; its file is closed with its last reader. j.mu is locked.
func (j *Jobs) drop(one *Job) {
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
func (j *Jobs) find(id string, viewer string) (*Job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, one := range j.all {
		if one.ID == id && one.viewer == viewer {
			return one, nil
		}
	}
	return nil, request.NotFound("job", id)
}

// open returns the file of a finished job, its size, and a function that releases it.
func (j *Jobs) open(one *Job) (f *os.File, size int64, release func(), ok bool) {
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

// Usage returns how many jobs are kept, and how many bytes their files have.
func (j *Jobs) Usage() (jobs int, bytes int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.all), j.bytes
}
