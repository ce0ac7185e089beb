package coverage

import (
	"context"
	"time"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// Source is what an index is built from.
type Source interface {
	// Read streams one consistent state of the store and returns its revision.
	Read(ctx context.Context, sink data.RecordHandler) (revision int64, err error)
}

// Index is one immutable state of the data in memory. Any number of goroutines may share it.
//
// What visits do not change (areas, teams, households) stands in the registry, which
// successive states share. Visits stand in blocks of households: the state after a post
// copies the blocks it touched and shares all others.
type Index struct {
	version  string
	config   *rules.Config
	teams    []data.Team
	registry *registry
	blocks   []*block
	revision int64  // of the source, up to which this state is complete
	digest   uint64 // of registry and blocks, see digest.go
	first    data.Date
	last     data.Date
	visits   int
	clock    func() time.Time
	results  *cache
	id       *id
}

// newIndex puts the parts together and derives what can be known from them.
func newIndex(config *rules.Config, reg *registry, blocks []*block, revision int64, clock func() time.Time) *Index {
	ix := &Index{
		config: config, teams: reg.teams, registry: reg, blocks: blocks,
		revision: revision, clock: clock, results: newCache(), id: new(id),
	}
	ix.digest = reg.digest
	for _, b := range blocks {
		ix.digest += b.digest
		ix.visits += len(b.days)
		if len(b.days) == 0 {
			continue
		}
		if first := data.Date(b.first); ix.first == data.NoDate || first < ix.first {
			ix.first = first
		}
		ix.last = max(ix.last, data.Date(b.last))
	}
	ix.version = versionName(ix.digest, config)
	return ix
}

// Version names the state of the data: equal versions hold equal data, also after a restart.
// It is made of what the index holds and of the configuration, so that neither another
// database nor other thresholds can pass for this one.
func (ix *Index) Version() string { return ix.version }

// Revision returns the revision of the source up to which the index is complete.
func (ix *Index) Revision() int64 { return ix.revision }

// Config returns the skills and thresholds that the index was built with.
func (ix *Index) Config() *rules.Config { return ix.config }

// today is the last day of a window that names none.
func (ix *Index) today() data.Date { return data.DateOf(ix.clock()) }

// Memory is what an index holds and the bytes that its columns take.
type Memory struct {
	Households     int
	HouseholdBytes int // ids and their table included
	Visits         int // reports as they came, before those of one day are merged
	VisitBytes     int
}

// Memory measures the columns of the index. Areas and kept results are not among them.
func (ix *Index) Memory() Memory {
	h := &ix.registry.households
	m := Memory{Households: h.len(), HouseholdBytes: h.bytes() + ix.registry.versionBytes(), Visits: ix.visits}
	for _, b := range ix.blocks {
		m.HouseholdBytes += 4*cap(b.starts) + blockOverhead + b.dayIndex.overhead()
		m.VisitBytes += visitBytes * cap(b.days)
	}
	return m
}
