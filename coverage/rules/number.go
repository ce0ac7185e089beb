package rules

import "tungnha/data"

// Number names one of the numbers that measures are made of.
type Number uint8

// The numbers. Of skill i, numAssessed+i is the number of households assessed and numShown+i of those that showed it.
const (
	numHouseholds Number = iota
	numAttempted
	numContacted
	numReached
	numRevisitDue
	numVisits
	numAssessed
	numShown = numAssessed + data.MaxSkills
	numCount = numShown + data.MaxSkills // how many numbers a Count has
)

// The numbers that only rows of teams, of periods or of areas have.
const (
	numReachedAny = numCount + iota
	numReachedElsewhere
	numVisitsInside
	numVisitsOutside
	numDaysWorked
	numRevisits
	numRevisitsCompleted
	numNewlyReached
	numReachedSoFar
	NumDeclared // of an area, see Numbers
	NumMembers  // of a team, see Numbers
	numNumbers
)

// UnknownNumber represents in Numbers a number of an area or team that nobody declared.
const UnknownNumber = ^uint32(0)

// Numbers are all numbers of a row, by their names. Those of its area and team, NumDeclared and NumMembers,
// are for the caller to fill in: UnknownNumber where there is none.
type Numbers [numNumbers]uint32

// Set takes over the numbers of a count and leaves the others as they are. Measures look numbers up by name in
// an array, because a tile has tens of thousands of them and a call for each would be felt.
func (n *Numbers) Set(c *Count) {
	n[numHouseholds] = c.Households
	n[numAttempted] = c.Attempted
	n[numContacted] = c.Contacted
	n[numReached] = c.Reached
	n[numRevisitDue] = c.RevisitDue
	n[numVisits] = c.Visits
	*(*[data.MaxSkills]uint32)(n[numAssessed:]) = c.Assessed
	*(*[data.MaxSkills]uint32)(n[numShown:]) = c.Shown
}

// SetAll takes over all numbers of the figures.
func (n *Numbers) SetAll(f *Figures) {
	n.Set(&f.Count)
	n[numReachedAny] = f.ReachedByAny
	n[numReachedElsewhere] = f.ReachedElsewhere
	n[numNewlyReached] = f.NewlyReached
	n[numReachedSoFar] = f.ReachedSoFar
	if w := f.Work; w != nil {
		n[numVisitsInside] = f.Visits - w.VisitsOutside
		n[numVisitsOutside] = w.VisitsOutside
		n[numDaysWorked] = w.DaysWorked
		n[numRevisits] = w.Revisits
		n[numRevisitsCompleted] = w.RevisitsCompleted
	}
	n[NumDeclared], n[NumMembers] = UnknownNumber, UnknownNumber
}

// hides is the bit that hides each number; 0 for those that are shown to everybody or to nobody but operators.
var hides = func() (bits [numNumbers]Hidden) {
	bits[numHouseholds] = HiddenHouseholds
	bits[numAttempted] = HiddenAttempted
	bits[numContacted] = HiddenContacted
	bits[numReached] = HiddenReached
	bits[numRevisitDue] = HiddenRevisitDue
	bits[numVisits] = HiddenVisits
	bits[numReachedAny] = HiddenReachedByAny
	bits[numReachedElsewhere] = HiddenReachedElsewhere
	bits[numRevisitsCompleted] = HiddenRevisitsCompleted
	bits[numNewlyReached] = HiddenNewlyReached
	bits[numReachedSoFar] = HiddenReachedSoFar
	for i := range data.MaxSkills {
		bits[int(numAssessed)+i], bits[int(numShown)+i] = HiddenAssessed<<i, HiddenShown<<i
	}
	return bits
}()
