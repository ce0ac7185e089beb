package guard

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what one address may send. A zero is no limit.
type Limits struct {
	Requests int     // under way at once
	Rate     float64 // requests a second, on the average
	Burst    int     // requests beyond the average at once; 0: those of ten seconds
	Visits   int     // posted in a day
}

// DefaultLimits are generous: an office or a mobile network often has one address for many people.
var DefaultLimits = Limits{Requests: 200, Rate: 100, Burst: 2000, Visits: 20_000}

// Clients counts the requests of each address. Any number of goroutines may share it.
type Clients struct {
	limits Limits

	mu    sync.Mutex
	all   map[netip.Prefix]*client
	sweep int // how many there may be before those who send nothing are forgotten
}

type client struct {
	underWay int
	rate     *rate.Limiter
	visits   senderVisits
}

// firstSweep is how many clients are remembered, some 200 bytes each, before the first sweep.
const firstSweep = 1 << 12

// NewClients returns an empty count.
func NewClients(limits Limits) *Clients {
	if limits.Burst == 0 {
		limits.Burst = max(1, int(10*limits.Rate))
	}
	return &Clients{limits: limits, all: make(map[netip.Prefix]*client), sweep: firstSweep}
}

// Begin counts a request of the address. It returns a function to call at the request's end or, where the address has
// reached a limit, nil and after what time it may try again. Loopback addresses have no limit: behind a proxy that is
// not trusted by name all clients have one, and nobody else can send from there.
func (c *Clients) Begin(from netip.Addr, now time.Time) (end func(), after time.Duration) {
	if !from.IsValid() || from.IsLoopback() {
		return func() {}, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.client(from, now)
	if c.limits.Requests > 0 && one.underWay >= c.limits.Requests {
		return nil, time.Second
	}
	if c.limits.Rate > 0 && !one.rate.AllowN(now, 1) {
		return nil, max(time.Second, time.Duration(float64(time.Second)/c.limits.Rate))
	}
	one.underWay++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		one.underWay--
	}), 0
}

// client returns what is known of an address. mu is locked.
func (c *Clients) client(from netip.Addr, now time.Time) *client {
	key := keyOf(from)
	one := c.all[key]
	if one == nil {
		if len(c.all) >= c.sweep {
			c.forget(now)
		}
		one = &client{rate: rate.NewLimiter(c.perSecond(), c.limits.Burst)}
		c.all[key] = one
	}
	return one
}

func (c *Clients) perSecond() rate.Limit {
	if c.limits.Rate <= 0 {
		return rate.Inf
	}
	return rate.Limit(c.limits.Rate)
}

// Group returns the name of who is counted together with a request.
func (p Proxies) Group(r *http.Request) string {
	address := p.Client(r)
	if !address.IsValid() {
		return ""
	}
	return keyOf(address).String()
}

// keyOf returns who is counted together: an IPv4 address, and an IPv6 network of 64 bits, all of whose addresses one
// client may use.
func keyOf(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	prefix, _ := a.Prefix(bits) // bits fit the address
	return prefix
}

// forget drops the addresses that have nothing under way, and have their whole burst and their visits again.
func (c *Clients) forget(now time.Time) {
	for key, one := range c.all {
		v := &one.visits
		v.drain(c.perDay(), now)
		if v.used > 0 || v.count > 0 && now.Unix()/60 == v.minute {
			continue
		}
		if one.underWay == 0 && (c.limits.Rate <= 0 || one.rate.TokensAt(now) >= float64(c.limits.Burst)) {
			delete(c.all, key)
		}
	}
	c.sweep = max(firstSweep, 2*len(c.all))
}
