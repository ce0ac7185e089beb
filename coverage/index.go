package coverage

import (
	"context"
	"time"

	"tungnha/coverage/columns"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
)

// Index is one immutable state of the data, with what is needed to answer queries about it. Any number of goroutines
// may share it.
type Index struct {
	columns *columns.Columns
	version string
	config  *rules.Config
	clock   func() time.Time
	results *results
	derived *derived

	release  *release.Release // of a released state: what is published of it; nil: the state as it is now
	released *released        // of a state as it is now: the one that the public sees
}

// derived is what was computed from a registry on request. Successive states of an index share it,
// as they share the registry.
type derived struct {
	windows    *windows.Cache
	overlaps   *overlaps
	footprints footprints
	scopes     *scopes
	roundings  roundings

	resultBytes uint64 // that a state of the index keeps
}

// CacheBytes bounds the results and the counts of windows that an index keeps, in bytes.
type CacheBytes struct{ Results, Windows uint64 }

func newDerived(r *columns.Registry, secret data.Secret, most CacheBytes) *derived {
	return &derived{windows: windows.NewCache(r, int(most.Windows)), resultBytes: most.Results,
		overlaps: newOverlaps(), scopes: newScopes(), roundings: newRoundings(secret)}
}

// Build reads a source into a new index, see columns.Build for the memory that it needs meanwhile.
func Build(ctx context.Context, source columns.Source, config *rules.Config) (*Index, error) {
	return BuildAt(ctx, source, config, time.Now)
}

// BuildAt is Build with a clock of its own, which gives the last day of a window that names none. Beside a
// *data.AlteredError, for records that are not those that the program wrote last, there is an index of them.
func BuildAt(ctx context.Context, source columns.Source, config *rules.Config, clock func() time.Time,
	bytes ...CacheBytes) (*Index, error) {
	most := append(bytes, CacheBytes{maxResultBytes, windows.DefaultBytes})[0]
	config = config.WithSecret()
	c, before, err := columns.Build(ctx, source, config.Secret, config.Releases.At(clock(), data.NoDate).Moment())
	if c == nil {
		return nil, err
	}
	ix := newIndex(config, c, newDerived(c.Registry, config.Secret, most), clock)
	ix.released.once.Do(func() { ix.released.index = ix.releaseOf(before) })
	return ix, err
}

func newIndex(config *rules.Config, c *columns.Columns, d *derived, clock func() time.Time) *Index {
	return &Index{
		columns: c, version: config.Version(c.Digest.Bytes()), config: config, clock: clock,
		results: &results{most: d.resultBytes}, derived: d, released: new(released),
	}
}

// Version names the state of the data: equal versions have equal data, also after a restart and on other servers of
// the same store. It is made of the content of the index and of the configuration, so that neither another database nor
// other thresholds can pass for this one. Of two versions that differ nothing else can be learnt.
func (ix *Index) Version() string { return ix.version }

// Revision returns the revision of the source up to which the index is complete.
func (ix *Index) Revision() int64 { return ix.columns.Revision }

// Config returns the skills and thresholds that the index was built with.
func (ix *Index) Config() *rules.Config { return ix.config }

// today is the last day of a window that names none.
func (ix *Index) today() data.Date {
	if ix.release != nil {
		return ix.release.LastDay()
	}
	return data.DateOf(ix.clock())
}

// Memory is the content of an index and the bytes that its columns take.
type Memory struct {
	Households     int
	HouseholdBytes int // ids and their table included
	Visits         int // reports as they came, before those of one day are merged
	VisitBytes     int
}

// Memory measures the columns of the index. Areas and kept results are not among them.
func (ix *Index) Memory() Memory {
	c := ix.columns
	households, visits := c.Bytes()
	return Memory{
		Households: c.Households.Len(), HouseholdBytes: households + ix.derived.windows.GroupBytes() +
			ix.derived.footprints.bytes(),
		Visits: c.Visits, VisitBytes: visits,
	}
}
