package guard

import (
	"net/netip"
	"testing"
	"time"

	"tungnha/data"
)

// TestVisitsOfADay: what an address may post in a day is free again little by little; what was not recorded is given
// back, and a minute with very many is noticed once.
func TestVisitsOfADay(t *testing.T) {
	c := NewClients(Limits{Visits: 2400})
	now := time.Unix(1_000_020, 0)
	a, b := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.10")
	take := func(from netip.Addr, n int, want bool) {
		t.Helper()
		if after, ok := c.TakeVisits(from, n, now); ok != want || ok != (after == 0) {
			t.Errorf("%d visits: %t, try again after %s", n, ok, after)
		}
	}
	take(a, 2400, true)
	take(a, 1, false)
	take(b, 2400, true)
	if c.SettleVisits(a, 999, 100, now) {
		t.Error("999 in a minute are a burst")
	}
	take(a, 100, true)
	take(a, 1, false)
	if !c.SettleVisits(a, 1, 0, now) || c.SettleVisits(a, 5000, 0, now) {
		t.Error("want the burst once, when it passes a thousand")
	}
	if now = now.Add(time.Minute); !c.SettleVisits(a, 1000, 0, now) {
		t.Error("want the burst of another minute")
	}
	now = now.Add(time.Hour)
	take(a, 100, true)
	take(a, 100, false)
	for range 20 * firstSweep { // a flood of addresses frees nothing
		now = now.Add(time.Millisecond)
		b = b.Next()
		c.TakeVisits(b, 1, now)
	}
	take(a, 100, false)
	if now = now.Add(48 * time.Hour); len(c.all) < firstSweep {
		t.Errorf("%d addresses are remembered: the test sees no sweep", len(c.all))
	}
	take(a, 2400, true)
	c.forget(now)
	if len(c.all) != 1 {
		t.Errorf("%d addresses are remembered after two days, want the one that sent", len(c.all))
	}
}

// TestSender: the name is of the address, and of nobody who has not the secret.
func TestSender(t *testing.T) {
	one, other := data.NewSecret(), data.NewSecret()
	a, b := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.10")
	name, again := Sender(one, a), Sender(one, a)
	if name != again || name == Sender(one, b) || name == Sender(other, a) {
		t.Error("want one name for an address under a secret, and others elsewhere")
	}
	if got := Sender(one, netip.Addr{}); got != "unknown" {
		t.Errorf("no address: got %q", got)
	}
}
