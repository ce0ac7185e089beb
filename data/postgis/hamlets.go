package postgis

import (
	"context"

	"github.com/jackc/pgx/v5"
)

var (
	communesOf = `SELECT DISTINCT coalesce(parent, '') FROM areas WHERE level = 'hamlet' AND code = ANY ($1)`
	// As codes has it, the latest version of a hamlet decides where it is.
	findStrayed = `SELECT ` + householdColumns + `, now.commune
		FROM (SELECT DISTINCT ON (code) code, coalesce(parent, '') AS commune FROM areas
			WHERE level = 'hamlet' AND code = ANY ($1) ORDER BY code, valid_from DESC NULLS LAST) now
		JOIN households h ON h.hamlet_code = now.code
		WHERE h.commune_code = ANY ($2) AND h.commune_code <> now.commune`
)

// hamletsMoved are how many hamlets' households are in memory at once.
const hamletsMoved = 64

// movedHamlets are hamlets that a batch of areas may bring under another commune, and the
// communes that their households are kept under.
type movedHamlets struct {
	codes, communes []string
}

// movedHamlets looks up where hamlets are, before that is changed.
func (tx *Tx) movedHamlets(ctx context.Context, codes []string) (m movedHamlets, err error) {
	if len(codes) == 0 {
		return m, nil
	}
	if err := tx.households.Probe(ctx, &tx.session, noHouseholds); err != nil || tx.households.None() {
		return m, err
	}
	rows, err := tx.session.Query(ctx, communesOf, codes)
	if err != nil {
		return m, err
	}
	m.codes = codes
	m.communes, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return m, err
}

// follow moves households, with their visits, to where their hamlets are now.
func (tx *Tx) follow(ctx context.Context, m *movedHamlets) error {
	for len(m.codes) > 0 {
		n := min(hamletsMoved, len(m.codes))
		if err := tx.households.Flush(ctx, &tx.session); err != nil {
			return err
		}
		var changes changedHouseholds
		err := tx.query(ctx, findStrayed, func(row pgx.Rows) error {
			h := new(storedHousehold)
			rest, err := scanHousehold(row.RawValues(), h)
			if err != nil {
				return err
			}
			changes.from = append(changes.from, h.commune)
			h.commune = string(rest[0])
			changes.moved = append(changes.moved, h)
			return nil
		}, m.codes[:n], m.communes)
		if err != nil {
			return err
		}
		if err := tx.writeHouseholds(ctx, &changes); err != nil {
			return err
		}
		if tx.visits.Full() {
			if err := tx.visits.Flush(ctx, &tx.session); err != nil {
				return err
			}
		}
		m.codes = m.codes[n:]
	}
	return nil
}
