package tiles

import (
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/data"
)

func TestReachHoldsTheFootprint(t *testing.T) {
	p := newProgramme(51, 20000)
	for i := range p.households { // some hamlets are small, and drawn wide
		if i%7 == 0 {
			p.households[i].Point[0] += 0.02
		}
	}
	ix := newIndex(t, p)
	s := newShapes(ix.For(coverage.Operator), ix.For(coverage.Operator).BoundariesOn(window.To))
	reach := s.reach()
	for i := range s.boundaries.Areas {
		if s.boundaries.Areas[i].Level != data.Hamlet {
			continue
		}
		f, err := s.shape(int32(i))
		if err != nil || f == nil {
			t.Fatalf("%s: %v, error %v", s.boundaries.Areas[i].Code, f, err)
		}
		if reach[i].Union(f.Box) != reach[i] {
			t.Errorf("%s: %v sticks out of %v", s.boundaries.Areas[i].Code, f.Box, reach[i])
		}
	}
}

// Hamlets have properties for a derived shape: that it is, from how many households and when; to the
// public not where that is few, or where the households of the hamlet are kept back.
func TestFootprintsAreMarked(t *testing.T) {
	p := newProgramme(71, 3000)
	few := func(id string) bool { return strings.HasPrefix(id, "H2000000") && id > "H2000000-00004" } // five are left
	p.households = slices.DeleteFunc(p.households, func(h data.Household) bool { return few(h.ID) })
	p.visits = slices.DeleteFunc(p.visits, func(v data.Visit) bool { return few(v.HouseholdID) })
	for i := range p.households {
		p.households[i].RegisteredOn = mustDay("2025-01-01")
	}
	ix := newIndex(t, p)
	for _, v := range []coverage.Viewer{coverage.Operator, {}} {
		server, marked, counted := New(Config{}), 0, 0
		x0, y0, x1, y1 := tileRange(land, 12)
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				tile, err := server.Tile(t.Context(), ix.For(v), Areas, 12, x, y, Window{})
				if err != nil {
					t.Fatal(err)
				}
				layers, err := readTile(tile.MVT, buffers)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range layers {
					for _, f := range l.features {
						hamlet := f.props["level"] == "hamlet"
						if (f.props["geometry_derived"] == true) != hamlet || hamlet &&
							f.props["derived_on"] != "2025-01-01" {
							t.Errorf("%v: derived %v on %v", f.props["code"], f.props["geometry_derived"],
								f.props["derived_on"])
						}
						n, told := f.props["derived_households"]
						if !hamlet && told {
							t.Errorf("%v: made from %v households", f.props["code"], n)
						}
						if f.props["code"] == "2000000" && told != v.SmallCounts {
							t.Errorf("five households: %v to a viewer with small counts %t", n, v.SmallCounts)
						}
						if hamlet {
							marked++
						}
						if told {
							counted++
						}
						if _, shown := f.props["households"]; told && !shown {
							t.Errorf("%v: %v households are told by the shape alone", f.props["code"], n)
						}
					}
				}
			}
		}
		if marked == 0 || counted == 0 || v.SmallCounts && marked != counted {
			t.Errorf("%+v: %d of %d hamlets tell their households", v, counted, marked)
		}
	}
}

// On boundaries that have districts, these are drawn between the province and its communes.
func TestDistrictsAreDrawn(t *testing.T) {
	p := newProgramme(72, 500)
	before := mustDay("2025-06-30")
	var outline orb.MultiPolygon
	for i := range p.areas {
		if a := &p.areas[i]; a.Level == data.Commune && a.Code < "202" {
			outline = append(outline, a.Geometry...)
			a.ValidTo = before
			old := *a
			a.ValidFrom, a.ValidTo = before+1, data.NoDate
			old.Parent = "200"
			p.areas = append(p.areas, old)
		}
	}
	p.areas = append(p.areas, data.Area{Code: "200", Name: "Huyện", Level: data.District, Parent: "20", ValidTo: before,
		Geometry:           outline,
		DeclaredHouseholds: data.Unknown, Population: data.Unknown})
	ix := newIndex(t, p)
	for on, want := range map[data.Date]int{before: 1, before + 1: 0} {
		for z, shown := range map[int]bool{districtZoom - 1: false, districtZoom: true, 10: true} {
			found := 0
			x0, y0, x1, y1 := tileRange(land, z)
			for x := x0; x <= x1; x++ {
				for y := y0; y <= y1; y++ {
					w := window
					w.Boundaries = on
					tile, err := New(Config{}).Tile(t.Context(), ix.For(coverage.Operator), Areas, z, x, y, w)
					if err != nil {
						t.Fatal(err)
					}
					layers, err := readTile(tile.MVT, buffers)
					if err != nil {
						t.Fatal(err)
					}
					for _, l := range layers {
						for _, f := range l.features {
							if l.name == string(AreaLabels) && f.props["level"] == "district" {
								found++
							}
						}
					}
				}
			}
			if expected := map[bool]int{true: want}[shown]; found != expected {
				t.Errorf("boundaries of %s, zoom %d: %d districts, want %d", on, z, found, expected)
			}
		}
	}
}
