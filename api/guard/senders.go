package guard

import (
	"context"
	"encoding/hex"
	"math"
	"net/netip"
	"time"

	"tungnha/data"
)

// senderVisits is what one address may still post, and what it posted in the current minute.
type senderVisits struct {
	used   float64   // of Limits.Visits, at the moment
	at     time.Time // of used
	minute int64     // since 1970
	count  int       // recorded in the minute
}

// burst is how many visits of one address in a minute are worth a line in the log: a team records some ten an hour, and
// an office that sends those of a day some hundred.
const burst = 1000

// TakeVisits takes visits from what an address may post in a day. Where it has too few left it takes none and returns
// false and after what time it may try again. Loopback addresses have no limit, see Begin.
func (c *Clients) TakeVisits(from netip.Addr, visits int, now time.Time) (after time.Duration, ok bool) {
	if c.limits.Visits <= 0 || !from.IsValid() || from.IsLoopback() {
		return 0, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.client(from, now)
	one.visits.drain(c.perDay(), now)
	visits = min(visits, c.limits.Visits) // a post of more is taken by who has sent none
	over := one.visits.used + float64(visits) - float64(c.limits.Visits)
	if over > 0 {
		seconds := over / c.perDay() * float64(time.Second)
		return time.Duration(math.Min(math.Max(seconds, float64(time.Second)), float64(24*time.Hour))), false
	}
	one.visits.used += float64(visits)
	return 0, true
}

// SettleVisits gives back what was taken for visits that were not recorded, and reports whether the address has just
// passed a burst of those that were. It does so once a minute.
func (c *Clients) SettleVisits(from netip.Addr, recorded, others int, now time.Time) (passed bool) {
	if !from.IsValid() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.client(from, now)
	v := &one.visits
	v.used = max(0, v.used-float64(others))
	if minute := now.Unix() / 60; minute != v.minute {
		v.minute, v.count = minute, 0
	}
	before := v.count
	v.count += recorded
	return before < burst && v.count >= burst
}

func (c *Clients) perDay() float64 { return float64(c.limits.Visits) / (24 * time.Hour).Seconds() }

func (v *senderVisits) drain(perSecond float64, now time.Time) {
	if elapsed := now.Sub(v.at).Seconds(); elapsed > 0 {
		v.used, v.at = max(0, v.used-elapsed*perSecond), now
	}
}

// Sender returns the name under which visits from an address are stored: 16 letters and digits that only who has the
// secret can make from the address. An address that is not known has the name "unknown".
func Sender(secret data.Secret, from netip.Addr) string {
	if !from.IsValid() {
		return "unknown"
	}
	mac := secret.MAC("sender of visits", []byte(keyOf(from).String()))
	return hex.EncodeToString(mac[:8])
}

type clientKey struct{}

// ClientOf returns the address that a request comes from, as Handler found it.
func ClientOf(ctx context.Context) netip.Addr {
	from, _ := ctx.Value(clientKey{}).(netip.Addr)
	return from
}
