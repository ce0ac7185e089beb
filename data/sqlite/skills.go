package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"tungnha/data"
)

// Skills returns the programme's skills in the order that gives the bits of a SkillSet.
func (s *Store) Skills() data.Skills { return s.skills.Load().Skills() }

// SetSkills makes the list the programme's. The file has skills by their keys, so the
// order may change freely; a skill that any visit ever had cannot be left out.
// A store starts with data.DefaultSkills.
func (s *Store) SetSkills(ctx context.Context, skills data.Skills) error {
	if s.readOnly && slices.Equal(s.Skills(), skills) {
		return nil
	}
	err := s.write(ctx, func(tx *Tx) error { return tx.setSkills(ctx, skills) })
	if err != nil {
		return fmt.Errorf("%s: set skills: %w", s.path, err)
	}
	return s.loadSkills(ctx)
}

func (tx *Tx) setSkills(ctx context.Context, skills data.Skills) error {
	old, err := readSkills(ctx, tx.conn)
	if err != nil {
		return err
	}
	gone, changed, err := old.Change(skills)
	if err != nil {
		return err
	}
	for _, skill := range gone {
		var used bool
		if err := tx.conn.QueryRowContext(ctx,
			`SELECT EXISTS (SELECT 1 FROM skill_sets WHERE bits >> ? & 1)`, skill.Bit).Scan(&used); err != nil {
			return err
		}
		if used {
			return skill.InUse()
		}
		if _, err := tx.conn.ExecContext(ctx, `DELETE FROM skills WHERE bit = ?`, skill.Bit); err != nil {
			return err
		}
	}
	for _, skill := range changed {
		if _, err := tx.conn.ExecContext(ctx, `
			INSERT INTO skills (bit, position, key, name_en, name_vi) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (bit) DO UPDATE SET position = excluded.position, name_en = excluded.name_en, name_vi = excluded.name_vi`,
			skill.Bit, skill.Position, skill.Key, skill.EN, skill.VI); err != nil {
			return err
		}
	}
	tx.settings = tx.settings || len(gone)+len(changed) > 0
	tx.changed = tx.changed || tx.settings
	return nil
}

// loadSkills reads the list; a new file gets the default one.
func (s *Store) loadSkills(ctx context.Context) error {
	skills, err := readSkills(ctx, s.reader)
	if err == nil && len(skills.Skills()) == 0 {
		err = s.write(ctx, func(tx *Tx) error {
			if err := tx.setSkills(ctx, data.DefaultSkills); err != nil {
				return err
			}
			tx.changed = false // a new store is of revision 0
			skills, err = readSkills(ctx, tx.conn)
			return err
		})
	}
	if err != nil {
		return err
	}
	s.skills.Store(skills)
	s.foreign.Store(0)
	return nil
}

// readSkills takes a connection or a pool.
func readSkills(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}) (*data.SkillBits, error) {
	rows, err := db.QueryContext(ctx, `SELECT bit, key, name_en, name_vi FROM skills ORDER BY position, bit`)
	if err != nil {
		return nil, fmt.Errorf("read skills: %w", err)
	}
	defer rows.Close()
	var list data.Skills
	var fileBits []uint8
	for rows.Next() {
		var bit uint8
		var skill data.Skill
		if err := rows.Scan(&bit, &skill.Key, &skill.EN, &skill.VI); err != nil {
			return nil, fmt.Errorf("read skills: %w", err)
		}
		list, fileBits = append(list, skill), append(fileBits, bit)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read skills: %w", err)
	}
	return data.NewSkillBits(list, fileBits), nil
}
