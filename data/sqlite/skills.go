package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/bits"

	"tungnha/data"
)

// Skills returns the programme's skills in the order that gives the bits of a SkillSet.
func (s *Store) Skills() data.Skills { return s.skills.Load().Skills() }

// SetSkills makes the list the programme's. The file holds skills by their keys, so the
// order may change freely; a skill that any visit ever held cannot be left out.
// A store starts with data.DefaultSkills.
func (s *Store) SetSkills(ctx context.Context, skills data.Skills) error {
	err := s.write(ctx, func(tx *Tx) error { return tx.setSkills(ctx, skills) })
	if err != nil {
		return fmt.Errorf("%s: set skills: %w", s.path, err)
	}
	return s.loadSkills(ctx)
}

func (tx *Tx) setSkills(ctx context.Context, skills data.Skills) error {
	if err := skills.Check(); err != nil {
		return err
	}
	old, oldBits, err := readSkills(ctx, tx.conn)
	if err != nil {
		return err
	}
	var taken uint16
	for i, skill := range old {
		taken |= 1 << oldBits[i]
		if skills.Index(skill.Key) >= 0 {
			continue
		}
		var used bool
		if err := tx.conn.QueryRowContext(ctx,
			`SELECT EXISTS (SELECT 1 FROM skill_sets WHERE bits >> ? & 1)`, oldBits[i]).Scan(&used); err != nil {
			return err
		}
		if used {
			return fmt.Errorf("skill %q cannot be left out: visits hold it", skill.Key)
		}
		if _, err := tx.conn.ExecContext(ctx, `DELETE FROM skills WHERE bit = ?`, oldBits[i]); err != nil {
			return err
		}
		taken &^= 1 << oldBits[i]
		tx.changed = true
	}
	for position, skill := range skills {
		at := old.Index(skill.Key)
		if at == position && old[at] == skill {
			continue
		}
		bit := bits.TrailingZeros16(^taken)
		if at >= 0 {
			bit = int(oldBits[at])
		}
		taken |= 1 << bit
		tx.changed = true
		if _, err := tx.conn.ExecContext(ctx, `
			INSERT INTO skills (bit, position, key, name_en, name_vi) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (bit) DO UPDATE SET position = excluded.position, name_en = excluded.name_en, name_vi = excluded.name_vi`,
			bit, position, skill.Key, skill.EN, skill.VI); err != nil {
			return err
		}
	}
	return nil
}

// loadSkills reads the list; a new file gets the default one.
func (s *Store) loadSkills(ctx context.Context) error {
	list, fileBits, err := readSkills(ctx, s.reader)
	if err == nil && len(list) == 0 {
		err = s.write(ctx, func(tx *Tx) error {
			if err := tx.setSkills(ctx, data.DefaultSkills); err != nil {
				return err
			}
			tx.changed = false // a new store is of revision 0
			list, fileBits, err = readSkills(ctx, tx.conn)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("read skills: %w", err)
	}
	s.skills.Store(data.NewSkillBits(list, fileBits))
	return nil
}

// readSkills takes a connection or a pool.
func readSkills(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}) (list data.Skills, fileBits []uint8, err error) {
	rows, err := db.QueryContext(ctx, `SELECT bit, key, name_en, name_vi FROM skills ORDER BY position, bit`)
	if err != nil {
		return nil, nil, fmt.Errorf("read skills: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bit uint8
		var skill data.Skill
		if err := rows.Scan(&bit, &skill.Key, &skill.EN, &skill.VI); err != nil {
			return nil, nil, fmt.Errorf("read skills: %w", err)
		}
		list, fileBits = append(list, skill), append(fileBits, bit)
	}
	return list, fileBits, rows.Err()
}
