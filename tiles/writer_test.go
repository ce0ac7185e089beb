package tiles

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
	"tungnha/tiles/mvt"
)

// drawRow writes one row as a feature of the layer and reads it back.
func drawRow(t *testing.T, row coverage.Row) map[string]any {
	t.Helper()
	config := rules.DefaultConfig()
	result := &coverage.Result{Config: config, Query: coverage.Query{To: mustDay("2026-08-01")}}
	var d tileEncoder
	w := &d.mvt
	w.Begin("row", names(countFields(config.Skills)))
	w.Point(mvt.Point{X: 1, Y: 1})
	d.count(0, result, &row)
	w.Feature(7, mvt.PointType)
	w.End()
	layers, err := readTile(w.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return layers[0].features[0].props
}

func TestCountsAreWrittenAsDefined(t *testing.T) {
	row := coverage.Row{Figures: rules.Figures{Count: rules.Count{Households: 3000, Attempted: 2000, Contacted: 1500,
		Reached:    1000,
		RevisitDue: 12, Visits: 70000, LastVisit: mustDay("2026-07-22")},
		Flags: rules.FlagNoTeam | rules.FlagLowUptake<<2}}
	row.Assessed[2], row.Shown[2] = 300, 100
	got := drawRow(t, row)
	for key, want := range map[string]any{
		"households": uint64(3000), "attempted": uint64(2000), "contacted": uint64(1500), "reached": uint64(1000),
		"revisit_due": uint64(12), "visits": uint64(70000), "last_visit": "2026-07-22", "days_since_visit": uint64(10),
		"coverage": 0.3333, "attempt_rate": 0.6667, "success_rate": 0.6667, "no_team": true, "low_uptake": true,
		"flags": "no_team;low_uptake:payment", "assessed_payment": uint64(300), "shown_payment": uint64(100),
		"uptake_payment": 0.3333, "low_uptake_payment": true, "assessed_safety": uint64(0), "shown_safety": uint64(0),
	} {
		if got[key] != want {
			t.Errorf("%s: got %v, want %v", key, got[key], want)
		}
	}
	for _, key := range []string{"uptake_safety", "suppressed", "unvisited", "stale"} {
		if v, there := got[key]; there {
			t.Errorf("%s: got %v, want nothing", key, v)
		}
	}
}

func TestNothingIsNoRate(t *testing.T) {
	got := drawRow(t, coverage.Row{})
	for _, key := range []string{"coverage", "attempt_rate", "success_rate", "uptake_payment", "last_visit",
		"days_since_visit", "flags"} {
		if v, there := got[key]; there {
			t.Errorf("%s: got %v, want nothing", key, v)
		}
	}
	if got["households"] != uint64(0) {
		t.Errorf("households: got %v, want 0", got["households"])
	}
}

// What is hidden is not in the tile, nor any rate that it is part of.
func TestHiddenCountsAreLeftOut(t *testing.T) {
	full := coverage.Row{Figures: rules.Figures{Count: rules.Count{Households: 100, Attempted: 50, Contacted: 40,
		Reached: 30, RevisitDue: 5}}}
	full.Assessed[0], full.Shown[0] = 30, 10
	for _, tt := range []struct {
		hidden rules.Hidden
		gone   []string
	}{
		{rules.HiddenHouseholds, []string{"households", "coverage", "attempt_rate"}},
		{rules.HiddenAttempted, []string{"attempted", "attempt_rate"}},
		{rules.HiddenContacted, []string{"contacted", "success_rate"}},
		{rules.HiddenReached, []string{"reached", "coverage", "success_rate"}},
		{rules.HiddenRevisitDue, []string{"revisit_due"}},
		{rules.HiddenAssessed, []string{"assessed_public_services", "uptake_public_services"}},
		{rules.HiddenShown, []string{"shown_public_services", "uptake_public_services"}},
	} {
		row := full
		row.Hidden = tt.hidden
		want := drawRow(t, full)
		for _, key := range tt.gone {
			if _, there := want[key]; !there {
				t.Fatalf("%s is not written at all", key)
			}
			delete(want, key)
		}
		for _, m := range rules.DefaultConfig().Measures() { // others that the count is part of
			if m.Hide&tt.hidden != 0 {
				delete(want, m.Key)
			}
		}
		want["suppressed"] = true
		if got := drawRow(t, row); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("hidden %b: got %v, want %v", tt.hidden, got, want)
		}
	}
}

