package data

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tungnha/internal/problem"
)

// A store queues posted visits while another transaction is under way: see Posted.Queued.

// Queued is a visit that a store is to queue.
type Queued struct {
	// Key is its visit_id and, of one that would be set aside, what makes it differ from others of that id.
	Key   string
	Visit *Visit
}

// Queueable returns those of the visits that a store is to queue, and finishes the results. results has for each visit
// what would become of it by what is committed; queued has what is queued by visit_id, and gets what is returned. A
// reference to what is not there is one to send again: the transaction under way may bring it. Of senders all visits
// are queued that are not certainly duplicates; whether they are recorded or set aside is decided when they are
// written. set has the keys of those that are queued to be set aside, and gets those that are returned.
func Queueable(visits []Visit, results []PutResult, queued map[string]*Visit, set map[string]bool) (chosen []Queued) {
	for i := range visits {
		v, r := &visits[i], &results[i]
		old := queued[v.ID]
		if r.Change == Created && old == nil {
			queued[v.ID] = v
			chosen = append(chosen, Queued{v.ID, v})
			continue
		}
		if r.Change == Created {
			*r = KeepVisit(ChangedVisitFields(old, v))
			if r.Change == Unchanged && old.Origin.Sender == v.Origin.Sender {
				continue
			}
		}
		_, aside := r.WhyAside()
		if r.Change == Rejected && r.Problem.Code() == "unknown_reference" {
			r.Problem = problem.UnknownDuringImport(r.Problem, retryAfterImport)
		}
		if !aside || v.Origin.Sender == "" {
			continue
		}
		key := AsideKey(v)
		if set[key] {
			*r = PutResult{Change: Unchanged}
			continue
		}
		if r.Change == Unchanged {
			r.Problem = nil
		}
		r.Change, set[key] = SetAside, true
		chosen = append(chosen, Queued{key, v})
	}
	return chosen
}

// AsideKey is a key for a visit that may be set aside: the same for the same visit of the same sender.
func AsideKey(v *Visit) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d %d %d %q", v.HouseholdID, v.TeamID, v.At.Unix(), v.Outcome,
		v.Assessed, v.Shown, v.Origin.Sender))
	return v.ID + "\n" + hex.EncodeToString(sum[:12])
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
	if stored.Origin.ReceivedAt == 0 {
		stored.Origin.ReceivedAt = time.Now().Unix()
	}
	assessed, _ := k.StoreSet(v.Assessed)
	shown, _ := k.StoreSet(v.Shown)
	stored.Assessed, stored.Shown = SkillSet(assessed), SkillSet(shown)
	return json.Marshal(&stored)
}

// ErrForeignSkill means that a queued visit has a skill that is not in the program's list: a program with a newer list
// queued it.
var ErrForeignSkill = errors.New("a skill that this program does not know")

// DecodeQueued reads what EncodeQueued wrote. The error may be ErrForeignSkill.
func (k *SkillBits) DecodeQueued(text []byte) (v Visit, err error) {
	if err := json.Unmarshal(text, &v); err != nil {
		return v, err
	}
	v.At = v.At.In(Zone)
	var assessed, shown bool
	v.Assessed, assessed = k.Set(uint16(v.Assessed))
	v.Shown, shown = k.Set(uint16(v.Shown))
	if !assessed || !shown {
		v.Assessed = ^SkillSet(0) // no visit that this program can read equals it
		return v, ErrForeignSkill
	}
	return v, nil
}
