package coverage

import (
	"tungnha/coverage/boundary"
	"tungnha/coverage/release"
	"tungnha/coverage/rules"
	"tungnha/coverage/windows"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/internal/limit"
)

// By is what a query groups by.
type By string

// The keys to group by.
const (
	ByArea  By = "area"
	ByCell  By = "cell"
	ByTeam  By = "team"
	ByDay   By = "day"
	ByWeek  By = "week"
	ByMonth By = "month"
)

// The H3 resolutions that a query by cell may have. The tiles of the lowest zooms use
// the coarsest.
const (
	MinResolution = 3
	MaxResolution = geo.BaseResolution

	// MinFine is the coarsest resolution that a query within a cell may have. From there on
	// households are looked at one by one, so that less of the map is less to do.
	MinFine = windows.GroupResolution + 1
)

// Query describes counts in a window of whole days, both ends inclusive.
type Query struct {
	By         By
	Level      data.Level // by area: the level of the rows
	Parent     string     // code of the area to stay within; empty: everything
	Resolution int        // by cell: MinResolution to MaxResolution
	Within     geo.Cell   // by cell: only those below this coarser one, see MinFine; 0: all
	From       data.Date  // NoDate: ever, up to To
	To         data.Date  // NoDate: today
	Boundaries data.Date  // the day whose boundaries count; NoDate: To
}

// Result is the answer to a query. It is shared between readers and never changes.
type Result struct {
	Query      Query  // with To and Boundaries filled in
	Version    string // of the data: the same version and query give the same result
	Boundaries *boundary.Tree
	Config     *rules.Config
	Teams      []data.Team      // by team: what Row.Team points into
	Release    *release.Release // whose figures these are, rounded; nil: exact ones
	Total      Row
	Rows       []Row // areas by code, cells by index, teams by id, periods by day

	everywhere bool    // its rows are of no part of the programme alone
	provinces  []int32 // by cell: whose thresholds apply in each, see cellProvinces; nil: the common ones
	spots      *lazySpots
	memory     *limit.Shared // of its rows; nil: not counted
}

// Row is the count of one key. Which of Area, Cell, Team and Day has the key depends on the
// query's By.
type Row struct {
	Area int32     // index into Boundaries.Areas; boundary.NoArea: the bucket of no area
	Cell geo.Cell  // H3 cell at the query's resolution
	Team int32     // index into the index's Teams
	Day  data.Date // first day of the period

	rules.Figures

	HamletsFlagged *[rules.NumFlags]uint32 // by area above hamlets: how many of its hamlets have each flag, else nil
}

// Everywhere reports whether the query and the viewer's scope left out no place: then the
// rows by cell are all cells of the resolution in which households are registered, the same
// ones in every result with the same Boundaries.
func (r *Result) Everywhere() bool { return r.everywhere }
