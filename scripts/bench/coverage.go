package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"tungnha/coverage"
	"tungnha/data"
	"tungnha/geo"
)

// span is how far back the windows of a measurement reach.
type span int

const (
	ninetyDays span = iota
	allTime
)

func (s span) String() string { return [...]string{"90 days", "all time"}[s] }

// window returns the window of a run. Each run has one of its own, so that no result kept
// from before answers; peers get the same windows. Those of 90 days end today, as most that
// are requested do, and begin a day earlier each; those of all time end a day earlier each.
func (s span) window(run int) (from, to data.Date) {
	if s == allTime {
		return data.NoDate, provinceToday - 1 - data.Date(run)
	}
	return provinceToday - 89 - data.Date(run), provinceToday
}

// past returns a window of 90 days that ends before today, each a day earlier.
func past(run int) (from, to data.Date) {
	_, to = allTime.window(run)
	return to - 89, to
}

// The number of runs that a median is taken of.
const (
	peerRuns = 5
	ownRuns  = 21
)

// vsFloor divides our time by that of the bare loop on as many cores.
func (p *province) vsFloor(s span) func(context.Context, func(string, ...any)) (float64, error) {
	return func(ctx context.Context, lines func(string, ...any)) (float64, error) {
		ours, err := p.measure(ctx, s, lines)
		if err != nil {
			return 0, err
		}
		cores := runtime.GOMAXPROCS(0)
		var floors []time.Duration
		for _, n := range []int{1, cores} {
			took, err := durations(ownRuns, func(run int) error {
				from, to := s.window(run)
				p.plain.reached(uint16(from), uint16(to), n)
				return nil
			})
			if err != nil {
				return 0, err
			}
			floors = append(floors, took[len(took)/2])
		}
		lines("floor: %.2f ms on one core, %.2f ms on %d, which counts", ms(floors[0]), ms(floors[1]), cores)
		if s == ninetyDays {
			if err := p.slide(ctx, lines); err != nil {
				return 0, err
			}
		}
		return float64(ours) / float64(floors[1]), nil
	}
}

