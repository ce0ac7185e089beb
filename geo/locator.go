package geo

import "github.com/paulmach/orb"

// Match is the answer of a Locator.
type Match struct {
	Area     int     // index into the areas given to NewLocator; -1: none holds the point
	Snapped  bool    // the point lies in a gap: Area is the nearest one, within SnapDistance
	Distance float64 // metres to Area's border where Snapped, else 0
}

// SnapDistance is how far, in metres, a point in a gap may lie from the area it goes to.
const SnapDistance = 100

// Locator says which of many areas holds a point, exactly. It never changes once made, so
// any number of goroutines may share it.
type Locator struct{ areas []orb.MultiPolygon }

// NewLocator indexes the areas; a nil area holds nothing. The rings must be as Clean
// leaves them.
func NewLocator(areas []orb.MultiPolygon) *Locator { return &Locator{areas} }

// Locate returns the area that holds p. A point on a border, or where areas overlap, goes
// to the first of them by index.
func (l *Locator) Locate(p orb.Point) Match { panic("not yet") }

// Distance returns the metres from p to the area: 0 inside it.
func (l *Locator) Distance(p orb.Point, area int) float64 { panic("not yet") }

// Cells returns, sorted, the cells of the resolution whose centres the area holds, by the
// rule of Locate without snapping: so a cell belongs to one area at most.
func (l *Locator) Cells(area, resolution int) ([]Cell, error) { panic("not yet") }