// The dictionary against a map: whatever comes, an index identifies its value.
func TestDictionary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var w mvt.Encoder
	for layer := range 5 {
		w.Reset()
		keys := make([]string, 40)
		for i := range keys {
			keys[i] = fmt.Sprint("k", i)
		}
		w.Begin("values", keys)
		var want []map[string]any
		for id := range 400 {
			props := make(map[string]any)
			for i, key := range keys {
				switch random.IntN(6) {
				case 0:
					n := random.Uint32() >> (random.IntN(32))
					w.Tag(i, w.Values.Uint(n))
					props[key] = uint64(n)
				case 1:
					whole := random.Uint32N(1000) + 1
					part := random.Uint32N(2 * whole)
					w.Tag(i, w.Values.Ratio(part, whole))
					props[key] = math.Floor(float64(part)*1e4/float64(whole)+0.5) / 1e4
				case 2:
					w.Tag(i, w.Values.True())
					props[key] = true
				case 3:
					s := fmt.Sprint("s", random.IntN(20))
					w.Tag(i, w.Values.Shared(s))
					props[key] = s
				case 4:
					day := data.Date(random.IntN(3000) + 40000)
					w.Tag(i, w.Values.Date(day))
					props[key] = day.String()
				}
			}
			w.Point(mvt.Point{X: int32(random.IntN(mvt.Extent)), Y: int32(random.IntN(mvt.Extent))})
			w.Feature(uint64(id+1), mvt.PointType)
			want = append(want, props)
		}
		w.End()
		layers, err := readTile(w.Bytes(), nil)
		if err != nil {
			t.Fatalf("layer %d: %v", layer, err)
		}
		for i, f := range layers[0].features {
			if fmt.Sprint(f.props) != fmt.Sprint(want[i]) {
				t.Fatalf("layer %d feature %d: got %v, want %v", layer, i, f.props, want[i])
			}
		}
	}
}

// Slots are not emptied between layers, and the count of layers comes round.
func TestManyLayersAreAlike(t *testing.T) {
	var w mvt.Encoder
	var first []byte
	for n := range 600 {
		w.Reset()
		w.Begin("again", []string{"a", "b", "c", "d"})
		for _, v := range []uint32{3, 5000, 3, uint32(n) % 3, 5000} {
			w.Point(mvt.Point{X: 1, Y: 1})
			w.Tag(0, w.Values.Uint(v))
			w.Tag(1, w.Values.Ratio(v, 10000))
			w.Tag(2, w.Values.Date(mustDay("2026-03-01")))
			w.Tag(3, w.Values.True())
			w.Feature(1, mvt.PointType)
		}
		w.End()
		switch got := w.Bytes(); {
		case n == 0:
			first = got
		case n%3 == 0 && !bytes.Equal(got, first):
			t.Fatalf("layer %d is %v, the first was %v", n, got, first)
		}
	}
}

func TestCellIDs(t *testing.T) {
	seen := make(map[uint64]geo.Cell)
	center, err := geo.CellAt(orb.Point{108.2, 16.05}, 11)
	if err != nil {
		t.Fatal(err)
	}
	for r := 3; r <= 11; r++ {
		disk, err := center.Parent(r).Disk(12)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range disk {
			id := cellID(c)
			if other, twice := seen[id]; twice {
				t.Fatalf("%s and %s have the id %d", c, other, id)
			}
			if id > 1<<53 || id < coarser[r] || id >= coarser[r+1] {
				t.Errorf("%s of resolution %d has the id %d", c, r, id)
			}
			seen[id] = c
			for _, d := range disk[:5] {
				if (c < d) != (id < cellID(d)) && c != d {
					t.Errorf("%s and %s stand in another order than their ids", c, d)
				}
			}
		}
	}
}

func TestResolutionsOfZooms(t *testing.T) {
	// The contract, on tiles of 512 pixels.
	for z, want := range map[int]int{0: 3, 4: 3, 5: 3, 6: 4, 7: 5, 8: 5, 9: 6, 10: 7, 11: 8, 12: 8, 13: 9, 14: 10,
		15: 10, 16: 11} {
		if resolutions[z] != want {
			t.Errorf("zoom %d shows resolution %d, want %d", z, resolutions[z], want)
		}
	}
}
