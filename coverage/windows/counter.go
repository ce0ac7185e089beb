package windows

import (
	"tungnha/coverage/rules"
	"tungnha/data"
)

// Spread puts bit i of a byte into byte i of a word, so that one addition counts eight bits.
var Spread = func() (table [256]uint64) {
	for b := range table {
		for bit := range 8 {
			table[b] |= uint64(b>>bit&1) << (8 * bit)
		}
	}
	return table
}()

// Served is a bit beside those of State: a team serves the household's hamlet.
const Served rules.State = 1 << 7

// MaxBytes is how many households a run can count before its bytes would overflow.
const MaxBytes = 255

// ByteCounter adds up households that follow each other under one key. Each byte of a word counts
// one bit: of the states, of the skills assessed, of those shown.
type ByteCounter struct {
	states, assessed, shown  uint64
	assessedHigh, shownHigh  uint64 // skills 8 to 15
	Households, visits, last uint32
}

// Add adds household i of the scratch, whose state may bear the bit served.
func (r *ByteCounter) Add(t *Scratch, i int, state rules.State) {
	a, s := t.Assessed[i], t.Shown[i]
	r.states += Spread[state]
	r.assessed += Spread[a&0xff]
	r.shown += Spread[s&0xff]
	r.assessedHigh += Spread[a>>8]
	r.shownHigh += Spread[s>>8]
	r.visits += uint32(t.Visits[i])
	r.last = max(r.last, uint32(t.Last[i]))
	r.Households++
}

// AddBits adds the bits of something that is no household of a scratch.
func (r *ByteCounter) AddBits(state rules.State, assessed, shown uint16) {
	r.states += Spread[state]
	r.assessed += Spread[assessed&0xff]
	r.shown += Spread[shown&0xff]
	r.assessedHigh += Spread[assessed>>8]
	r.shownHigh += Spread[shown>>8]
	r.Households++
}

// Counter is the count of one key while it is added up.
type Counter struct {
	rules.Count
	Served uint32 // eligible households whose hamlet a team serves
	Any    bool   // a household is registered here, eligible or not
}

// Flush moves the run into the group and empties it.
func (r *ByteCounter) Flush(g *Counter) {
	if r.Households == 0 {
		return
	}
	g.Any = true
	g.Households += uint32(r.states & 0xff)
	g.Attempted += uint32(r.states >> 8 & 0xff)
	g.Contacted += uint32(r.states >> 16 & 0xff)
	g.Reached += uint32(r.states >> 24 & 0xff)
	g.RevisitDue += uint32(r.states >> 32 & 0xff)
	g.Served += uint32(r.states >> 56)
	g.Visits += r.visits
	g.LastVisit = max(g.LastVisit, data.Date(r.last))
	for i := range 8 {
		g.Assessed[i] += uint32(r.assessed >> (8 * i) & 0xff)
		g.Shown[i] += uint32(r.shown >> (8 * i) & 0xff)
	}
	if r.assessedHigh != 0 {
		for i := range 8 {
			g.Assessed[8+i] += uint32(r.assessedHigh >> (8 * i) & 0xff)
			g.Shown[8+i] += uint32(r.shownHigh >> (8 * i) & 0xff)
		}
	}
	*r = ByteCounter{}
}

// AddGroup adds cell group number at of a block to the count.
func AddGroup(c *rules.Count, b *BlockCounts, at int) {
	p, holds := &b.Groups[at], b.count(at)
	c.Households += uint32(holds.states & 0xff)
	c.Attempted += uint32(holds.states >> 8 & 0xff)
	c.Contacted += uint32(holds.states >> 16 & 0xff)
	c.Reached += uint32(holds.states >> 24 & 0xff)
	c.RevisitDue += uint32(holds.states >> 32 & 0xff)
	c.Visits += holds.visits
	c.LastVisit = max(c.LastVisit, data.Date(p.lastVisit))
	p.skills.addTo(c, 0)
	if b.more != nil {
		b.more[at].addTo(c, 8)
	}
}

// addTo adds the skills to those of the count from the first on.
func (k skillCounts) addTo(c *rules.Count, first int) {
	assessed, shown := c.Assessed[first:first+8], c.Shown[first:first+8]
	for i, a, s := 0, k.assessed, k.shown; a != 0; i, a, s = i+1, a>>8, s>>8 {
		assessed[i] += uint32(a & 0xff)
		shown[i] += uint32(s & 0xff)
	}
}
