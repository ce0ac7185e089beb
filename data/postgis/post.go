package postgis

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/column"
	"tungnha/internal/problem"
)

const (
	insertVisits = `INSERT INTO visits (revision, commune_code, ` + visitColumns + `)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::outcome[], $8::int[], $9::int[],
			$10::bigint[], $11::timestamptz[])`
	findHistories = `SELECT ` + visitColumns + `
		FROM unnest($1::text[], $2::text[]) AS wanted (commune, household)
		JOIN visits v ON v.commune_code = wanted.commune AND v.household_id = wanted.household
		ORDER BY household_id, visited_at, visit_id`
)

func (tx *Tx) post(ctx context.Context, visits []data.Visit) (data.Posted, error) {
	posted := data.Posted{
		Results:   checkVisits(visits),
		Revision:  tx.revision - 1,
		Histories: make(map[string][]data.Visit),
	}
	if len(visits) == 0 {
		return posted, nil
	}
	there, err := tx.findVisits(ctx, visits, posted.Results)
	if err != nil {
		return posted, err
	}
	before, err := tx.sentBefore(ctx, visits)
	if err != nil {
		return posted, err
	}
	var n visitArrays
	var in []int64   // visits that did not count, and do now
	var inBy []int64 // the batch of each
	for i := range visits {
		v := &visits[i]
		sent, again := before[asideKeyOf(v, v.Origin.Sender)]
		if again && sent.reason == data.Withdrawn && posted.Results[i].Change != data.Rejected {
			continue // a duplicate
		}
		at, rejected := tx.householdOf(v, &posted.Results[i])
		if rejected {
			continue
		}
		if old := there[v.ID]; old != nil {
			if fields := data.ChangedVisitFields(&old.Visit, v); len(fields) > 0 {
				posted.Results[i] = data.Reject(problem.RecordedBefore("visit_id", fields))
			}
			continue
		}
		posted.Results[i].Change = data.Created
		now := &storedVisit{*v, tx.revision}
		now.Origin = tx.batches.Origin(v.Origin, data.ByPost)
		tx.batches.Use(now.Origin.Batch)
		if again {
			posted.Results[i].Again = true
			in, inBy = append(in, sent.fid), append(inBy, now.Origin.Batch)
		}
		there[v.ID] = now
		if err := tx.changeVisit(nil, &now.Visit); err != nil {
			return posted, err
		}
		n.add(&now.Visit, at.commune, tx.skills)
	}
	asideCommunes, asideHouseholds, err := tx.setAside(ctx, visits, posted.Results, there, before)
	if err != nil {
		return posted, err
	}
	if len(n.ids) == 0 && !tx.changed {
		return posted, nil
	}
	posted.Revision, tx.changed = tx.revision, true
	communes, households := distinctHouseholds(append(n.communes, asideCommunes...),
		append(n.households, asideHouseholds...))
	var batch pgx.Batch
	if len(n.ids) > 0 {
		batch.Queue(insertVisits, tx.revision, n.communes, n.households, n.times, n.ids, n.teams, n.outcomes,
			n.assessed, n.shown, n.batches, n.received)
	}
	if len(in) > 0 {
		batch.Queue(markIn, in, inBy)
	}
	batch.Queue(findHistories, communes, households).Query(func(rows pgx.Rows) error {
		return scanHistories(rows, tx.skills, posted.Histories)
	})
	return posted, tx.session.Send(ctx, &batch)
}

// scanHistories adds visits, which come by household, to the histories.
func scanHistories(rows pgx.Rows, skills *data.SkillBits, histories map[string][]data.Visit) error {
	for rows.Next() {
		var v data.Visit
		if err := column.ScanVisit(rows.RawValues(), skills, &v); err != nil {
			return err
		}
		histories[v.HouseholdID] = append(histories[v.HouseholdID], v)
	}
	return rows.Err()
}

// visitArrays are the parameters of insertVisits.
type visitArrays struct {
	communes, households, ids, teams, outcomes []string
	times                                      []time.Time
	assessed, shown                            []int32
	batches                                    []int64
	received                                   []time.Time
}

func (n *visitArrays) add(v *data.Visit, commune string, skills *data.SkillBits) {
	assessed, _ := skills.StoreSet(v.Assessed)
	shown, _ := skills.StoreSet(v.Shown)
	n.communes, n.households, n.ids = append(n.communes, commune), append(n.households, v.HouseholdID),
		append(n.ids, v.ID)
	n.teams, n.outcomes = append(n.teams, v.TeamID), append(n.outcomes, v.Outcome.String())
	n.times = append(n.times, time.Unix(v.At.Unix(), 0))
	n.batches, n.received = append(n.batches, v.Origin.Batch), append(n.received, time.Unix(v.Origin.ReceivedAt, 0))
	n.assessed, n.shown = append(n.assessed, int32(assessed)), append(n.shown, int32(shown))
}

// distinctHouseholds lists the households, each once.
func distinctHouseholds(allCommunes, all []string) (communes, households []string) {
	seen := make(map[string]bool)
	for i, household := range all {
		if !seen[household] {
			seen[household] = true
			communes, households = append(communes, allCommunes[i]), append(households, household)
		}
	}
	return communes, households
}
