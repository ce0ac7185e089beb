// Package coverage answers which households were reached: columns in memory, one query path.
package coverage

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/geo"
)

// Source is what the index reads from a store.
type Source interface {
	// Read streams one consistent state of the store and returns its revision.
	Read(ctx context.Context, sink data.Sink) (revision int64, err error)
	// Revision returns the revision of the store now; every committed write raises it.
	Revision(ctx context.Context) (int64, error)
	// PostVisits makes a batch durable before it returns.
	PostVisits(ctx context.Context, visits []data.Visit) (data.Posted, error)
}

// Index is one immutable state of the data in memory. Any number of goroutines may share it.
type Index struct {
	version string
	config  *Config
	teams   []data.Team
}

// Boundaries is the tree of areas valid on one day.
type Boundaries struct {
	From, To data.Date   // the days on which this tree holds, both inclusive; NoDate: unbounded
	Areas    []data.Area // sorted by code
}

// Find returns the index of the area with the code, or NoArea.
func (b *Boundaries) Find(code string) int32 { panic("not yet") }

// Children returns the indexes of the areas whose parent is the area, by code.
func (b *Boundaries) Children(area int32) []int32 { panic("not yet") }

// Build reads a source into a new index.
func Build(ctx context.Context, source Source, config *Config) (*Index, error) { panic("not yet") }

// Version names the state of the data: equal versions hold equal data, also after a restart.
func (ix *Index) Version() string { return ix.version }

// Config returns the skills and thresholds that the index was built with.
func (ix *Index) Config() *Config { return ix.config }

// Teams returns the teams, by id. The slice must not be changed.
func (ix *Index) Teams() []data.Team { return ix.teams }

// Bound returns the box around all areas and households.
func (ix *Index) Bound() orb.Bound { panic("not yet") }

// Span returns the first and the last day with a visit; NoDate where there is none.
func (ix *Index) Span() (first, last data.Date) { panic("not yet") }

// BoundariesOn returns the tree of areas valid on the day.
func (ix *Index) BoundariesOn(day data.Date) *Boundaries { panic("not yet") }

// Query answers q for the viewer. The result is kept for the next one who asks the same.
// A query out of bounds gets a *QueryError.
func (ix *Index) Query(ctx context.Context, v Viewer, q Query) (*Result, error) { panic("not yet") }

// QueryError says which parameter of a query is out of bounds.
type QueryError struct {
	Parameter string // by its name in a URL: resolution, level, parent, from …
	Reason    string
}

func (e *QueryError) Error() string { return e.Parameter + ": " + e.Reason }

// State is what a window holds of one household.
type State uint8

// The bits of State.
const (
	Eligible State = 1 << iota
	Attempted
	Contacted
	Reached
	RevisitDue
)

// Point is one household as the households layer and export show it.
type Point struct {
	ID        string
	Location  orb.Point
	Hamlet    string // code, empty where it declares none
	State     State
	LastVisit data.Date
	Visits    uint32 // in the window
}

// Points calls yield for the households within the bound that q (its window and Parent)
// and the viewer leave in sight, in the order of their cells; it stops at an error.
// A viewer without the right to see households gets ErrNotAllowed.
func (ix *Index) Points(ctx context.Context, v Viewer, q Query, bound orb.Bound, yield func(*Point) error) error {
	panic("not yet")
}

// Footprint returns, sorted, the cells of the resolution that hold a household of the
// hamlet: what stands in for the outline that hamlets do not have.
func (ix *Index) Footprint(hamlet string, resolution int) []geo.Cell { panic("not yet") }

// Live keeps an index up to date with its source.
type Live struct{}

// Open reads the source and returns an index that follows it. clock gives today.
func Open(ctx context.Context, source Source, config *Config, clock func() time.Time) (*Live, error) {
	panic("not yet")
}

// Index returns the index of now. It never blocks.
func (l *Live) Index() *Index { panic("not yet") }

// Run follows the source until ctx ends: writes of other processes are read when the
// revision moves.
func (l *Live) Run(ctx context.Context) error { panic("not yet") }

// Post makes visits durable in the source, then joins them to the index: the next call of
// Index sees them. It returns an effect for each visit, in order. Batches that wait at the
// same time share one transaction.
func (l *Live) Post(ctx context.Context, visits []data.Visit) ([]data.Effect, error) {
	panic("not yet")
}
