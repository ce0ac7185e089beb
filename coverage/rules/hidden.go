package rules

// MaxSmall is the greatest small count: counts of 1 to MaxSmall households are hidden from a
// viewer who may not see small counts.
const MaxSmall = 9

// Small reports whether a count is a small one. 0 is not.
func Small(n uint32) bool { return n > 0 && n <= MaxSmall }

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
	HiddenAssessed Hidden = 1 << 16
	HiddenShown    Hidden = 1 << 32
)

// FlagsAllowed returns the flags that may be shown of a count of which some is hidden: those
// that do not follow from what is hidden, and those that a small count would raise whatever it is.
func (th *Thresholds) FlagsAllowed(count *Count, hidden Hidden, skills int) Flags {
	tell := ^Flags(0)
	drop := func(f Flags, unless bool) {
		if !unless {
			tell &^= f
		}
	}
	if hidden&HiddenHouseholds != 0 {
		drop(FlagBarelyVisited|FlagLowCoverage|FlagRegistryGap|FlagOverloaded, false)
	}
	// The rate, were the count as great as a small one can be.
	most := MaxSmall / float64(max(count.Households, 1))
	if hidden&HiddenAttempted != 0 {
		drop(FlagBarelyVisited, Small(count.Attempted) && most <= th.BarelyVisited)
	}
	if hidden&HiddenReached != 0 {
		drop(FlagLowCoverage, Small(count.Reached) && most < th.LowCoverage)
	}
	for i := range skills {
		if hidden&(HiddenHouseholds|HiddenAssessed<<i|HiddenShown<<i) != 0 {
			drop(FlagLowUptake<<i, false)
		}
		if hidden&(HiddenAssessed<<i) != 0 {
			drop(FlagTooFewData<<i, Small(count.Assessed[i]) && th.MinAssessed > MaxSmall)
		}
	}
	return tell
}
