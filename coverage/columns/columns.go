package columns

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
type Columns struct {
	*Registry
	Blocks      []*Block
	Revision    int64     // of the source, up to which this state is complete
	Digest      Digest    // of registry and blocks
	First, Last data.Date // days of the first and the last visit; NoDate where there is none
	Visits      int       // reports as they came
	ID          *ID
}

// newColumnSet puts the parts together and derives what can be known from them.
func newColumns(reg *Registry, blocks []*Block, revision int64) *Columns {
	c := &Columns{Registry: reg, Blocks: blocks, Revision: revision, Digest: reg.digest, ID: new(ID)}
	for _, b := range blocks {
		c.Digest = c.Digest.plus(b.digest)
		c.Visits += len(b.Days)
		if len(b.Days) == 0 {
			continue
		}
		if first := data.Date(b.First); c.First == data.NoDate || first < c.First {
			c.First = first
		}
		c.Last = max(c.Last, data.Date(b.last))
	}
	return c
}

// With returns the state, complete up to the revision, in which the households at the positions have the given visits
// instead of their old ones.
func (c *Columns) With(histories map[uint32][]Packed, revision int64) *Columns {
	touched := make(map[int]map[uint32][]Packed) // block, position
	for position, history := range histories {
		n := int(position / BlockSize)
		if touched[n] == nil {
			touched[n] = make(map[uint32][]Packed)
		}
		touched[n][position] = history
	}
	blocks := slices.Clone(c.Blocks)
	for n, histories := range touched {
		blocks[n] = blocks[n].with(n, c.Registry, histories)
	}
	return newColumns(c.Registry, blocks, revision)
}

// Bytes returns what the columns take: those of households with their blocks, and those of visits.
func (c *Columns) Bytes() (households, visits int) {
	households = c.Households.bytes() + c.versionBytes()
	for _, b := range c.Blocks {
		households += 4*cap(b.Starts) + blockOverhead + b.dayIndex.overhead()
		visits += visitBytes * cap(b.Days)
	}
	return households, visits
}
