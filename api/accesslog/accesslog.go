// Package accesslog writes a line about each request, and one about each that a limit or a closed door refused. A line
// has the pattern of the route and never the path, the address of the client only as far as the operator chose, and of
// the query what is no secret and names nobody.
package accesslog

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Requests are the requests that get a line.
type Requests string

// The choices of Requests.
const (
	All    Requests = "all"
	Failed Requests = "failed" // status 400 and above, and those without a whole answer
	None   Requests = "none"
)

// Address is how much of a client's address a line has.
type Address string

// The choices of Address.
const (
	Full      Address = "full"
	Truncated Address = "truncated" // the network: 24 bits of IPv4, 48 bits of IPv6
	Hidden    Address = "none"
)

// Config is what an operator decides about the lines.
type Config struct {
	Requests Requests                       // empty: None
	Address  Address                        // empty: Truncated
	Log      *slog.Logger                   // of the lines of requests; nil: that of the server
	Client   func(*http.Request) netip.Addr // where a request comes from
	Clock    func() time.Time               // of the bound on lines about refusals
	Counted  func(refusal Refusal)          // called for each refusal, with or without a line
}

// Refusal is why a request was refused, where that may be an attack or a limit that is too low.
type Refusal string

// The refusals. They are values of a metric and of the log: they do not change.
const (
	Host            Refusal = "host"              // called by a name that is not the server's
	CrossOrigin     Refusal = "cross_origin"      // a post that the page of another site sent
	VisitsClosed    Refusal = "visits_closed"     // a post of visits to a server that takes none
	ImportsClosed   Refusal = "imports_closed"    // a file for a server that takes none
	TooManyRequests Refusal = "too_many_requests" // of one address
	TooLarge        Refusal = "too_large"         // a body, or an answer that would not fit in memory
	Busy            Refusal = "busy"              // no memory, no processor or no slot in time
	Stalled         Refusal = "stalled"           // a client that stopped reading or sending
)

// Refusals has all of them.
var Refusals = []Refusal{Host, CrossOrigin, VisitsClosed, ImportsClosed, TooManyRequests, TooLarge, Busy, Stalled}

// hints are what an operator should know about a refusal, beside its name.
var hints = map[Refusal]string{
	Host:          "--host makes the name one of this server's",
	VisitsClosed:  "the server was started without --open-visits",
	ImportsClosed: "the server was started without --imports",
}

// Entry is what a line about a request has. A handler may add a refusal, see Refuse.
type Entry struct {
	ID      string // of the request; empty: it has none
	Viewer  string // who sends it, as a class: never a name
	Route   string // its pattern, empty: none
	Status  int    // as it was sent; 0: the connection ended before there was one
	Cut     bool   // the connection ended before the answer did
	Bytes   int    // of the body
	Took    time.Duration
	Refusal Refusal // empty: none

	count int // of requests that share the line; 0: one
}

type entryKey struct{}

// With returns ctx with the entry in it, for From and Refuse.
func With(ctx context.Context, e *Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, e)
}

// From returns the entry of the request of ctx, for whoever answers it; an empty one where it has none.
func From(ctx context.Context) *Entry {
	if e, ok := ctx.Value(entryKey{}).(*Entry); ok {
		return e
	}
	return new(Entry)
}

// Refuse notes why the request of ctx is refused. The first reason counts.
func Refuse(ctx context.Context, refusal Refusal) {
	if e := From(ctx); e.Refusal == "" {
		e.Refusal = refusal
	}
}

// Log writes the lines. Any number of goroutines may share it.
type Log struct {
	config   Config
	refusals *slog.Logger

	mu     sync.Mutex
	minute int64 // since 1970, that the counts are of
	counts map[Refusal]*count

	tallying sync.Mutex
	tallies  map[tallyKey]*Entry
	planned  bool // that the tallies are written
}

type count struct{ written, left int }

// refusalLines is how many lines a minute each kind of refusal gets: a flood of requests must not fill the disk. Those
// beyond are counted, and the next line has their number.
const refusalLines = 60

// New returns a log whose lines about refusals go to log, and those about requests too unless the configuration has
// another.
func New(config Config, log *slog.Logger) *Log {
	if config.Log == nil {
		config.Log = log
	}
	return &Log{config: config, refusals: log, counts: make(map[Refusal]*count), tallies: make(map[tallyKey]*Entry)}
}

