package data

import (
	"context"
	"errors"

	"tungnha/internal/problem"
)

// Kind is a kind of record, named as its file is.
type Kind string

// The kinds of record. Areas and hamlets are both Area.
const (
	Areas      Kind = "areas"
	Households Kind = "households"
	Teams      Kind = "teams"
	Visits     Kind = "visits"
)

// Change is what putting a record into a store did.
type Change uint8

// What may become of a record.
const (
	Unchanged Change = iota // an equal record was there already
	Created
	Updated
	Rejected
	SetAside // of a visit that is posted by a sender: kept, and does not count
)

// PutResult is what a store did with one record.
type PutResult struct {
	Change  Change
	Fields  []string         // of an update: the names of the fields that changed
	Problem *problem.Problem // of a rejection: why; otherwise a warning, or nil. Of SetAside: why, nil of a repetition

	// Again reports of a created visit that its sender sent it before: it was set aside then.
	Again bool
}

// Store begins transactions.
type Store interface {
	Begin(ctx context.Context) (Tx, error)
}

// Tx writes records in one transaction: all of it is kept on Commit, nothing before.
// The Put methods return a result for each record, in order, and an error only where the
// transaction cannot go on.
type Tx interface {
	PutAreas(ctx context.Context, areas []Area) ([]PutResult, error)
	PutHouseholds(ctx context.Context, households []Household) ([]PutResult, error)
	PutTeams(ctx context.Context, teams []Team) ([]PutResult, error)
	PutVisits(ctx context.Context, visits []Visit) ([]PutResult, error)
	// PutBatches writes the batches of a store that is copied. From then on visits keep their origins.
	PutBatches(ctx context.Context, batches []Batch) error
	// PutAside writes visits that do not count, of a store that is copied; their batches are there.
	PutAside(ctx context.Context, visits []Aside) error
	// ReadAreas streams the areas as the transaction sees them, by code, then valid_from.
	ReadAreas(ctx context.Context, yield func(*Area) error) error
	Commit(ctx context.Context) error
	Rollback() error // after Commit: does nothing
}

// InTx runs f in a transaction that begin starts. It is committed where f succeeds, and else rolled back.
func InTx[T Tx](ctx context.Context, begin func(context.Context) (T, error), f func(T) error) error {
	tx, err := begin(ctx)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit(ctx)
}

// RecordHandler takes a store's records as they are streamed. A record is valid during the call
// only. Records come in this order: all areas (by code, then valid_from), all teams (by
// team_id), all households, all visits (by household_id in the order of the households,
// then visited_at, then visit_id).
type RecordHandler struct {
	Area      func(*Area) error
	Team      func(*Team) error
	Household func(*Household) error
	Visit     func(*Visit) error
	Batch     func(*Batch) error // before the visits, by ID
	Aside     func(*Aside) error // visits that do not count, behind those that do
}

// Why a store takes no writes until somebody changes something.
var (
	// ErrReadOnly means that this program may read the store and not write to it, now or later.
	ErrReadOnly = errors.New("the store may only be read")
	// ErrFull means that there is no room for more where the store is kept. Who sends the same again when somebody
	// has made some succeeds.
	ErrFull = errors.New("there is no room for more where the store is kept")
	// ErrUnsound means that the store is not where it was, or not as this program makes it: writes may be lost.
	ErrUnsound = errors.New("somebody has taken the store away, cut or altered it, and has to mend it")
)

// Posted is what a store did with one batch of visits.
type Posted struct {
	Results  []PutResult // one a visit, in order: Created, Unchanged (a duplicate), Rejected or SetAside
	Revision int64       // the store's revision after the batch
	// For every household with a created visit: all its visits, by visited_at, then visit_id. For a visit that is set
	// aside those of some household, so that it takes as long as one that is created.
	Histories map[string][]Visit

	// While another transaction is under way, an import's say, visits are queued: as durable, reported as Created, and
	// written, and in Histories, when it has ended.
	Queued   int      // how many of the batch were queued; then Revision is 0
	Dequeued int      // how many that had been queued before were written together with the batch
	Refused  []string // of those, the ids of what could not be written any more, each with the reason; they are kept
}
