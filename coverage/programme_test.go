package coverage

import (
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage/internal/fixture"
	"tungnha/geo"
)

type memory = fixture.Memory

var (
	day             = fixture.Day
	at              = fixture.At
	square          = fixture.Square
	randomProgramme = fixture.Random
	denseProgramme  = fixture.Dense
	randomPoint     = fixture.Point
	randomVisit     = fixture.Visit

	programmeBegin, programmeEnd, merger = fixture.Begin, fixture.End, fixture.Merger
)

// cellAt returns the base cell of a point that must have one.
func cellAt(t testing.TB, p orb.Point) geo.Cell {
	t.Helper()
	c, err := geo.CellAt(p, geo.BaseResolution)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
