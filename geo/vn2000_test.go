package geo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

// TestVN2000AgainstPROJ puts points all over the country through PROJ's cs2cs, in every
// zone, there and back. The two agree to the millimetre.
func TestVN2000AgainstPROJ(t *testing.T) {
	cs2cs, err := exec.LookPath("cs2cs")
	if err != nil {
		t.Skip("cs2cs is not installed (Debian: proj-bin)")
	}
	random := rand.New(rand.NewPCG(1, 2))
	var points []orb.Point
	for range 200 {
		// North of the Mekong's delta: there PROJ takes the parameters of an oil company
		// (EPSG 5194), 0.8 m from the official ones.
		points = append(points, orb.Point{102.2 + 7.2*random.Float64(), 12 + 11.3*random.Float64()})
	}
	for _, zone := range Zones {
		var in strings.Builder
		for _, p := range points {
			fmt.Fprintf(&in, "%.12f %.12f\n", p[1], p[0])
		}
		there := cs2csPoints(t, cs2cs, in.String(), "EPSG:4326", fmt.Sprintf("EPSG:%d", zone.EPSG))
		in.Reset()
		for i, p := range points {
			got := zone.Project(p)
			if d := math.Hypot(got[0]-there[i][0], got[1]-there[i][1]); d > 0.0005 {
				t.Fatalf("EPSG:%d of %v: got %.4f, PROJ says %.4f: %.4f m apart", zone.EPSG, p, got, there[i], d)
			}
			fmt.Fprintf(&in, "%.6f %.6f\n", there[i][0], there[i][1])
		}
		back := cs2csPoints(t, cs2cs, in.String(), fmt.Sprintf("EPSG:%d", zone.EPSG), "EPSG:4326")
		for i := range points {
			got, want := zone.Unproject(there[i]), orb.Point{back[i][1], back[i][0]}
			if d := math.Hypot(got[0]-want[0], got[1]-want[1]); d > 1e-9*5 {
				t.Fatalf("EPSG:%d back from %.4f: got %.10f, PROJ says %.10f", zone.EPSG, there[i], got, want)
			}
		}
	}
}

func cs2csPoints(t *testing.T, cs2cs, in, from, to string) []orb.Point {
	t.Helper()
	cmd := exec.Command(cs2cs, "-f", "%.10f", from, to)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cs2cs %s %s: %v", from, to, err)
	}
	var points []orb.Point
	for line := range strings.Lines(string(out)) {
		var p orb.Point
		if _, err := fmt.Sscan(line, &p[0], &p[1]); err != nil {
			t.Fatalf("cs2cs %s %s wrote %q: %v", from, to, line, err)
		}
		points = append(points, p)
	}
	return points
}

// TestZonesOf looks up provinces: every one has a zone, one alone where those merged into
// it had the same.
func TestZonesOf(t *testing.T) {
	provinces, seen := 0, map[string]bool{}
	for _, codes := range zoneProvinces {
		for _, code := range codes {
			provinces++
			if seen[code] {
				t.Errorf("province %s stands in two zones", code)
			}
			seen[code] = true
		}
	}
	if provinces != 63 || len(zoneProvinces) != len(Zones) {
		t.Errorf("%d provinces in %d zones, want 63 in %d", provinces, len(zoneProvinces), len(Zones))
	}
	gone := 0
	for _, codes := range merged {
		gone += len(codes)
	}
	if provinces-gone != 34 {
		t.Errorf("%d provinces are left after the mergers, want 34", provinces-gone)
	}
	for _, c := range []struct {
		province string
		want     []int
	}{
		{"48", []int{5899}}, // Đà Nẵng, with Quảng Nam: 107°45′
		{"01", []int{5897}}, // Hà Nội: 105°
		{"79", []int{9210, 5899}},
		{"24", []int{9214, 9209}},
		{"00", nil},
		{"", nil},
	} {
		var got []int
		for _, z := range ZonesOf(c.province) {
			got = append(got, z.EPSG)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got zones %v, want %v", c.province, got, c.want)
		}
	}
}
