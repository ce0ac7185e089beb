package postgis

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

const (
	findSenders = `SELECT v.visit_id, coalesce(b.sender, '')
		FROM unnest($1::text[]) AS wanted (id) JOIN visits v ON v.visit_id = wanted.id
		LEFT JOIN batches b ON b.batch = v.batch`
	findAside = `SELECT ` + visitColumns + `, coalesce(sender, '')
		FROM (SELECT a.*, b.sender FROM visits_aside a LEFT JOIN batches b ON b.batch = a.batch
			WHERE a.visit_id = ANY ($1)) AS a`
	// Of each household id the household from it on, or the first.
	findNeighbours = `SELECT DISTINCT h.commune_code, h.household_id FROM unnest($1::text[]) AS wanted (id)
		CROSS JOIN LATERAL (
			SELECT commune_code, household_id FROM households WHERE household_id >= coalesce(
				(SELECT min(household_id) FROM households WHERE household_id >= wanted.id), '')
			ORDER BY household_id LIMIT 1) AS h`
)

// asideKey is what a visit that is sent again has in common with the first.
type asideKey struct {
	id, household, team string
	at                  int64
	outcome             data.Outcome
	assessed, shown     data.SkillSet
	sender              string
}

func asideKeyOf(v *data.Visit, sender string) asideKey {
	return asideKey{v.ID, v.HouseholdID, v.TeamID, v.At.Unix(), v.Outcome, v.Assessed, v.Shown, sender}
}

// setAside keeps the visits of senders that cannot be recorded: what becomes of them, and the time that takes, show
// their senders nothing of the register. It changes their results and returns households whose histories are to be
// read, as those of households with a visit that is recorded are.
func (tx *Tx) setAside(ctx context.Context, visits []data.Visit, results []data.PutResult,
	there map[string]*storedVisit) (communes, households []string, err error) {
	reasons := make(map[int]data.Reason)
	var ids, recorded []string
	for i := range visits {
		v := &visits[i]
		reason, ok := results[i].WhyAside()
		if _, known := tx.skills.StoreSet(v.Assessed); !ok || !known || v.Origin.Sender == "" {
			continue
		}
		reasons[i] = reason
		ids = append(ids, v.ID)
		if reason == data.Repeated && there[v.ID].Origin.Sender == "" {
			recorded = append(recorded, v.ID)
		}
	}
	if len(reasons) == 0 {
		return nil, nil, nil
	}
	senders := make(map[string]string)
	before := make(map[asideKey]bool)
	var batch pgx.Batch
	batch.Queue(findSenders, recorded).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			senders[string(rows.RawValues()[0])] = string(rows.RawValues()[1])
		}
		return rows.Err()
	})
	batch.Queue(findAside, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var v data.Visit
			row := rows.RawValues()
			if err := scanVisit(row, tx.skills, &v); err != nil {
				return err
			}
			before[asideKeyOf(&v, string(row[9]))] = true
		}
		return rows.Err()
	})
	if err := tx.session.send(ctx, &batch); err != nil {
		return nil, nil, err
	}
	batch = pgx.Batch{}
	var homes []string
	for i := range visits {
		reason, ok := reasons[i]
		if !ok {
			continue
		}
		v := &visits[i]
		key := asideKeyOf(v, v.Origin.Sender)
		sender := senders[v.ID]
		if old := there[v.ID]; old != nil && old.Origin.Sender != "" {
			sender = old.Origin.Sender
		}
		if before[key] || reason == data.Repeated && sender == v.Origin.Sender {
			results[i] = data.PutResult{Change: data.Unchanged}
			continue
		}
		before[key] = true
		results[i].Change = data.SetAside
		assessed, _ := tx.skills.StoreSet(v.Assessed)
		shown, _ := tx.skills.StoreSet(v.Shown)
		a := data.Aside{Visit: *v, Reason: reason}
		a.Origin = tx.batches.Origin(v.Origin, data.ByPost)
		tx.batches.Use(a.Origin.Batch)
		queueAside(&batch, &a, assessed, shown)
		homes = append(homes, v.HouseholdID)
	}
	if len(homes) == 0 {
		return nil, nil, nil
	}
	batch.Queue(findNeighbours, homes).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			communes = append(communes, string(rows.RawValues()[0]))
			households = append(households, string(rows.RawValues()[1]))
		}
		return rows.Err()
	})
	tx.changed = true
	return communes, households, tx.session.send(ctx, &batch)
}
