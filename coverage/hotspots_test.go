package coverage

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage/rules"
	"tungnha/internal/problem"
)

// What is withheld takes no part: as if the cell had nobody.
func TestHotSpotsLeaveOutWhatIsHidden(t *testing.T) {
	center := cellAt(t, orb.Point{108.2, 16.06}).Parent(8)
	cells, err := center.Disk(5)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(cells)
	rows, same := make([]Row, len(cells)), make([]Row, len(cells))
	for i := range cells {
		same[i] = Row{Cell: cells[i], Figures: rules.Figures{Count: rules.Count{Households: 20 + uint32(i*7%80),
			Reached: uint32(i * 13 % 20)}}}
		rows[i] = same[i]
		switch {
		case i%7 == 0:
			rows[i].Hidden, same[i].Households = rules.HiddenReached, 0
		case i%11 == 0:
			rows[i].Hidden, same[i].Households = rules.HiddenHouseholds, 0
		case i%5 == 0:
			rows[i].Hidden = rules.HiddenAttempted // of no matter
		}
	}
	got, err := findHotSpots(rows)
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := findHotSpots(same); !reflect.DeepEqual(got, want) || want.Missing != "" {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Through the index: the same rows as the query, the same for any number of workers, less
// for the public.
func TestIndexHotSpots(t *testing.T) {
	m := randomProgramme(7)
	ix := index(t, m)
	q := Query{By: ByCell, Resolution: 9, To: programmeEnd}
	result, h, err := ix.For(Operator).HotSpots(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Spots) != len(result.Rows) {
		t.Errorf("%d spots of %d rows", len(h.Spots), len(result.Rows))
	}
	if again, err := ask(t, ix, Operator, q).HotSpots(t.Context()); err != nil || again != h {
		t.Errorf("asked again: another answer, error %v", err)
	}
	_, forPublic, err := ix.For(Viewer{}).HotSpots(context.Background(), Query{By: ByCell, Resolution: 9})
	if err != nil || forPublic.Cells >= h.Cells {
		t.Errorf("the public's spots rest on %d cells, the operator's on %d, error %v", forPublic.Cells, h.Cells, err)
	}
	var fault *problem.ParameterError
	if _, _, err := ix.For(Operator).HotSpots(context.Background(), Query{By: ByTeam}); !errors.As(err, &fault) ||
		fault.Name != "by" {
		t.Errorf("by team: error %v", err)
	}
	if _, err := ask(t, ix, Operator, Query{By: ByTeam}).HotSpots(t.Context()); err == nil {
		t.Error("spots of a result by team")
	}
}
