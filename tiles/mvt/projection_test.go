package mvt

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

func TestProjectionComesBack(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for range 10000 {
		p := orb.Point{random.Float64()*360 - 180, random.Float64()*170 - 85}
		q := Unproject(Project(p))
		if math.Abs(p[0]-q[0]) > 1e-7 || math.Abs(p[1]-q[1]) > 1e-7 {
			t.Fatalf("%v comes back as %v", p, q)
		}
	}
}

// Any point is in one tile of each zoom, also on the lines between tiles.
func TestPointsLieInOneTile(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for range 2000 {
		z := random.IntN(16-2) + 2
		v := Vertex{random.Uint32(), random.Uint32()>>1 + 1<<30}
		if random.IntN(2) == 0 {
			v.X = v.X >> (WorldBits - z) << (WorldBits - z) // on a line
		}
		x, y := int(v.X>>(WorldBits-z)), int(v.Y>>(WorldBits-z))
		holding := 0
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				f := NewTransform(z, (x+dx)&(1<<z-1), y+dy)
				if f.At(v).InTile() {
					holding++
				}
			}
		}
		if holding != 1 {
			t.Fatalf("zoom %d: %v lies in %d tiles", z, v, holding)
		}
	}
}
