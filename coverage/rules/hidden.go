package rules

// MaxSmall is the greatest small count: counts of 1 to MaxSmall households are hidden from a
// viewer who may not see small counts.
const MaxSmall = 9

// RoundingBase is what the counts are multiples of that are shown to such a viewer.
const RoundingBase = 5

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

// FlagsAllowed returns the flags that may be shown of a count of which some is hidden: those of which no count
// that decides them is hidden, and those that a small count raises whatever it is.
func (th *Thresholds) FlagsAllowed(count *Count, hidden Hidden, skills int) Flags {
	allowed := ^Flags(0)
	if hidden == 0 {
		return allowed
	}
	var numbers Numbers
	numbers.Set(count)
	for i := range Severity {
		kind := &Severity[i]
		if !kind.OfSkills() {
			if !kind.allowed(th, &numbers, hidden, 0) {
				allowed &^= kind.Flags
			}
			continue
		}
		first := kind.Flags & -kind.Flags
		for skill := range skills {
			if !kind.allowed(th, &numbers, hidden, skill) {
				allowed &^= first << skill
			}
		}
	}
	return allowed
}

// allowed reports whether the flag, of skill i where it is of one, may be shown beside what is hidden.
func (k *FlagKind) allowed(th *Thresholds, numbers *Numbers, hidden Hidden, i int) bool {
	common := k.Of & (HiddenAssessed - 1)
	of := common | (k.Of&^common)<<i
	switch number := int(k.Small) + i; {
	case hidden&of == 0:
		return true
	case k.RaisedBySmall == nil || hidden&of != hides[number]:
		return false
	default:
		return Small(numbers[number]) && k.RaisedBySmall(th, numbers[numHouseholds])
	}
}

// A HouseholdCount is a count of households that may be suppressed, and the bit that hides it.
type HouseholdCount struct {
	Bit Hidden
	Of  func(*Count) *uint32
}

// HouseholdCounts lists the counts of households that a programme with so many skills shows. Households is
// the first.
func HouseholdCounts(skills int) []HouseholdCount {
	list := []HouseholdCount{
		{HiddenHouseholds, func(c *Count) *uint32 { return &c.Households }},
		{HiddenAttempted, func(c *Count) *uint32 { return &c.Attempted }},
		{HiddenContacted, func(c *Count) *uint32 { return &c.Contacted }},
		{HiddenReached, func(c *Count) *uint32 { return &c.Reached }},
		{HiddenRevisitDue, func(c *Count) *uint32 { return &c.RevisitDue }},
	}
	for i := range skills {
		list = append(list,
			HouseholdCount{HiddenAssessed << i, func(c *Count) *uint32 { return &c.Assessed[i] }},
			HouseholdCount{HiddenShown << i, func(c *Count) *uint32 { return &c.Shown[i] }})
	}
	return list
}
