package sample

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// layOut decides what neighbours have in common before each commune is made by itself: the communes' main places,
// and where the roads between them cross the borders.
func (p *plan) layOut(ctx context.Context) error {
	grids, err := p.survey(ctx)
	if err != nil {
		return err
	}
	p.gatherTowns(grids)
	return p.placeCrossings(ctx, grids)
}

// survey returns a coarse grid of each commune's main part, nil where nobody lives, and chooses the communes'
// main places.
func (p *plan) survey(ctx context.Context) ([]*costGrid, error) {
	const coarse = 2500 // cells: enough to find a pass
	grids := make([]*costGrid, len(p.communes))
	err := parallel(ctx, len(p.communes), func(i int) {
		c := p.communes[i]
		if c.households == 0 {
			return
		}
		g := newCostGrid(c.parts[0].polygon, p.land, coarse)
		if len(g.cells) > 0 {
			grids[i] = g
			c.center = g.point(g.mainPlace(c.rng(1), c.relief(), p.land))
		}
	})
	return grids, err
}

// gatherTowns finds for each ward the middle of the town that it makes up with the wards
// around it, and moves its main place towards it: towns extend over several wards.
func (p *plan) gatherTowns(grids []*costGrid) {
	const reach = 5000.0 // metres
	towns := make([]orb.Point, len(p.communes))
	for i, c := range p.communes {
		if !c.urban() || grids[i] == nil {
			continue
		}
		plane := planeAt(c.center)
		var sum xy
		total := 0.0
		for j, other := range p.communes {
			if !other.urban() || grids[j] == nil {
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
		if g := grids[i]; c.urban() && g != nil {
			c.town = towns[i]
			c.center = g.point(g.center(g.nearest(g.xy(c.center).lerp(g.xy(c.town), 0.35))))
		}
	}
}

// crossing is a place on a border where a road could cross, and how long the way is.
type crossing struct {
	at   orb.Point
	cost float64
}

// placeCrossings finds for each pair of neighbours the place on their border where the road from
// one to the other crosses. Both sides lead to it.
func (p *plan) placeCrossings(ctx context.Context, grids []*costGrid) error {
	crossings := make([]map[int]crossing, len(p.communes))
	err := parallel(ctx, len(p.communes), func(i int) {
		if grids[i] != nil {
			crossings[i] = p.crossingsOf(i, grids)
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
			p.communes[i].crossings = append(p.communes[i].crossings, found[j].at)
			p.communes[j].crossings = append(p.communes[j].crossings, found[j].at)
		}
	}
	return nil
}

// crossingsOf returns the best crossing from commune i to each neighbour that comes after it.
func (p *plan) crossingsOf(i int, grids []*costGrid) map[int]crossing {
	g, c := grids[i], p.communes[i]
	found := map[int]crossing{}
	g.edge(func(cell int32, beyond xy) {
		m := p.locator.Locate(g.point(beyond))
		if m.Area <= i || grids[m.Area] == nil {
			return // the other side finds it, or nobody lives there
		}
		here := g.center(cell)
		way := here.dist(g.xy(c.center)) + here.dist(g.xy(p.communes[m.Area].center))
		cost := way * (1 + 2*c.relief()*p.land.rough(g.common(here)))
		if best, ok := found[m.Area]; !ok || cost < best.cost {
			found[m.Area] = crossing{g.point(here.lerp(beyond, 0.5)), cost}
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
