package accesslog

import (
	"bytes"
	"io"
	"sync"
	"time"
)

const (
	outputDelay = 100 * time.Millisecond // that lines of requests wait for others
	outputBytes = 1 << 20                // of lines that wait; those beyond are dropped and counted
	closeWait   = time.Second            // that a program which ends waits for whoever reads its log
)

// Output writes lines to one place, in their order. A server writes by Lines and Urgent, which never wait for that
// place: while it takes nothing, lines wait in a bounded buffer, and those beyond are dropped and counted.
type Output struct {
	out chan struct{} // full while somebody writes
	to  io.Writer

	// Dropped is called with the number of lines that were dropped, once the place takes lines again; nil: nothing is.
	// It may wait, and so may write by Write.
	Dropped func(lines int)

	mu      sync.Mutex
	waiting []byte
	spare   []byte // a buffer that was written
	dropped int
	planned bool // that what waits is written after the delay
	begun   bool // to write it at once
}

// NewOutput returns an output to w.
func NewOutput(w io.Writer) *Output { return &Output{to: w, out: make(chan struct{}, 1)} }

// Write writes a line before it returns, after those that wait: for a program that answers nobody meanwhile.
func (o *Output) Write(line []byte) (int, error) {
	o.out <- struct{}{}
	defer func() { <-o.out }()
	dropped, err := o.writeWaiting()
	if dropped > 0 { // Flush tells it
		o.mu.Lock()
		o.dropped += dropped
		o.plan()
		o.mu.Unlock()
	}
	if err != nil {
		return 0, err
	}
	return o.to.Write(line)
}

// Flush writes the lines that wait.
func (o *Output) Flush() error {
	o.out <- struct{}{}
	dropped, err := o.writeWaiting()
	<-o.out
	if dropped > 0 && o.Dropped != nil {
		o.Dropped(dropped)
	}
	return err
}

// Close writes the lines that wait, unless nobody takes them within a second.
func (o *Output) Close() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = o.Flush() // nobody is there to be told
	}()
	select {
	case <-written:
	case <-time.After(closeWait):
	}
}

// writeWaiting writes what waits, and returns how many lines were dropped before that was done. Lines that could not be
// written are among those of the next time. o.out is full.
func (o *Output) writeWaiting() (dropped int, err error) {
	o.mu.Lock()
	waiting := o.waiting
	o.waiting, o.spare, o.planned, o.begun = o.spare[:0], nil, false, false
	o.mu.Unlock()
	if len(waiting) > 0 {
		_, err = o.to.Write(waiting)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spare = waiting[:0]
	if err != nil {
		o.dropped += bytes.Count(waiting, []byte("\n"))
		return 0, err
	}
	dropped, o.dropped = o.dropped, 0
	return dropped, nil
}

// plan has what waits written after the delay. o.mu is locked.
func (o *Output) plan() {
	if !o.planned {
		o.planned = true
		time.AfterFunc(outputDelay, func() { _ = o.Flush() }) // nobody is there to be told
	}
}

// Lines returns a writer of lines that wait for others for a tenth of a second, so that a request does not pay for a
// system call.
func (o *Output) Lines() io.Writer { return buffered{o, false} }

// Urgent returns a writer of lines that are written as soon as the place takes them.
func (o *Output) Urgent() io.Writer { return buffered{o, true} }

type buffered struct {
	output *Output
	urgent bool
}

func (b buffered) Write(line []byte) (int, error) {
	o := b.output
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting)+len(line) > outputBytes {
		o.dropped++
		return len(line), nil
	}
	o.waiting = append(o.waiting, line...)
	switch {
	case !b.urgent:
		o.plan()
	case !o.begun:
		o.begun = true
		go o.Flush() // at most one waits behind the one that writes
	}
	return len(line), nil
}
