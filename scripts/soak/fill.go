package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/sqlite"
)

// The made-up programme: hamlets of three hundred households in communes of thirty.
const (
	perHamlet  = 300
	perCommune = 30
	firstDays  = 500 // of visits before the soak, one or none a household and half year
)

func householdID(i int) string { return fmt.Sprintf("H%07d", i) }
func hamletCode(h int) string  { return fmt.Sprintf("%05d.%03d", h/perCommune, h%perCommune) }

// fill writes the programme in one transaction.
func fill(ctx context.Context, store *sqlite.Store, households int) (err error) {
	tx, err := store.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	rng := rand.New(rand.NewPCG(1, 1))
	areas := []data.Area{{Code: "99", Name: "Tỉnh mẫu", Level: data.Province, DeclaredHouseholds: data.Unknown,
		Population: data.Unknown}}
	var teams []data.Team
	hamlets := (households + perHamlet - 1) / perHamlet
	for h := range hamlets {
		commune := fmt.Sprintf("%05d", h/perCommune)
		if h%perCommune == 0 {
			areas = append(areas, data.Area{Code: commune, Name: "Xã " + commune, Kind: "Xã", Level: data.Commune,
				Parent:             "99",
				DeclaredHouseholds: data.Unknown, Population: data.Unknown})
		}
		areas = append(areas, data.Area{Code: hamletCode(h), Name: fmt.Sprintf("Thôn %d", h%perCommune), Kind: "Thôn",
			Level: data.Hamlet, Parent: commune, DeclaredHouseholds: perHamlet, Population: data.Unknown})
		teams = append(teams, data.Team{ID: fmt.Sprintf("T%05d", h), Name: "Tổ", CommuneCode: commune,
			HamletCodes: []string{hamletCode(h)}, Members: 7})
	}
	if err := accepted(tx.PutAreas(ctx, areas)); err != nil {
		return err
	}
	if err := accepted(tx.PutTeams(ctx, teams)); err != nil {
		return err
	}
	const batch = 5_000
	var register []data.Household
	var visits []data.Visit
	for i := range households {
		h := i / perHamlet
		register = append(register, data.Household{ID: householdID(i), HamletCode: hamletCode(h), Point: orb.Point{
			107 + float64(h%50)*0.02 + rng.NormFloat64()*0.002, 12 + float64(h/50)*0.02 + rng.NormFloat64()*0.002}})
		if len(register) == batch || i == households-1 {
			if err := accepted(tx.PutHouseholds(ctx, register)); err != nil {
				return err
			}
			register = register[:0]
		}
	}
	before := time.Now().AddDate(0, 0, -firstDays-10)
	for i := range households {
		for k := range 3 {
			on := before.AddDate(0, 0, k*firstDays/3+rng.IntN(firstDays/3))
			visits = append(visits, visit(fmt.Sprintf("A%d-%d", i, k), i, on, rng))
		}
		if len(visits) >= batch || i == households-1 {
			if err := accepted(tx.PutVisits(ctx, visits)); err != nil {
				return err
			}
			visits = visits[:0]
		}
	}
	return tx.Commit(ctx)
}

// visit makes up a call of the household's own team.
func visit(id string, household int, at time.Time, rng *rand.Rand) data.Visit {
	v := data.Visit{ID: id, HouseholdID: householdID(household), TeamID: fmt.Sprintf("T%05d", household/perHamlet),
		At: at.Truncate(time.Second), Outcome: data.Inaccessible + data.Outcome(rng.IntN(5))}
	if v.Outcome >= data.Partial {
		v.Assessed = data.SkillSet(rng.IntN(32))
		v.Shown = v.Assessed & data.SkillSet(rng.IntN(32))
	}
	return v
}

// accepted returns an error where a record was not taken.
func accepted(effects []data.PutResult, err error) error {
	if err != nil {
		return err
	}
	for i := range effects {
		if effects[i].Change == data.Rejected {
			return fmt.Errorf("record %d was rejected: %w", i, effects[i].Problem)
		}
	}
	return nil
}
