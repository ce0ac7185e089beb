package postgis

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/column"
)

const (
	findSenders = `SELECT v.visit_id, coalesce(b.sender, '')
		FROM unnest($1::text[]) AS wanted (id) JOIN visits v ON v.visit_id = wanted.id
		LEFT JOIN batches b ON b.batch = v.batch`
	findAside = `SELECT ` + visitColumns + `, coalesce(sender, ''), fid, reason
		FROM (SELECT a.*, b.sender FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS wanted (id, household, at)
			JOIN visits_aside a ON a.visit_id = wanted.id AND a.household_id = wanted.household
				AND a.visited_at = wanted.at
			LEFT JOIN batches b ON b.batch = a.batch
			WHERE a.restored_by IS NULL) AS a`
	markIn = `UPDATE visits_aside a SET restored_by = now.batch
		FROM unnest($1::bigint[], $2::bigint[]) AS now (fid, batch) WHERE a.fid = now.fid`
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

// sentBefore is a visit that its sender sent before and that does not count.
type sentBefore struct {
	fid    int64 // 0: in this transaction
	reason data.Reason
}

// sentBefore returns those of the visits that their senders sent before and that do not count.
func (tx *Tx) sentBefore(ctx context.Context, visits []data.Visit) (map[asideKey]sentBefore, error) {
	before := make(map[asideKey]sentBefore)
	var ids, households []string
	var times []time.Time
	for i := range visits {
		if v := &visits[i]; v.Origin.Sender != "" {
			ids, households = append(ids, v.ID), append(households, v.HouseholdID)
			times = append(times, time.Unix(v.At.Unix(), 0))
		}
	}
	if len(ids) == 0 {
		return before, nil
	}
	var batch pgx.Batch
	batch.Queue(findAside, ids, households, times).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var v data.Visit
			row := rows.RawValues()
			if err := column.ScanVisit(row, tx.skills, &v); err != nil {
				return err
			}
			key := asideKeyOf(&v, string(row[9]))
			if before[key].reason != data.Withdrawn {
				before[key] = sentBefore{column.RawInt64(row[10]), data.Reason(row[11])}
			}
		}
		return rows.Err()
	})
	return before, tx.session.Send(ctx, &batch)
}

// setAside keeps the visits of senders that cannot be recorded: what becomes of them, and the time that takes, show
// their senders nothing of the register. It changes their results and returns households whose histories are to be
// read, as those of households with a visit that is recorded are.
func (tx *Tx) setAside(ctx context.Context, visits []data.Visit, results []data.PutResult,
	there map[string]*storedVisit, before map[asideKey]sentBefore) (communes, households []string, err error) {
	reasons := make(map[int]data.Reason)
	var recorded []string
	for i := range visits {
		v := &visits[i]
		reason, ok := results[i].WhyAside()
		if _, known := tx.skills.StoreSet(v.Assessed); !ok || !known || v.Origin.Sender == "" {
			continue
		}
		if _, again := before[asideKeyOf(v, v.Origin.Sender)]; again {
			results[i] = data.PutResult{Change: data.Unchanged}
			continue
		}
		reasons[i] = reason
		if reason == data.Repeated && there[v.ID].Origin.Sender == "" {
			recorded = append(recorded, v.ID)
		}
	}
	if len(reasons) == 0 {
		return nil, nil, nil
	}
	senders := make(map[string]string)
	var batch pgx.Batch
	batch.Queue(findSenders, recorded).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			senders[string(rows.RawValues()[0])] = string(rows.RawValues()[1])
		}
		return rows.Err()
	})
	if err := tx.session.Send(ctx, &batch); err != nil {
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
		if _, again := before[key]; again || reason == data.Repeated && sender == v.Origin.Sender {
			results[i] = data.PutResult{Change: data.Unchanged}
			continue
		}
		before[key] = sentBefore{reason: reason}
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
	return communes, households, tx.session.Send(ctx, &batch)
}
