package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/column"
	"tungnha/internal/problem"
)

// visitColumns are what column.ScanVisit reads. They are written by hand, not from data.VisitFields: outcome has a type
// of the database, and the sets of skills are packed into bits.
const visitColumns = `household_id, visited_at, visit_id, team_id, outcome, assessed, shown, batch, received_at`

const (
	copyVisits = `COPY visits (commune_code, ` + visitColumns + `, revision)
		FROM STDIN (FORMAT binary)`
	noVisits   = `SELECT NOT EXISTS (SELECT FROM visits)`
	findVisits = `SELECT ` + visitColumns + `, revision
		FROM unnest($1::text[]) AS wanted (id) JOIN visits v ON v.visit_id = wanted.id`
	findTeamIDs = `SELECT team_id FROM teams WHERE team_id = ANY ($1)`
	takeVisits  = `DELETE FROM visits WHERE visit_id = ANY ($1)`
)

// storedVisit is a visit that is there; its revision is the transaction's where it was given
// before in it.
type storedVisit struct {
	data.Visit
	revision int64
}

// PutVisits writes visits of an import: a visit_id that is there already with other values
// is a corrected register and updates it. A visit before its household was registered goes
// in with a warning.
func (tx *Tx) PutVisits(ctx context.Context, visits []data.Visit) ([]data.PutResult, error) {
	results, err := tx.putVisits(ctx, visits)
	if err != nil {
		return nil, fmt.Errorf("put visits: %w", err)
	}
	return results, nil
}

func (tx *Tx) putVisits(ctx context.Context, visits []data.Visit) ([]data.PutResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results := checkVisits(visits)
	there, err := tx.findVisits(ctx, visits, results)
	if err != nil {
		return nil, err
	}
	var same, corrected []string
	var rewritten []*data.Visit
	for i := range visits {
		v, old := &visits[i], there[visits[i].ID]
		if v.Given != 0 && results[i].Change != data.Rejected {
			whole, before := *v, (*data.Visit)(nil)
			if old != nil {
				before = &old.Visit
			}
			if results[i] = whole.Complete(before); results[i].Change == data.Rejected {
				continue
			}
			v = &whole
		}
		at, rejected := tx.householdOf(v, &results[i])
		if rejected {
			continue
		}
		if old == nil {
			results[i].Change = data.Created
			now := *v
			now.Origin = tx.batches.Origin(v.Origin, data.ByImport)
			tx.batches.Use(now.Origin.Batch)
			there[v.ID] = &storedVisit{now, tx.revision}
			err := errors.Join(tx.changeVisit(nil, &now), tx.bufferVisit(&now, at.commune, tx.revision))
			if err != nil {
				return nil, err
			}
			continue
		}
		fields := data.ChangedVisitFields(&old.Visit, v)
		again := old.revision == tx.revision
		switch {
		case len(fields) == 0:
			if !again {
				same = append(same, v.ID)
			}
			old.revision = tx.revision
		case again:
			results[i] = data.RejectTwice("visit_id")
		default:
			results[i].Change, results[i].Fields = data.Updated, fields
			// No row of the new revision names the household that it leaves.
			tx.registers = tx.registers || old.HouseholdID != v.HouseholdID
			now := &storedVisit{*v, tx.revision}
			now.Origin = old.Origin // a correction leaves a visit where it came from
			there[v.ID] = now
			if err := tx.changeVisit(&old.Visit, &now.Visit); err != nil {
				return nil, err
			}
			corrected, rewritten = append(corrected, v.ID), append(rewritten, &now.Visit)
		}
	}
	if err := tx.given.note(ctx, &tx.session, data.Visits, same); err != nil {
		return nil, err
	}
	if len(corrected) > 0 {
		if _, err := tx.session.Exec(ctx, takeVisits, corrected); err != nil {
			return nil, err
		}
		for _, v := range rewritten {
			if err := tx.bufferVisit(v, tx.householdCache.known[v.HouseholdID].commune, tx.revision); err != nil {
				return nil, err
			}
		}
	}
	tx.changed = tx.changed || tx.visits.Len() > 0
	if tx.visits.Full() {
		return results, tx.visits.Flush(ctx, &tx.session)
	}
	return results, nil
}

// householdOf returns the household of a visit that is not rejected yet; where there is none that
// rejects it. A visit before it was registered gets a warning.
func (tx *Tx) householdOf(v *data.Visit, result *data.PutResult) (at householdRef, rejected bool) {
	if result.Change == data.Rejected {
		return at, true
	}
	if !tx.teams[v.TeamID] {
		*result = data.Reject(problem.Unknown("team_id", "team", v.TeamID))
		return at, true
	}
	if _, ok := tx.skills.StoreSet(v.Assessed); !ok {
		*result = data.Reject(problem.ForeignSkill("assessed"))
		return at, true
	}
	at, known := tx.householdCache.known[v.HouseholdID]
	if !known {
		*result = data.Reject(problem.Unknown("household_id", "household", v.HouseholdID))
		return at, true
	}
	result.Problem = v.NotRegistered(at.registered)
	return at, false
}