// Write writes the lines that a request gets, once it is answered.
func (l *Log) Write(r *http.Request, e *Entry) {
	if e.Refusal != "" {
		l.refused(r, e)
	}
	switch l.config.Requests {
	case All:
	case Failed:
		if e.Status < http.StatusBadRequest && !e.Cut {
			return
		}
	default:
		return
	}
	ctx := r.Context()
	if !l.config.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	l.write(ctx, l.config.Log, l.client(r), r, e, "request", nil)
}

// refused counts a refusal, and writes a line about it where there are not too many.
func (l *Log) refused(r *http.Request, e *Entry) {
	if l.config.Counted != nil {
		l.config.Counted(e.Refusal)
	}
	left, ok := l.room(e.Refusal)
	if !ok || !l.refusals.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	more := make([]slog.Attr, 0, 4)
	more = append(more, slog.String("reason", string(e.Refusal)))
	if hint := hints[e.Refusal]; hint != "" {
		more = append(more, slog.String("hint", hint))
	}
	if e.Refusal == Host {
		more = append(more, slog.String("host", printable(r.Host)))
	}
	if left > 0 {
		more = append(more, slog.Int("more", left))
	}
	l.write(r.Context(), l.refusals, l.client(r), r, e, "refused", more)
}

// room reports whether a refusal may have a line, and how many before it had none.
func (l *Log) room(refusal Refusal) (left int, ok bool) {
	minute := l.config.Clock().Unix() / 60
	l.mu.Lock()
	defer l.mu.Unlock()
	if minute != l.minute {
		l.minute = minute
		for _, c := range l.counts {
			c.written = 0
		}
	}
	c := l.counts[refusal]
	if c == nil {
		c = new(count)
		l.counts[refusal] = c
	}
	if c.written >= refusalLines {
		c.left++
		return 0, false
	}
	c.written++
	left, c.left = c.left, 0
	return left, true
}

// write writes a line. r is nil for one of many requests.
func (l *Log) write(ctx context.Context, log *slog.Logger, client netip.Prefix, r *http.Request, e *Entry,
	message string, more []slog.Attr) {
	attrs := append(make([]slog.Attr, 0, 16), more...)
	if e.ID != "" {
		attrs = append(attrs, slog.String("request", e.ID))
	}
	attrs = append(attrs, slog.String("viewer", e.Viewer))
	switch {
	case client.IsValid() && client.IsSingleIP():
		attrs = append(attrs, slog.String("client", client.Addr().String()))
	case client.IsValid():
		attrs = append(attrs, slog.String("client", client.String()))
	}
	if r != nil {
		attrs = append(attrs, slog.String("method", Method(r.Method)))
	} else {
		attrs = append(attrs, slog.Int("count", e.count))
	}
	attrs = append(attrs, slog.String("route", e.Route))
	if r != nil {
		if query := queryOf(r.URL.RawQuery); query != "" {
			attrs = append(attrs, slog.String("query", query))
		}
	}
	if e.Status > 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	if e.Cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	// Whole microseconds: of a fraction the handler of JSON makes text by way of encoding/json.
	attrs = append(attrs, slog.Int("bytes", e.Bytes), slog.Int64("us", e.Took.Microseconds()))
	line := slog.NewRecord(time.Now(), slog.LevelInfo, message, 0)
	line.AddAttrs(attrs...)
	_ = log.Handler().Handle(ctx, line) // a disk that is full is no reason to answer nobody
}

// client returns the address of a request as far as the operator chose; the zero one: not at all.
func (l *Log) client(r *http.Request) netip.Prefix {
	if l.config.Address == Hidden {
		return netip.Prefix{}
	}
	address := l.config.Client(r)
	bits := address.BitLen()
	switch {
	case l.config.Address == Full:
	case address.Is6():
		bits = 48
	case address.Is4():
		bits = 24
	}
	network, _ := address.Prefix(bits) // zero where the connection has no address
	return network
}

// Method returns the method of a request where HTTP has one of this name, else other: clients may think of any.
func Method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return m
	}
	return "other"
}
