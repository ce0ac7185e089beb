package data

// Selection names visits by their origin. What is not given selects all; visits of unknown origin are never selected.
type Selection struct {
	Batch        int64  // 0: any
	Sender       string // as Batch.Sender; empty: any
	Since, Until int64  // received from … to, both within, in seconds since 1970-01-01 UTC; 0: no bound

	// Unknown selects, and nothing else does then, the visits that were set aside because the register did not have
	// their household or team, and has it now. They are brought in.
	Unknown bool
}

// Reverted is what a revert did.
type Reverted struct {
	Batch     int64 // that the revert is; 0: there was nothing to do
	Withdrawn int   // visits that count no longer
	Restored  int   // visits that count again
	Blocked   int   // visits that stay withdrawn: their visit_id is recorded again, or household or team are gone
}

// Aside is a visit that does not count, or that did not count for some time.
type Aside struct {
	Visit
	Reason     Reason
	SetAsideBy int64 // the batch that withdrew it; 0: none, it was set aside when it came
	RestoredBy int64 // the batch that brought it in; 0: it does not count
}

// Reason is why a visit does not count.
type Reason string

// The reasons.
const (
	Withdrawn        Reason = "withdrawn"         // by a revert
	UnknownHousehold Reason = "unknown_household" // the register does not have it
	UnknownTeam      Reason = "unknown_team"
	Conflict         Reason = "conflict" // its visit_id is recorded with other values
	Repeated         Reason = "repeated" // it is recorded, as sent by somebody else
)

// WhyAside returns why a visit that a sender posted is set aside, and false where it is not: it is recorded, a
// duplicate, or no visit at all. Who may post without an account learns nothing of the register from what is refused.
func (r *PutResult) WhyAside() (Reason, bool) {
	switch {
	case r.Change == Unchanged:
		return Repeated, true
	case r.Change != Rejected:
		return "", false
	}
	switch r.Problem.Code() {
	case "unknown_reference":
		if r.Problem.Field == "team_id" {
			return UnknownTeam, true
		}
		return UnknownHousehold, true
	case "recorded_before":
		return Conflict, true
	}
	return "", false
}