// checkVisits rejects what no visit can be.
func checkVisits(visits []data.Visit) []data.PutResult {
	results := make([]data.PutResult, len(visits))
	for i := range visits {
		results[i] = visits[i].Check()
	}
	return results
}

// findVisits returns those that are there, by id, and makes sure that the transaction has loaded
// the teams and households that exist.
func (tx *Tx) findVisits(ctx context.Context, visits []data.Visit, results []data.PutResult) (map[string]*storedVisit,
	error) {
	if err := tx.households.Flush(ctx, &tx.session); err != nil {
		return nil, err
	}
	if err := tx.visits.Probe(ctx, &tx.session, noVisits); err != nil {
		return nil, err
	}
	tx.householdCache.makeRoom()
	var teams, households, ids []string
	refer := func(v *data.Visit) {
		if _, known := tx.teams[v.TeamID]; !known {
			tx.teams[v.TeamID] = false // is looked up
			teams = append(teams, v.TeamID)
		}
		if _, known := tx.householdCache.known[v.HouseholdID]; !known {
			households = append(households, v.HouseholdID)
		}
	}
	waits, partial := false, false
	for i := range visits {
		v := &visits[i]
		if results[i].Change == data.Rejected {
			continue
		}
		refer(v)
		partial = partial || v.Given != 0
		if may, staged := tx.visits.Find(v.ID); may {
			ids = append(ids, v.ID)
			waits = waits || staged
		}
	}
	if waits {
		if err := tx.visits.Flush(ctx, &tx.session); err != nil {
			return nil, err
		}
	}
	there := make(map[string]*storedVisit, len(visits))
	var batch pgx.Batch
	if partial && len(ids) > 0 { // their teams and households are those of the visits that are there
		tx.queueVisits(&batch, ids, there)
		if err := tx.session.Send(ctx, &batch); err != nil {
			return nil, err
		}
		for _, old := range there {
			refer(&old.Visit)
		}
		batch, ids = pgx.Batch{}, nil
	}
	tx.queueTeams(&batch, teams)
	if err := tx.householdCache.queue(ctx, &tx.session, &batch, households); err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		tx.queueVisits(&batch, ids, there)
	}
	if batch.Len() > 0 {
		if err := tx.session.Send(ctx, &batch); err != nil {
			return nil, err
		}
	}
	for _, id := range teams { // one that is unknown may come later in the transaction
		if !tx.teams[id] {
			delete(tx.teams, id)
		}
	}
	return there, tx.markGiven(ctx, visits, there)
}

func (tx *Tx) queueTeams(batch *pgx.Batch, ids []string) {
	if len(ids) == 0 {
		return
	}
	batch.Queue(findTeamIDs, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			tx.teams[string(rows.RawValues()[0])] = true
		}
		return rows.Err()
	})
}

func (tx *Tx) queueVisits(batch *pgx.Batch, ids []string, there map[string]*storedVisit) {
	batch.Queue(findVisits, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			row := rows.RawValues()
			v := new(storedVisit)
			if err := column.ScanVisit(row, tx.skills, &v.Visit); err != nil {
				return err
			}
			v.revision = column.RawInt64(row[9])
			there[v.ID] = v
		}
		return rows.Err()
	})
}

// markGiven notes of the visits that are there and differ which of them the transaction was
// given before.
func (tx *Tx) markGiven(ctx context.Context, visits []data.Visit, there map[string]*storedVisit) error {
	if !tx.given.made {
		return nil
	}
	var differing []string
	for i := range visits {
		old := there[visits[i].ID]
		if old == nil {
			continue
		}
		now := visits[i]
		now.Complete(&old.Visit)
		if len(data.ChangedVisitFields(&old.Visit, &now)) > 0 {
			differing = append(differing, old.ID)
		}
	}
	before, err := tx.given.among(ctx, &tx.session, data.Visits, differing)
	for id := range before {
		there[id].revision = tx.revision
	}
	return err
}

// bufferVisit puts a visit among those that are copied together.
func (tx *Tx) bufferVisit(v *data.Visit, commune string, revision int64) error {
	assessed, ok := tx.skills.StoreSet(v.Assessed)
	if !ok {
		return errors.New("holds a skill that the programme does not have")
	}
	shown, _ := tx.skills.StoreSet(v.Shown)
	s := &tx.visits
	b := column.CopyText(column.CopyText(column.CopyRow(s.Rows, 11), commune), v.HouseholdID)
	b = column.CopyInt64(b, (v.At.Unix()-column.EpochSeconds)*1e6)
	b = column.CopyText(column.CopyText(column.CopyText(b, v.ID), v.TeamID), v.Outcome.String())
	b = column.CopyInt32(column.CopyInt32(b, int32(assessed)), int32(shown))
	b = copyOrigin(b, &v.Origin)
	s.Rows = column.CopyInt64(b, revision)
	s.Add(v.ID)
	return nil
}
