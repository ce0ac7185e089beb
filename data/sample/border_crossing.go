package sample

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// layOut settles what neighbours have to agree on before each commune is made by itself:
// the communes' main places, and where the roads between them cross the borders.
func (p *plan) layOut(ctx context.Context) error {
	grounds, err := p.survey(ctx)
	if err != nil {
		return err
	}
	p.gatherTowns(grounds)
	return p.layGates(ctx, grounds)
}

// survey returns a coarse ground of each commune's main part, nil where nobody lives, and
// picks the communes' main places.
func (p *plan) survey(ctx context.Context) ([]*ground, error) {
	const coarse = 2500 // cells: enough to find a pass
	grounds := make([]*ground, len(p.communes))
	err := parallel(ctx, len(p.communes), func(i int) {
		c := p.communes[i]
		if c.households == 0 {
			return
		}
		g := newGround(c.parts[0].polygon, p.land, coarse)
		if len(g.cells) > 0 {
			grounds[i] = g
			c.center = g.point(g.mainPlace(c.rng(1), c.relief(), p.land))
		}
	})
	return grounds, err
}

// gatherTowns finds for each ward the middle of the town that it makes up with the wards
// around it, and moves its main place towards it: towns do not stop at a ward's border.
func (p *plan) gatherTowns(grounds []*ground) {
	const reach = 5000.0 // metres
	towns := make([]orb.Point, len(p.communes))
	for i, c := range p.communes {
		if !c.urban() || grounds[i] == nil {
			continue
		}
		plane := planeAt(c.center)
		var sum xy
		total := 0.0
		for j, other := range p.communes {
			if !other.urban() || grounds[j] == nil {
				continue
			}
			at := plane.xy(other.center)
			weight := other.natural / other.km2() * math.Exp(-math.Hypot(at.x, at.y)/reach)
			sum = sum.add(at.scale(weight))
			total += weight
		}
		towns[i] = plane.point(sum.scale(1 / total))
	}
	for i, c := range p.communes {
		if g := grounds[i]; c.urban() && g != nil {
			c.town = towns[i]
			c.center = g.point(g.center(g.nearest(g.xy(c.center).lerp(g.xy(c.town), 0.35))))
		}
	}
}

// gate is a place on a border where a road could cross, and how long the way is.
type gate struct {
	at   orb.Point
	cost float64
}

// layGates finds for each pair of neighbours the place on their border where the road from
// one to the other crosses. Both sides lead to it.
func (p *plan) layGates(ctx context.Context, grounds []*ground) error {
	crossings := make([]map[int]gate, len(p.communes))
	err := parallel(ctx, len(p.communes), func(i int) {
		if grounds[i] != nil {
			crossings[i] = p.gatesOf(i, grounds)
		}
	})
	if err != nil {
		return err
	}
	for i, found := range crossings {
		others := make([]int, 0, len(found))
		for j := range found {
			others = append(others, j)
		}
		slices.Sort(others)
		for _, j := range others {
			p.communes[i].gates = append(p.communes[i].gates, found[j].at)
			p.communes[j].gates = append(p.communes[j].gates, found[j].at)
		}
	}
	return nil
}

// gatesOf returns the best gate from commune i to each neighbour that comes after it.
func (p *plan) gatesOf(i int, grounds []*ground) map[int]gate {
	g, c := grounds[i], p.communes[i]
	found := map[int]gate{}
	g.edge(func(cell int32, beyond xy) {
		m := p.locator.Locate(g.point(beyond))
		if m.Area <= i || grounds[m.Area] == nil {
			return // the other side finds it, or nobody lives there
		}
		here := g.center(cell)
		way := here.dist(g.xy(c.center)) + here.dist(g.xy(p.communes[m.Area].center))
		cost := way * (1 + 2*c.relief()*p.land.rough(g.common(here)))
		if best, ok := found[m.Area]; !ok || cost < best.cost {
			found[m.Area] = gate{g.point(here.lerp(beyond, 0.5)), cost}
		}
	})
	return found
}

// parallel calls do for 0 to n-1 on all processors.
func parallel(ctx context.Context, n int, do func(i int)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			do(i)
			return nil
		})
	}
	return group.Wait()
}
