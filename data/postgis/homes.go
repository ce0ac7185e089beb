package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

const (
	findHomes = `SELECT h.household_id, h.commune_code, h.registered_on
		FROM unnest($1::text[]) AS asked (id) JOIN households h ON h.household_id = asked.id`
	readHomes  = `SELECT household_id, commune_code, registered_on FROM households`
	countHomes = `SELECT count(*) FROM (SELECT FROM households LIMIT $1) AS first`

	wholeTable = `SELECT set_config('enable_seqscan', 'on', true)`
	byKeyAgain = `SELECT set_config('enable_seqscan', 'off', true)`
)

const (
	// maxHomes is how many households an import of visits remembers.
	maxHomes = 1 << 21
	// manyHomes is from how many on it is worth while to know how many there are. To look one
	// up by its key costs as much as reading homesPerLookup in the table's order.
	manyHomes      = 1 << 15
	homesPerLookup = 6
)

// home is what a visit asks of its household.
type home struct {
	commune    string
	registered data.Date
}

// homes are the households that visits were looked up for.
type homes struct {
	known    map[string]home
	communes map[string]string // each code once in memory
	asked    int               // so many were looked up by their keys
	there    int               // in the table; more than maxHomes: that many or more; 0: not counted
	whole    bool              // the table was read
}

func newHomes() homes {
	return homes{known: make(map[string]home), communes: make(map[string]string)}
}

// queue looks up households by their ids. Where so many were that reading the table would
// have been the shorter way, it does that.
func (h *homes) queue(ctx context.Context, db *session, batch *pgx.Batch, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if len(h.known) > maxHomes {
		clear(h.known)
	}
	h.asked += len(ids)
	if h.asked >= manyHomes && h.there == 0 {
		rows, err := db.Query(ctx, countHomes, maxHomes+1)
		if err != nil {
			return err
		}
		if h.there, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int]); err != nil {
			return err
		}
	}
	if !h.whole && 0 < h.there && h.there <= min(maxHomes, h.asked*homesPerLookup) {
		h.whole = true
		batch.Queue(wholeTable)
		batch.Queue(readHomes).Query(h.scan)
		batch.Queue(byKeyAgain)
		return nil
	}
	batch.Queue(findHomes, ids).Query(h.scan)
	return nil
}

func (h *homes) scan(rows pgx.Rows) error {
	for rows.Next() {
		row := rows.RawValues()
		commune, ok := h.communes[string(row[1])]
		if !ok {
			commune = string(row[1])
			h.communes[commune] = commune
		}
		registered, err := rawDate(row[2])
		if err != nil {
			return fmt.Errorf("household %s: registered_on: %w", row[0], err)
		}
		h.known[string(row[0])] = home{commune, registered}
	}
	return rows.Err()
}