// measure returns the median of our own time for one window by commune, by hamlet and by
// cell: all counts of households, the visits, the skills and the flags. It is measured again
// next to each peer, in an index built again, so that both had the same machine.
func (p *province) measure(ctx context.Context, s span, lines func(string, ...any)) (time.Duration, error) {
	if err := p.prepare(ctx, lines); err != nil {
		return 0, err
	}
	if err := p.buildIndex(ctx); err != nil { // which drops what was requested before
		return 0, err
	}
	window := s.window
	ask := func(run int) error {
		from, to := window(run)
		for _, q := range []coverage.Query{
			{By: coverage.ByArea, Level: data.Commune},
			{By: coverage.ByArea, Level: data.Hamlet},
			{By: coverage.ByCell, Resolution: cellResolution},
		} {
			q.From, q.To = from, to
			if _, err := p.index.For(coverage.Operator).Query(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}
	for run := range 3 { // warm
		if err := ask(ownRuns + run); err != nil {
			return 0, err
		}
	}
	runtime.GC()
	took, err := durations(ownRuns, ask)
	if err != nil {
		return 0, err
	}
	middle := took[len(took)/2]
	lines("tungnha, %v: %.2f ms for three groupings of all counts, skills and flags (%.2f to %.2f) on %d cores",
		s, ms(middle), ms(took[0]), ms(took[len(took)-1]), runtime.GOMAXPROCS(0))
	if s == ninetyDays {
		window = past
		if took, err = durations(ownRuns, ask); err != nil {
			return 0, err
		}
		lines("         %.2f ms where each of these windows ends a day before the last (%.2f to %.2f)",
			ms(took[len(took)/2]), ms(took[0]), ms(took[len(took)-1]))
	}
	return middle, nil
}

// slide steps a window of 13 weeks week by week over 18 months, by hamlet, as a slider does.
func (p *province) slide(ctx context.Context, lines func(string, ...any)) error {
	const weeks = 78
	took, err := durations(weeks, func(step int) error {
		to := provinceToday - 1 - data.Date(7*(weeks-1-step))
		_, err := p.index.For(coverage.Operator).Query(ctx,
			coverage.Query{By: coverage.ByArea, Level: data.Hamlet, From: to - 89 - 1, To: to})
		return err
	})
	if err != nil {
		return err
	}
	lines("slider: %d weekly steps of a new window by hamlet: median %.2f ms, p99 %.2f ms a step", weeks,
		ms(took[weeks/2]), ms(took[weeks-1]))
	return nil
}

// sums check that all who are measured computed the same.
type sums struct{ Households, Reached int64 }

// place counts the households of one hamlet or cell, and those of them that were reached.
type place struct{ households, reached uint32 }

// reached is the floor: one pass over the visits in the order of their households that
// marks who was reached, and one that adds up hamlets and runs of cells. It counts who is
// in the register on the last day, and nothing else.
func (p *plainColumns) reached(from, to uint16, cores int) sums {
	n := len(p.hamlet)
	hamlets := make([][]place, cores)
	cells := make([][]place, cores)
	var all sync.WaitGroup
	for core := range cores {
		all.Go(func() {
			hamlets[core], cells[core] = p.reachedAmong(core*n/cores, (core+1)*n/cores, from, to)
		})
	}
	all.Wait()
	communes := make([]place, len(p.communeOfPlace))
	var s sums
	for _, part := range hamlets {
		for i, h := range part {
			communes[p.communeOfPlace[i]].households += h.households
			communes[p.communeOfPlace[i]].reached += h.reached
		}
	}
	for _, c := range communes {
		s.Households += int64(c.households)
		s.Reached += int64(c.reached)
	}
	return s
}

// reachedAmong does it for the households from lo to hi. It has no branch that depends on a
// visit: those would cost more than all it reads.
func (p *plainColumns) reachedAmong(lo, hi int, from, to uint16) (hamlets, cells []place) {
	marks := make([]uint8, hi-lo)
	first, last := p.starts[lo], p.starts[hi]
	days, outcomes, owners := p.day[first:last], p.outcome[first:last], p.owner[first:last]
	outcomes, owners = outcomes[:len(days)], owners[:len(days)]
	span := uint32(to - from)
	for v, day := range days {
		within := uint8((uint32(day-from) - span - 1) >> 31)                      // 1 where day - from <= span
		completed := uint8((uint32(outcomes[v]^uint8(data.Completed)) - 1) >> 31) // 1 where they are equal
		marks[owners[v]-uint32(lo)] |= within & completed
	}
	hamlets = make([]place, len(p.communeOfPlace))
	var cell geo.Cell
	var run place
	for i, mark := range marks {
		if p.registered[lo+i] > to || p.removed[lo+i] <= to {
			continue
		}
		if c := p.cell[lo+i]; c != cell {
			cells = append(cells, run)
			cell, run = c, place{}
		}
		h := &hamlets[p.hamlet[lo+i]]
		h.households++
		h.reached += uint32(mark)
		run.households++
		run.reached += uint32(mark)
	}
	return hamlets, append(cells, run)
}

// checkPlain fails where a peer computed something else than the floor for the window.
func (p *province) checkPlain(peer string, s span, run int, got sums) error {
	from, to := s.window(run)
	if want := p.plain.reached(uint16(from), uint16(to), 1); got != want {
		return fmt.Errorf("%s, %v, window to %s: got %+v, want %+v", peer, s, to, got, want)
	}
	return nil
}

// checkCounts fails where a peer that computes by the whole definition of who counts got
// something else than our index.
func (p *province) checkCounts(peer string, s span, run int, got sums) error {
	from, to := s.window(run)
	r, err := p.index.For(coverage.Operator).Query(context.Background(),
		coverage.Query{By: coverage.ByArea, Level: data.Province, From: from, To: to})
	if err != nil {
		return err
	}
	if want := (sums{int64(r.Total.Households), int64(r.Total.Reached)}); got != want {
		return fmt.Errorf("%s, all counts, %v, window to %s: got %+v, want %+v", peer, s, to, got, want)
	}
	return nil
}

func sortBy(order []uint32, key func(uint32) uint64) {
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(key(a), key(b)) })
}
