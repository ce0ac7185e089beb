package data

import (
	"encoding/json"

	"tungnha/internal/problem"
)

// A store queues posted visits while another transaction is under way: see Posted.Queued.

// Queueable returns those of the visits that a store is to queue, and finishes the results. results has for each visit
// what would become of it by what is committed; queued has what is queued by visit_id, and gets what is returned. A
// reference to what is not there is one to send again: the transaction under way may bring it.
func Queueable(visits []Visit, results []PutResult, queued map[string]*Visit) (chosen []*Visit) {
	for i := range visits {
		v, r := &visits[i], &results[i]
		switch old := queued[v.ID]; {
		case r.Change == Rejected && r.Problem.Code() == "unknown_reference":
			r.Problem = problem.UnknownDuringImport(r.Problem, retryAfterImport)
		case r.Change != Created:
		case old != nil:
			*r = KeepVisit(ChangedVisitFields(old, v))
		default:
			queued[v.ID] = v
			chosen = append(chosen, v)
		}
	}
	return chosen
}

// retryAfterImport is after how many seconds a visit is sent again that an import under way may make right.
const retryAfterImport = 30

// KeepVisit is the result of a posted visit that is there already with other values in these fields, which stays as it
// is.
func KeepVisit(fields []string) PutResult {
	if len(fields) == 0 {
		return PutResult{Change: Unchanged}
	}
	return Reject(problem.RecordedBefore("visit_id", fields))
}

// EncodeQueued writes a visit as JSON, with the store's bits for its skills: the programme may order them anew before
// it is read.
func (k *SkillBits) EncodeQueued(v *Visit) ([]byte, error) {
	stored := *v
	assessed, _ := k.StoreSet(v.Assessed)
	shown, _ := k.StoreSet(v.Shown)
	stored.Assessed, stored.Shown = SkillSet(assessed), SkillSet(shown)
	return json.Marshal(&stored)
}

// DecodeQueued reads what EncodeQueued wrote.
func (k *SkillBits) DecodeQueued(text []byte) (v Visit, err error) {
	if err := json.Unmarshal(text, &v); err != nil {
		return v, err
	}
	v.At = v.At.In(Zone)
	var assessed, shown bool
	v.Assessed, assessed = k.Set(uint16(v.Assessed))
	v.Shown, shown = k.Set(uint16(v.Shown))
	if !assessed || !shown {
		return v, problem.ForeignSkill("assessed")
	}
	return v, nil
}
