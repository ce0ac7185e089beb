package rules

import "tungnha/data"

// MaxSmall is the greatest small count: counts of 0 to MaxSmall are hidden from a viewer who may not see small counts.
const MaxSmall = 9

// RoundingBase is what the counts are multiples of that are shown to such a viewer.
const RoundingBase = 5

// Hidden has a bit for each count of a Row that is kept back from the viewer.
type Hidden uint64

// The bits of Hidden. Assessed of skill i is HiddenAssessed<<i, shown HiddenShown<<i.
const (
	HiddenHouseholds Hidden = 1 << iota
	HiddenAttempted
	HiddenContacted
	HiddenReached
	HiddenRevisitDue
	HiddenReachedByAny
	HiddenReachedElsewhere
	HiddenNewlyReached
	HiddenReachedSoFar
	HiddenRevisitsCompleted
	HiddenVisits
	HiddenAssessed Hidden = 1 << 16
	HiddenShown    Hidden = 1 << 32
)

// A ShownCount is a count of a row that the public sees rounded, and the bit that hides it.
type ShownCount struct {
	Bit Hidden
	Of  func(*Count) *uint32
}

// ShownCounts lists the counts of a programme with so many skills. Households is the first.
func ShownCounts(skills int) []ShownCount {
	list := []ShownCount{
		{HiddenHouseholds, func(c *Count) *uint32 { return &c.Households }},
		{HiddenAttempted, func(c *Count) *uint32 { return &c.Attempted }},
		{HiddenContacted, func(c *Count) *uint32 { return &c.Contacted }},
		{HiddenReached, func(c *Count) *uint32 { return &c.Reached }},
		{HiddenRevisitDue, func(c *Count) *uint32 { return &c.RevisitDue }},
		{HiddenVisits, func(c *Count) *uint32 { return &c.Visits }},
	}
	for i := range skills {
		list = append(list,
			ShownCount{HiddenAssessed << i, func(c *Count) *uint32 { return &c.Assessed[i] }},
			ShownCount{HiddenShown << i, func(c *Count) *uint32 { return &c.Shown[i] }})
	}
	return list
}

// ShownRateFlags returns the flags that follow from the counts as they are shown: where some are hidden, which are 0
// then, those that are raised whatever these are. A hidden number of attempted households is not known to be above
// 0: barely_visited includes unvisited.
func (th *Thresholds) ShownRateFlags(count *Count, hidden Hidden, counts []ShownCount, skills int) Flags {
	least := th.RateFlags(count, skills)
	if hidden == 0 {
		return least
	}
	largest := *count
	for i := range counts {
		if k := &counts[i]; hidden&k.Bit != 0 {
			*k.Of(&largest) = MaxSmall
		}
	}
	if hidden&HiddenHouseholds != 0 {
		return 0 // there may be none
	}
	most := th.RateFlags(&largest, skills)
	flags := least & most
	if hidden&HiddenAttempted != 0 {
		flags |= most & FlagBarelyVisited
	}
	return flags
}

// ShownAreaFlags is AreaFlags of the counts as they are shown, whose last visit is the first day of its month.
func (th *Thresholds) ShownAreaFlags(area *data.Area, count *Count, hidden Hidden, served bool, on data.Date,
	counts []ShownCount, skills int) Flags {
	flags := th.ShownRateFlags(count, hidden, counts, skills)
	if hidden&HiddenHouseholds == 0 && !served {
		flags |= FlagNoTeam
	}
	// The visit was made on the last day of its month at the latest.
	if count.LastVisit != data.NoDate && on-((count.LastVisit+31).Month()-1) > data.Date(th.StaleDays) {
		flags |= FlagStale
	}
	gap := func(households uint32) bool {
		r, ok := (&Count{Households: households}).RegistryCompleteness(area)
		return ok && (r < th.RegistryLow || r > th.RegistryHigh)
	}
	raised := gap(count.Households)
	if hidden&HiddenHouseholds != 0 {
		for n := uint32(1); raised && n <= MaxSmall; n++ {
			raised = gap(n)
		}
	}
	if raised {
		flags |= FlagRegistryGap
	}
	return flags
}
