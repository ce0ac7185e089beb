// Package load sends HTTP requests to servers on this machine and measures rate, latency and processor time.
package load

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tungnha/scripts/procstat"
)

// Connections is how many requests are under way at once.
const Connections = 8

// A Load is what a server did with requests on kept-alive connections.
type Load struct {
	Took      time.Duration
	latencies []time.Duration
	Bytes     int64 // of bodies
}

func (l *Load) rate() float64 { return float64(len(l.latencies)) / l.Took.Seconds() }

// meanKB is the mean size of a body in thousands of bytes.
func (l *Load) meanKB() float64 { return float64(l.Bytes) / float64(len(l.latencies)) / 1e3 }

// percentile returns the latency in milliseconds within which p of 100 requests were answered.
func (l *Load) percentile(p int) float64 {
	slices.SortFunc(l.latencies, cmp.Compare)
	return float64(l.latencies[(len(l.latencies)-1)*p/100].Microseconds()) / 1e3
}

func (l *Load) String() string { return l.at(l.rate()) }

func (l *Load) at(rate float64) string {
	return fmt.Sprintf("%.0f requests/s, median %.2f ms, p99 %.2f ms, mean %.1f kB", rate, l.percentile(50),
		l.percentile(99), l.meanKB())
}

// add joins what a later round measured.
func (l *Load) add(other *Load) {
	l.Took += other.Took
	l.latencies = append(l.latencies, other.latencies...)
	l.Bytes += other.Bytes
}

// Request sends each path once, in order, over all connections together. It uses as little of the cores as
// possible, because the server runs on the same ones: requests are encoded before the clock starts, and of a response
// only status and length are parsed.
func Request(ctx context.Context, address, acceptEncoding string, paths []string) (*Load, error) {
	messages := make([][]byte, len(paths))
	for i, path := range paths {
		messages[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, address)
		if acceptEncoding != "" {
			messages[i] = fmt.Appendf(messages[i], "Accept-Encoding: %s\r\n", acceptEncoding)
		}
		messages[i] = append(messages[i], "\r\n"...)
	}
	clients := make([]client, min(Connections, len(paths)))
	for i := range clients {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		clients[i] = client{conn: conn, answers: bufio.NewReaderSize(conn, 64<<10)}
	}

	l := &Load{latencies: make([]time.Duration, len(paths))}
	errs := make([]error, len(clients))
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for n := range clients {
		all.Go(func() {
			c := &clients[n]
			for {
				i := int(next.Add(1)) - 1
				if i >= len(messages) {
					return
				}
				sent := time.Now()
				if err := c.do(messages[i]); err != nil {
					errs[n] = fmt.Errorf("GET http://%s%s: %w", address, paths[i], err)
					return
				}
				l.latencies[i] = time.Since(sent)
			}
		})
	}
	all.Wait()
	l.Took = time.Since(start)
	for n := range clients {
		l.Bytes += clients[n].bytes
		if errs[n] != nil {
			return nil, errs[n]
		}
	}
	return l, nil
}

// A client is one connection of a load.
type client struct {
	conn    net.Conn
	answers *bufio.Reader
	bytes   int64
}

var (
	contentLength = []byte("Content-Length: ")
	chunked       = []byte("Transfer-Encoding: chunked")
)

// do sends one request and reads its response, with a Content-Length or in chunks.
func (c *client) do(message []byte) error {
	if _, err := c.conn.Write(message); err != nil {
		return err
	}
	status, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %q", bytes.TrimSpace(status))
	}
	length, inChunks := -1, false
	for {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if bytes.HasPrefix(line, contentLength) {
			if length, err = strconv.Atoi(string(line[len(contentLength):])); err != nil {
				return err
			}
		}
		inChunks = inChunks || bytes.Equal(line, chunked)
	}
	if inChunks {
		n, err := io.Copy(io.Discard, httputil.NewChunkedReader(c.answers))
		if err != nil {
			return err
		}
		c.bytes += n
		_, err = c.answers.Discard(len("\r\n")) // after the last chunk, where trailers would be
		return err
	}
	if length < 0 {
		return fmt.Errorf("answered without a Content-Length")
	}
	_, err = c.answers.Discard(length)
	c.bytes += int64(length)
	return err
}

// Rounds are the loads of one server, measured in turn with another's.
type Rounds struct {
	rates  []float64
	All    Load
	pids   []int         // the server's other processes; this one sends the requests and may also serve them
	work   time.Duration // of the cores, for all of them
	remote bool          // PostgreSQL may be on another machine: its processor time is not known
}

// BesidePostgres returns the rounds of a server over PostgreSQL: the processes are its backends,
// and the server, where that is not in this one.
func BesidePostgres(pids []int) Rounds {
	if os.Getenv("TUNGNHA_TEST_POSTGRES") != "" {
		return Rounds{remote: true}
	}
	return Rounds{pids: pids}
}

func (r *Rounds) Request(ctx context.Context, address, encoding string, paths []string) error {
	before, err := worked(r.pids)
	if err != nil {
		return err
	}
	l, err := Request(ctx, address, encoding, paths)
	if err != nil {
		return err
	}
	after, err := worked(r.pids)
	if err != nil {
		return err
	}
	r.work += after - before
	r.rates = append(r.rates, l.rate())
	r.All.add(l)
	return nil
}

// Rate is the median of the rounds.
func (r *Rounds) Rate() float64 { return median(r.rates) }

func (r *Rounds) String() string {
	text := r.All.at(r.Rate())
	if r.remote {
		return text
	}
	// Unlike the rate this is the same beside other work on the machine.
	return fmt.Sprintf("%s, %.3f ms of processor time each, asking included", text,
		ms(r.work)/float64(len(r.All.latencies)))
}

// worked returns how long the cores have worked for this process and others.
func worked(others []int) (time.Duration, error) {
	sum := procstat.CPUTime()
	for _, pid := range others {
		took, err := procstat.CPUTimeOf(pid)
		if err != nil {
			return 0, err
		}
		sum += took
	}
	return sum, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
