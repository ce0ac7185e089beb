package coverage

import "tungnha/coverage/rules"

// Names of package rules, until their users say rules themselves.
type (
	Count      = rules.Count
	Work       = rules.Work
	Flags      = rules.Flags
	FlagKind   = rules.FlagKind
	Config     = rules.Config
	Thresholds = rules.Thresholds
	Hidden     = rules.Hidden
	State      = rules.State
)

const (
	Definition = rules.Definition
	NumFlags   = rules.NumFlags
	smallest   = rules.MaxSmall

	FlagNoTeam        = rules.FlagNoTeam
	FlagUnvisited     = rules.FlagUnvisited
	FlagBarelyVisited = rules.FlagBarelyVisited
	FlagLowCoverage   = rules.FlagLowCoverage
	FlagStale         = rules.FlagStale
	FlagRegistryGap   = rules.FlagRegistryGap
	FlagUnderstaffed  = rules.FlagUnderstaffed
	FlagOverloaded    = rules.FlagOverloaded
	FlagLowUptake     = rules.FlagLowUptake
	FlagTooFewData    = rules.FlagTooFewData

	HiddenHouseholds        = rules.HiddenHouseholds
	HiddenAttempted         = rules.HiddenAttempted
	HiddenContacted         = rules.HiddenContacted
	HiddenReached           = rules.HiddenReached
	HiddenRevisitDue        = rules.HiddenRevisitDue
	HiddenReachedByAny      = rules.HiddenReachedByAny
	HiddenReachedElsewhere  = rules.HiddenReachedElsewhere
	HiddenNewlyReached      = rules.HiddenNewlyReached
	HiddenReachedSoFar      = rules.HiddenReachedSoFar
	HiddenRevisitsCompleted = rules.HiddenRevisitsCompleted
	HiddenAssessed          = rules.HiddenAssessed
	HiddenShown             = rules.HiddenShown

	Eligible   = rules.Eligible
	Attempted  = rules.Attempted
	Contacted  = rules.Contacted
	Reached    = rules.Reached
	RevisitDue = rules.RevisitDue
)

// DefaultConfig is rules.DefaultConfig.
var DefaultConfig = rules.DefaultConfig

func small(n uint32) bool { return rules.Small(n) }
