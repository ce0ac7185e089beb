package coverage

import (
	"tungnha/coverage/rules"
	"tungnha/data"
)

// spread puts bit i of a byte into byte i of a word, so that one addition counts eight bits.
var spread = func() (table [256]uint64) {
	for b := range table {
		for bit := range 8 {
			table[b] |= uint64(b>>bit&1) << (8 * bit)
		}
	}
	return table
}()

// served is a bit beside those of State: a team serves the household's hamlet.
const served rules.State = 1 << 7

// maxBytes is how many households a run can count before its bytes would overflow.
const maxBytes = 255

// byteCounter adds up households that follow each other under one key. Each byte of a word counts
// one bit: of the states, of the skills assessed, of those shown.
type byteCounter struct {
	states, assessed, shown  uint64
	assessedHigh, shownHigh  uint64 // skills 8 to 15
	households, visits, last uint32
}

// add adds household i of the scratch, whose state may bear the bit served.
func (r *byteCounter) add(t *windowScratch, i int, state rules.State) {
	a, s := t.assessed[i], t.shown[i]
	r.states += spread[state]
	r.assessed += spread[a&0xff]
	r.shown += spread[s&0xff]
	r.assessedHigh += spread[a>>8]
	r.shownHigh += spread[s>>8]
	r.visits += uint32(t.visits[i])
	r.last = max(r.last, uint32(t.last[i]))
	r.households++
}

// addBits adds the bits of something that is no household of a scratch.
func (r *byteCounter) addBits(state rules.State, assessed, shown uint16) {
	r.states += spread[state]
	r.assessed += spread[assessed&0xff]
	r.shown += spread[shown&0xff]
	r.assessedHigh += spread[assessed>>8]
	r.shownHigh += spread[shown>>8]
	r.households++
}

// counter is the count of one key while it is added up.
type counter struct {
	rules.Count
	served uint32 // eligible households whose hamlet a team serves
	any    bool   // a household is registered here, eligible or not
}

// flush moves the run into the group and empties it.
func (r *byteCounter) flush(g *counter) {
	if r.households == 0 {
		return
	}
	g.any = true
	g.Households += uint32(r.states & 0xff)
	g.Attempted += uint32(r.states >> 8 & 0xff)
	g.Contacted += uint32(r.states >> 16 & 0xff)
	g.Reached += uint32(r.states >> 24 & 0xff)
	g.RevisitDue += uint32(r.states >> 32 & 0xff)
	g.served += uint32(r.states >> 56)
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
	*r = byteCounter{}
}

// addGroup adds cell group number at of a block to the count.
func addGroup(c *rules.Count, b *blockCounts, at int) {
	p, holds := &b.groups[at], b.count(at)
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
