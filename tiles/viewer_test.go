package tiles

import (
	"errors"
	"fmt"
	"testing"

	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/data"
)

func TestHouseholdsNeedTheRight(t *testing.T) {
	p := newProgramme(10, 500)
	ix := newIndex(t, p)
	s := New(Config{})
	at := maptile.At(p.households[0].Point, 15)
	tile, err := s.Tile(t.Context(), ix.For(coverage.Operator), Households, 15, int(at.X), int(at.Y), window)
	if err != nil || len(tile.MVT) == 0 {
		t.Fatalf("the operator gets %d bytes, error %v", len(tile.MVT), err)
	}
	for _, v := range []coverage.Viewer{{}, {SmallCounts: true}} {
		for zoom, shift := range map[int]int{15: 0, 11: 4} {
			if _, err := s.Tile(t.Context(), ix.For(v), Households, zoom, int(at.X>>shift), int(at.Y>>shift),
				window); !errors.Is(err, coverage.ErrNotAllowed) {
				t.Errorf("viewer %+v, zoom %d: error %v, want ErrNotAllowed", v, zoom, err)
			}
		}
	}
}

func TestSmallCountsStayBack(t *testing.T) {
	ix := newIndex(t, newProgramme(11, 2000))
	s := New(Config{})
	public := coverage.Viewer{}
	suppressed := 0
	eachTile(t, s, ix.For(public), Cells, 13, Window{}, land, func(x, y int, layers []readLayer) {
		for _, l := range layers {
			for i := range l.features {
				f := &l.features[i]
				if f.props["suppressed"] == true {
					suppressed++
				}
				if _, ok := f.props["days_since_visit"]; ok || len(fmt.Sprint(f.props["last_visit"])) == len("2026-03-01") {
					t.Errorf("cell %v shows the day of a visit: %v", f.props["h3"], f.props)
				}
				for _, key := range []string{"visits", "households", "attempted", "contacted", "reached", "revisit_due"} {
					if n, ok := f.props[key].(uint64); ok && (n < 10 || n%5 != 0) {
						t.Errorf("cell %v shows %s %d", f.props["h3"], key, n)
					}
				}
				_, rate := f.props["coverage"]
				_, households := f.props["households"]
				if _, reached := f.props["reached"]; rate && !(households && reached) {
					t.Errorf("cell %v shows coverage but not its parts: %v", f.props["h3"], f.props)
				}
			}
		}
	})
	if suppressed == 0 {
		t.Error("nothing is suppressed")
	}
}

func TestParentNarrowsAreas(t *testing.T) {
	ix := newIndex(t, newProgramme(12, 1000))
	s := New(Config{})
	w := window
	w.Parent = "20101"
	got := make(map[any]int)
	eachTile(t, s, ix.For(coverage.Operator), Areas, 11, w, land, func(x, y int, layers []readLayer) {
		for _, l := range layers {
			if l.name == AreaLabels {
				for i := range l.features {
					got[l.features[i].props["code"]]++
				}
			}
		}
	})
	if len(got) != 5 || got["20101"] != 1 || got["2010103"] != 1 {
		t.Errorf("labels %v, want the commune and its four hamlets", got)
	}
}

// month is a window that is published.
var month = Window{From: mustDay("2026-03-01"), To: mustDay("2026-03-31")}

// published returns a window like another that is published.
func published(w Window) Window {
	w.From, w.To, w.Boundaries = data.NoDate, data.NoDate, data.NoDate
	if w.EarlierTo != data.NoDate {
		w.EarlierFrom, w.EarlierTo = month.From, month.To
	}
	return w
}
