package rules

import "tungnha/data"

// Count is the count of one key in a window. Its fields are defined in docs/indicators.md.
type Count struct {
	Households uint32
	Attempted  uint32
	Contacted  uint32
	Reached    uint32
	RevisitDue uint32
	Visits     uint32
	LastVisit  data.Date
	Assessed   [data.MaxSkills]uint32
	Shown      [data.MaxSkills]uint32
}

// Add adds another count.
func (c *Count) Add(o *Count) {
	c.Households += o.Households
	c.Attempted += o.Attempted
	c.Contacted += o.Contacted
	c.Reached += o.Reached
	c.RevisitDue += o.RevisitDue
	c.Visits += o.Visits
	c.LastVisit = max(c.LastVisit, o.LastVisit)
	for i := range c.Assessed {
		c.Assessed[i] += o.Assessed[i]
		c.Shown[i] += o.Shown[i]
	}
}

// AddState counts one household of the state.
func (c *Count) AddState(s State) {
	c.Households += uint32(s & Eligible)
	c.Attempted += uint32(s & Attempted / Attempted)
	c.Contacted += uint32(s & Contacted / Contacted)
	c.Reached += uint32(s & Reached / Reached)
	c.RevisitDue += uint32(s & RevisitDue / RevisitDue)
}

// Work is how a team went about its visits in a window. Its counts are of visits and days.
type Work struct {
	VisitsOutside     uint32 // to households of hamlets that it does not serve on the last day
	DaysWorked        uint32 // days with a visit
	Revisits          uint32 // visits where the household's visit before ended absent or partial
	RevisitsCompleted uint32 // revisits that the team completed
}

// Figures are the figures of an area, a cell, a team or a period in a row of an answer.
type Figures struct {
	Count
	Flags  Flags
	Hidden Hidden // counts that the viewer may not see: 0 in Figures

	ReachedByAny     uint32 // of a team: households of its hamlets reached by any team
	ReachedElsewhere uint32 // of a team: households of other hamlets it reached
	Work             *Work  // of a team: how the team went about it, else nil
	NewlyReached     uint32 // of a period: reached in it, and not before in the window
	ReachedSoFar     uint32 // of a period: reached from the window's first day to the period's end
}
