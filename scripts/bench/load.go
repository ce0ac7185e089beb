package main

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
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connections is how many requests are under way at once.
const connections = 8

// A load is what a server did with requests on kept-alive connections.
type load struct {
	took      time.Duration
	latencies []time.Duration
	bytes     int64 // of bodies
}

func (l *load) rate() float64 { return float64(len(l.latencies)) / l.took.Seconds() }

// meanKB is the mean size of a body in thousands of bytes.
func (l *load) meanKB() float64 { return float64(l.bytes) / float64(len(l.latencies)) / 1e3 }

// percentile returns the latency in milliseconds within which p of 100 requests were answered.
func (l *load) percentile(p int) float64 {
	slices.SortFunc(l.latencies, cmp.Compare)
	return float64(l.latencies[(len(l.latencies)-1)*p/100].Microseconds()) / 1e3
}

func (l *load) String() string { return l.at(l.rate()) }

func (l *load) at(rate float64) string {
	return fmt.Sprintf("%.0f requests/s, median %.2f ms, p99 %.2f ms, mean %.1f kB", rate, l.percentile(50), l.percentile(99), l.meanKB())
}

// add joins what a later round measured.
func (l *load) add(other *load) {
	l.took += other.took
	l.latencies = append(l.latencies, other.latencies...)
	l.bytes += other.bytes
}

// request sends each path once, in order, over all connections together. It speaks just as
// much HTTP as takes next to nothing from the cores that the server shares: a request is
// bytes made before the clock starts, of an answer only the status and the length are read.
func request(ctx context.Context, address, acceptEncoding string, paths []string) (*load, error) {
	messages := make([][]byte, len(paths))
	for i, path := range paths {
		messages[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, address)
		if acceptEncoding != "" {
			messages[i] = fmt.Appendf(messages[i], "Accept-Encoding: %s\r\n", acceptEncoding)
		}
		messages[i] = append(messages[i], "\r\n"...)
	}
	clients := make([]client, min(connections, len(paths)))
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

	l := &load{latencies: make([]time.Duration, len(paths))}
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
				if err := c.ask(messages[i]); err != nil {
					errs[n] = fmt.Errorf("GET http://%s%s: %w", address, paths[i], err)
					return
				}
				l.latencies[i] = time.Since(sent)
			}
		})
	}
	all.Wait()
	l.took = time.Since(start)
	for n := range clients {
		l.bytes += clients[n].bytes
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

// ask sends one request and reads its answer, a body of a told length or in chunks.
func (c *client) ask(message []byte) error {
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

// rounds are the loads of one server, measured in turn with another's.
type rounds struct {
	rates []float64
	all   load
	pids  []int         // of the processes that answer besides this one, which asks; its server may be here too
	work  time.Duration // of the cores, for all of them
	afar  bool          // PostgreSQL may be on another machine: what all worked is not known
}

// besidePostgres are the rounds of a server over PostgreSQL: the processes are its backends,
// and the server, where that is not in this one.
func besidePostgres(pids []int) rounds {
	if os.Getenv("TUNGNHA_TEST_POSTGRES") != "" {
		return rounds{afar: true}
	}
	return rounds{pids: pids}
}

func (r *rounds) request(ctx context.Context, address, encoding string, paths []string) error {
	before, err := worked(r.pids)
	if err != nil {
		return err
	}
	l, err := request(ctx, address, encoding, paths)
	if err != nil {
		return err
	}
	after, err := worked(r.pids)
	if err != nil {
		return err
	}
	r.work += after - before
	r.rates = append(r.rates, l.rate())
	r.all.add(l)
	return nil
}

// rate is the median of the rounds.
func (r *rounds) rate() float64 { return median(r.rates) }

func (r *rounds) String() string {
	told := r.all.at(r.rate())
	if r.afar {
		return told
	}
	// Unlike the rate this is the same beside other work on the machine.
	return fmt.Sprintf("%s, %.3f ms of processor time each, asking included", told, ms(r.work)/float64(len(r.all.latencies)))
}

// worked returns how long the cores have worked for this process and others.
func worked(others []int) (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	sum := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	for _, pid := range others {
		const tick = 10 * time.Millisecond // of /proc, on every Linux
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // behind the name, from the third
		user, err := strconv.Atoi(fields[14-3])
		if err != nil {
			return 0, err
		}
		system, err := strconv.Atoi(fields[15-3])
		if err != nil {
			return 0, err
		}
		sum += tick * time.Duration(user+system)
	}
	return sum, nil
}
