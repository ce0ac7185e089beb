package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/bits"

	"tungnha/data"
)

// skillBits turns the sets of the program, whose bits are positions in its list of skills,
// into the sets of the file, whose bits keep their meaning for as long as the file lives.
type skillBits struct {
	list   data.Skills
	toFile []uint8              // by the program's bit
	ours   [data.MaxSkills]int8 // by the file's bit; -1: not in the program's list
}

// fileSet returns set in the file's bits; ok is false where set holds a skill that is not
// in the list.
func (k *skillBits) fileSet(set data.SkillSet) (file uint16, ok bool) {
	if bits.Len16(uint16(set)) > len(k.toFile) {
		return 0, false
	}
	for rest := uint16(set); rest != 0; rest &= rest - 1 {
		file |= 1 << k.toFile[bits.TrailingZeros16(rest)]
	}
	return file, true
}

// set returns the file's set in the program's bits.
func (k *skillBits) set(file uint16) (set data.SkillSet, ok bool) {
	for rest := file; rest != 0; rest &= rest - 1 {
		bit := k.ours[bits.TrailingZeros16(rest)]
		if bit < 0 {
			return 0, false
		}
		set |= 1 << bit
	}
	return set, true
}

// Skills returns the programme's skills in the order that gives the bits of a SkillSet.
func (s *Store) Skills() data.Skills { return s.skills.Load().list }

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
	if len(skills) == 0 || len(skills) > data.MaxSkills {
		return fmt.Errorf("%d skills: want 1 to %d", len(skills), data.MaxSkills)
	}
	for i, skill := range skills {
		if skill.Key == "" {
			return fmt.Errorf("skill %d has no key", i+1)
		}
		if skills.Index(skill.Key) != i {
			return fmt.Errorf("skill %q is listed twice", skill.Key)
		}
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
	known := &skillBits{list: list, toFile: fileBits}
	for i := range known.ours {
		known.ours[i] = -1
	}
	for i, bit := range fileBits {
		known.ours[bit] = int8(i)
	}
	s.skills.Store(known)
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
