package postgis

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"tungnha/data"
)

// Skills returns the programme's skills in the order that gives the bits of a SkillSet.
func (s *Store) Skills() data.Skills { return s.skills.Load().Skills() }

// SetSkills makes the list the programme's. The database holds skills by their keys, so the
// order may change freely; a skill that any visit holds cannot be left out. The list that
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
	if err := skills.Check(); err != nil {
		return err
	}
	old, oldBits, err := readSkills(ctx, &tx.session)
	if err != nil {
		return err
	}
	var taken uint16
	for i, skill := range old {
		taken |= 1 << oldBits[i]
		if skills.Index(skill.Key) >= 0 {
			continue
		}
		used, err := tx.session.holds(ctx, `SELECT EXISTS (SELECT FROM visits WHERE assessed >> $1 & 1 = 1)`, int(oldBits[i]))
		if err != nil {
			return err
		}
		if used {
			return fmt.Errorf("skill %q cannot be left out: visits hold it", skill.Key)
		}
		if _, err := tx.session.Exec(ctx, `DELETE FROM skills WHERE bit = $1`, int(oldBits[i])); err != nil {
			return err
		}
		taken &^= 1 << oldBits[i]
		tx.changed, tx.registers = true, true
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
		tx.changed, tx.registers = true, true
		if _, err := tx.session.Exec(ctx, `
			INSERT INTO skills (bit, position, key, name_en, name_vi) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (bit) DO UPDATE SET position = excluded.position, name_en = excluded.name_en, name_vi = excluded.name_vi`,
			bit, position, skill.Key, skill.EN, skill.VI); err != nil {
			return err
		}
	}
	return nil
}

// loadSkills reads the list.
func (s *Store) loadSkills(ctx context.Context) error {
	list, storeBits, err := readSkills(ctx, s.pool)
	if err != nil {
		return err
	}
	s.skills.Store(data.NewSkillBits(list, storeBits))
	return nil
}

func readSkills(ctx context.Context, db querier) (list data.Skills, storeBits []uint8, err error) {
	rows, err := db.Query(ctx, `SELECT bit, key, name_en, name_vi FROM skills ORDER BY position, bit`)
	if err != nil {
		return nil, nil, fmt.Errorf("read skills: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bit int16
		var skill data.Skill
		if err := rows.Scan(&bit, &skill.Key, &skill.EN, &skill.VI); err != nil {
			return nil, nil, fmt.Errorf("read skills: %w", err)
		}
		list, storeBits = append(list, skill), append(storeBits, uint8(bit))
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read skills: %w", err)
	}
	return list, storeBits, nil
}
