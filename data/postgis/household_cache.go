package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/column"
	"tungnha/data/postgis/session"
)

const (
	findHouseholdRefs = `SELECT h.household_id, h.commune_code, h.registered_on
		FROM unnest($1::text[]) AS asked (id) JOIN households h ON h.household_id = asked.id`
	readHouseholdRefs = `SELECT household_id, commune_code, registered_on FROM households`
	countHouseholds   = `SELECT count(*) FROM (SELECT FROM households LIMIT $1) AS first`

	wholeTable = `SELECT set_config('enable_seqscan', 'on', true)`
	byKeyAgain = `SELECT set_config('enable_seqscan', 'off', true)`
)

const (
	// maxCachedHouseholds is how many households an import of visits keeps.
	maxCachedHouseholds = 1 << 21
	// manyHouseholds is from how many on it is worth while to count how many there are. To look one
	// up by its key costs as much as reading householdsPerLookup in the table's order.
	manyHouseholds      = 1 << 15
	householdsPerLookup = 6
)

// householdRef is what is needed of a household to check and store a visit.
type householdRef struct {
	commune    string
	registered data.Date
}

// householdCache keeps the households that visits refer to, so that each is read once.
type householdCache struct {
	known    map[string]householdRef
	communes map[string]string // each code once in memory
	most     int               // so many are kept, and those of one batch
	asked    int               // so many were looked up by their keys
	there    int               // in the table; more than most: that many or more; 0: not counted
	whole    bool              // the table was read
}

func newHouseholdCache() householdCache {
	return householdCache{known: make(map[string]householdRef), communes: make(map[string]string),
		most: maxCachedHouseholds}
}

// makeRoom forgets the households where they are too many: before a batch is looked up, for what it finds known is not
// queued.
func (h *householdCache) makeRoom() {
	if len(h.known) > h.most {
		clear(h.known)
	}
}

// queue looks up households by their ids. Where so many were that reading the table would
// have been the shorter way, it does that.
func (h *householdCache) queue(ctx context.Context, db *session.Session, batch *pgx.Batch, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	h.asked += len(ids)
	if h.asked >= manyHouseholds && h.there == 0 {
		rows, err := db.Query(ctx, countHouseholds, h.most+1)
		if err != nil {
			return err
		}
		if h.there, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int]); err != nil {
			return err
		}
	}
	if !h.whole && 0 < h.there && h.there <= min(h.most, h.asked*householdsPerLookup) {
		h.whole = true
		batch.Queue(wholeTable)
		batch.Queue(readHouseholdRefs).Query(h.scan)
		batch.Queue(byKeyAgain)
		return nil
	}
	batch.Queue(findHouseholdRefs, ids).Query(h.scan)
	return nil
}

func (h *householdCache) scan(rows pgx.Rows) error {
	for rows.Next() {
		row := rows.RawValues()
		commune, ok := h.communes[string(row[1])]
		if !ok {
			commune = string(row[1])
			h.communes[commune] = commune
		}
		registered, err := column.RawDate(row[2])
		if err != nil {
			return fmt.Errorf("household %s: registered_on: %w", row[0], err)
		}
		h.known[string(row[0])] = householdRef{commune, registered}
	}
	return rows.Err()
}
