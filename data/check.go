package data

import (
	"slices"

	"tungnha/internal/problem"
)

// The checks and the problems of records that all stores share.

// Reject rejects a record for what is wrong with one of its fields.
func Reject(p *problem.Problem) PutResult { return PutResult{Change: Rejected, Problem: p} }

// RejectTwice rejects a record whose key came before in the transaction with other values.
func RejectTwice(key string) PutResult {
	return Reject(problem.GivenTwice(key))
}

// longestCode bounds the search for a code that lost its leading zeros.
const longestCode = 16

// RejectCode rejects a code that is not there. Spreadsheets take leading zeros away: where
// the code with zeros in front exists, the reason names it.
func RejectCode(field, what, code string, exists func(string) (bool, error)) (PutResult, error) {
	for padded := "0" + code; len(padded) <= longestCode; padded = "0" + padded {
		found, err := exists(padded)
		if err != nil {
			return PutResult{}, err
		}
		if found {
			return Reject(problem.LostZeros(field, what, code, padded)), nil
		}
	}
	return Reject(problem.Unknown(field, what, code)), nil
}

// Check rejects a household that no store can keep, whatever else is in it.
func (h *Household) Check() (e PutResult) {
	if h.ID == "" {
		return Reject(problem.Empty("household_id"))
	}
	// Written so that NaN is refused.
	if !(h.Point[0] >= -180 && h.Point[0] <= 180) {
		return Reject(problem.OutOfRange("lon", h.Point[0], 180))
	}
	if !(h.Point[1] >= -90 && h.Point[1] <= 90) {
		return Reject(problem.OutOfRange("lat", h.Point[1], 90))
	}
	return e
}

// Check rejects an area that no store can keep, whatever else is in it.
func (a *Area) Check() (r PutResult) {
	switch {
	case a.Code == "":
		return Reject(problem.Empty("code"))
	case a.Level.Rank() < 0:
		return Reject(problem.NotAmong("level", string(a.Level), Levels...))
	}
	return r
}

// Check rejects a team that no store can keep, and one that names a commune or a hamlet that no
// version of any area has.
func (t *Team) Check(hasCommune, hasHamlet func(code string) (bool, error)) (r PutResult, err error) {
	if t.ID == "" {
		return Reject(problem.Empty("team_id")), nil
	}
	if r, err := t.checkCode("commune_code", "commune", t.CommuneCode, hasCommune); err != nil || r.Change == Rejected {
		return r, err
	}
	for _, a := range t.Assignments() {
		for _, code := range slices.Sorted(slices.Values(a.HamletCodes)) {
			if r, err := t.checkCode("hamlet_codes", "hamlet", code, hasHamlet); err != nil || r.Change == Rejected {
				return r, err
			}
		}
	}
	return r, nil
}

func (t *Team) checkCode(field, what, code string, exists func(string) (bool, error)) (r PutResult, err error) {
	if code == "" && field == "commune_code" {
		return r, nil
	}
	if known, err := exists(code); err != nil || known {
		return r, err
	}
	return RejectCode(field, what, code, exists)
}
