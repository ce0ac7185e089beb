package postgis

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
)

// Skills returns the programme's skills in the order that gives the bits of a SkillSet.
func (s *Store) Skills() data.Skills { return s.skills.Load().Skills() }

// SetSkills makes the list the programme's. The database has skills by their keys, so the
// order may change freely; a skill that any visit has cannot be left out. The list that
// is there already needs no right to write. A store starts with data.DefaultSkills.
func (s *Store) SetSkills(ctx context.Context, skills data.Skills) error {
	if slices.Equal(skills, s.Skills()) {
		return nil
	}
	err := s.write(ctx, func(tx *Tx) error { return tx.setSkills(ctx, skills) })
	if err != nil {
		return fmt.Errorf("%s: set skills: %w", s.name, err)
	}
	return s.loadSkills(ctx)
}

func (tx *Tx) setSkills(ctx context.Context, skills data.Skills) error {
	old, err := readSkills(ctx, &tx.session)
	if err != nil {
		return err
	}
	gone, changed, err := old.Change(skills)
	if err != nil {
		return err
	}
	for _, skill := range gone {
		used, err := tx.session.Holds(ctx, `SELECT EXISTS (SELECT FROM visits WHERE assessed >> $1 & 1 = 1)
			OR EXISTS (SELECT FROM visits_aside WHERE assessed >> $1 & 1 = 1)`, int(skill.Bit))
		if err != nil {
			return err
		}
		if used {
			return skill.InUse()
		}
		if _, err := tx.session.Exec(ctx, `DELETE FROM skills WHERE bit = $1`, int(skill.Bit)); err != nil {
			return err
		}
	}
	for _, skill := range changed {
		if _, err := tx.session.Exec(ctx, `
			INSERT INTO skills (bit, position, key, name_en, name_vi) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (bit) DO UPDATE SET position = excluded.position, name_en = excluded.name_en, name_vi = excluded.name_vi`,
			int(skill.Bit), skill.Position, skill.Key, skill.EN, skill.VI); err != nil {
			return err
		}
	}
	if len(gone)+len(changed) > 0 {
		tx.changed, tx.registers, tx.settings = true, true, true
	}
	return nil
}

// loadSkills reads the list.
func (s *Store) loadSkills(ctx context.Context) error {
	skills, err := readSkills(ctx, s.pool)
	if err != nil {
		return err
	}
	s.skills.Store(skills)
	s.foreign.Store(0)
	return nil
}

func readSkills(ctx context.Context, db querier) (*data.SkillBits, error) {
	rows, err := db.Query(ctx, `SELECT bit, key, name_en, name_vi FROM skills ORDER BY position, bit`)
	if err != nil {
		return nil, fmt.Errorf("read skills: %w", err)
	}
	var list data.Skills
	var storeBits []uint8
	var bit int16
	var skill data.Skill
	_, err = pgx.ForEachRow(rows, []any{&bit, &skill.Key, &skill.EN, &skill.VI}, func() error {
		list, storeBits = append(list, skill), append(storeBits, uint8(bit))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read skills: %w", err)
	}
	return data.NewSkillBits(list, storeBits), nil
}
