package coverage

import (
	"context"
	"slices"

	"tungnha/data"
)

// Source is what an index is built from.
type Source interface {
	// Read streams one consistent state of the store and returns its revision.
	Read(ctx context.Context, sink data.RecordHandler) (revision int64, err error)
}

// columnSet is one immutable state of the data in memory. Any number of goroutines may share it.
//
// What visits do not change (areas, teams, households) is in the registry, which successive states share. Visits are in
// blocks of households: the state after a post copies the blocks it touched and shares all others.
type columnSet struct {
	*registry
	blocks      []*block
	revision    int64     // of the source, up to which this state is complete
	digest      uint64    // of registry and blocks, see digest.go
	first, last data.Date // days of the first and the last visit; NoDate where there is none
	visits      int       // reports as they came
	id          *id
}

// newColumnSet puts the parts together and derives what can be known from them.
func newColumnSet(reg *registry, blocks []*block, revision int64) *columnSet {
	c := &columnSet{registry: reg, blocks: blocks, revision: revision, digest: reg.digest, id: new(id)}
	for _, b := range blocks {
		c.digest += b.digest
		c.visits += len(b.days)
		if len(b.days) == 0 {
			continue
		}
		if first := data.Date(b.first); c.first == data.NoDate || first < c.first {
			c.first = first
		}
		c.last = max(c.last, data.Date(b.last))
	}
	return c
}

// with returns the state, complete up to the revision, in which the households at the positions have the given visits
// instead of their old ones.
func (c *columnSet) with(histories map[uint32][]packed, revision int64) *columnSet {
	touched := make(map[int]map[uint32][]packed) // block, position
	for position, history := range histories {
		n := int(position / blockSize)
		if touched[n] == nil {
			touched[n] = make(map[uint32][]packed)
		}
		touched[n][position] = history
	}
	blocks := slices.Clone(c.blocks)
	for n, histories := range touched {
		blocks[n] = blocks[n].with(n, &c.households, histories)
	}
	return newColumnSet(c.registry, blocks, revision)
}

// bytes returns what the columns take: those of households with their blocks, and those of visits.
func (c *columnSet) bytes() (households, visits int) {
	households = c.households.bytes() + c.versionBytes()
	for _, b := range c.blocks {
		households += 4*cap(b.starts) + blockOverhead + b.dayIndex.overhead()
		visits += visitBytes * cap(b.days)
	}
	return households, visits
}
