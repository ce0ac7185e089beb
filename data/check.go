package data

import (
	"slices"
	"tungnha/internal/problem"
)

// What every store says of a record is said here, so that no two say it differently.

// Reject rejects a record for what is wrong with one of its fields.
func Reject(p *problem.Problem) PutResult { return PutResult{Change: Rejected, Problem: p} }

// RejectTwice rejects a record whose key came before in the transaction with other values.
func RejectTwice(key string) PutResult {
	return Reject(problem.GivenTwice(key))
}

// longestCode bounds the search for a code that lost its leading zeros.
const longestCode = 16

// RejectCode rejects a code that is not there. Spreadsheets take leading zeros away: where
// the code with zeros in front exists, the reason says so.
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

// fieldChange is a field and whether it holds the same as before.
type fieldChange struct {
	name string
	same bool
}

func changed(fields []fieldChange) (names []string) {
	for _, f := range fields {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}

// ChangedAreaFields names the fields in which two records of an area differ, but for the
// geometry; code and valid_from are the same.
func ChangedAreaFields(old, now *Area) []string {
	return changed([]fieldChange{
		{"name", old.Name == now.Name},
		{"name_en", old.NameEN == now.NameEN},
		{"kind", old.Kind == now.Kind},
		{"level", old.Level == now.Level},
		{"parent", old.Parent == now.Parent},
		{"valid_to", old.ValidTo == now.ValidTo},
		{"declared_households", old.DeclaredHouseholds == now.DeclaredHouseholds},
		{"population", old.Population == now.Population},
	})
}

// ChangedHouseholdFields names the fields in which two records of a household differ.
func ChangedHouseholdFields(old, now *Household) []string {
	return changed([]fieldChange{
		{"lon", old.Point[0] == now.Point[0]},
		{"lat", old.Point[1] == now.Point[1]},
		{"hamlet_code", old.HamletCode == now.HamletCode},
		{"registered_on", old.RegisteredOn == now.RegisteredOn},
		{"removed_on", old.RemovedOn == now.RemovedOn},
	})
}

// changedTeamFields names the fields in which two records of a team differ: assigned_on
// where it serves the same hamlets now, and other ones on other days.
func changedTeamFields(old, now *Team) []string {
	sameHamlets := slices.Equal(old.HamletCodes, now.HamletCodes)
	sameHistory := slices.EqualFunc(old.History, now.History, func(a, b Assignment) bool {
		return a.From == b.From && slices.Equal(a.HamletCodes, b.HamletCodes)
	})
	return changed([]fieldChange{
		{"name", old.Name == now.Name},
		{"commune_code", old.CommuneCode == now.CommuneCode},
		{"hamlet_codes", sameHamlets},
		{"members", old.Members == now.Members},
		{"formed_on", old.FormedOn == now.FormedOn},
		{"dissolved_on", old.DissolvedOn == now.DissolvedOn},
		{"assigned_on", sameHistory || !sameHamlets},
	})
}

// ChangedVisitFields names the fields in which two records of a visit differ.
func ChangedVisitFields(old, now *Visit) []string {
	return changed([]fieldChange{
		{"household_id", old.HouseholdID == now.HouseholdID},
		{"team_id", old.TeamID == now.TeamID},
		{"visited_at", old.At.Unix() == now.At.Unix()},
		{"outcome", old.Outcome == now.Outcome},
		{"assessed", old.Assessed == now.Assessed},
		{"shown", old.Shown == now.Shown},
	})
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
