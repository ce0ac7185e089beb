package accesslog

import (
	"io"
	"sync"
	"time"
)

const (
	outputDelay = 100 * time.Millisecond // that lines of requests wait for others
	outputBytes = 1 << 20                // of lines that wait; those beyond are dropped and counted
)

// Output writes lines to one place, in their order. Lines of Lines wait for others for a tenth of a second, so that a
// request does not pay for a system call; and while the place takes nothing, requests go on and their lines are
// dropped. All other lines are written at once, after those that wait.
type Output struct {
	out sync.Mutex // held while writing
	to  io.Writer

	// Dropped is called with the number of lines that were dropped, once the place takes lines again; nil: nothing is.
	Dropped func(lines int)

	mu      sync.Mutex
	waiting []byte
	spare   []byte // a buffer that was written
	dropped int
	timer   bool // a write is planned
}

// NewOutput returns an output to w.
func NewOutput(w io.Writer) *Output { return &Output{to: w} }

// Write writes a line at once, after those that wait.
func (o *Output) Write(line []byte) (int, error) {
	o.out.Lock()
	defer o.out.Unlock()
	if _, err := o.writeWaiting(); err != nil {
		return 0, err
	}
	return o.to.Write(line)
}

// Flush writes the lines that wait.
func (o *Output) Flush() error {
	o.out.Lock()
	dropped, err := o.writeWaiting()
	o.out.Unlock()
	if dropped > 0 && o.Dropped != nil {
		o.Dropped(dropped)
	}
	return err
}

// writeWaiting writes what waits, and returns how many lines were dropped meanwhile. o.out is locked.
func (o *Output) writeWaiting() (dropped int, err error) {
	o.mu.Lock()
	waiting := o.waiting
	o.waiting, o.spare, o.timer = o.spare[:0], nil, false
	o.mu.Unlock()
	if len(waiting) > 0 {
		_, err = o.to.Write(waiting)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spare = waiting[:0]
	dropped, o.dropped = o.dropped, 0
	return dropped, err
}

// Lines returns a writer of lines that may wait.
func (o *Output) Lines() io.Writer { return lines{o} }

type lines struct{ output *Output }

func (l lines) Write(line []byte) (int, error) {
	o := l.output
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting)+len(line) > outputBytes {
		o.dropped++
		return len(line), nil
	}
	o.waiting = append(o.waiting, line...)
	if !o.timer {
		o.timer = true
		time.AfterFunc(outputDelay, func() { _ = o.Flush() }) // nobody is there to be told
	}
	return len(line), nil
}
