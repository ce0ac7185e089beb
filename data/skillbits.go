package data

import (
	"fmt"
	"math/bits"
)

// SkillBits turns the sets of the program, whose bits are positions in its list of skills,
// into the sets of a store, whose bits keep their meaning for as long as the store lives.
type SkillBits struct {
	list    Skills
	toStore []uint8         // by the program's bit
	ours    [MaxSkills]int8 // by the store's bit; -1: not in the program's list
}

// NewSkillBits pairs each skill of the list with its bit in the store.
func NewSkillBits(list Skills, storeBits []uint8) *SkillBits {
	k := &SkillBits{list: list, toStore: storeBits}
	for i := range k.ours {
		k.ours[i] = -1
	}
	for i, bit := range storeBits {
		k.ours[bit] = int8(i)
	}
	return k
}

// Skills returns the program's list.
func (k *SkillBits) Skills() Skills { return k.list }

// StoredSkill is a skill with its place in the program's list and its bit in the store.
type StoredSkill struct {
	Skill
	Position int
	Bit      uint8
}

// Change tells what makes the list another one: the skills that go, which no visit may hold,
// and those that are new or different. A skill keeps its bit, a new one gets one that is free
// once those that go are gone.
func (k *SkillBits) Change(list Skills) (gone, changed []StoredSkill, err error) {
	if err := list.Check(); err != nil {
		return nil, nil, err
	}
	var taken uint16
	for i, skill := range k.list {
		if list.Index(skill.Key) < 0 {
			gone = append(gone, StoredSkill{skill, i, k.toStore[i]})
		} else {
			taken |= 1 << k.toStore[i]
		}
	}
	for i, skill := range list {
		at := k.list.Index(skill.Key)
		if at == i && k.list[at] == skill {
			continue
		}
		bit := uint8(bits.TrailingZeros16(^taken))
		if at >= 0 {
			bit = k.toStore[at]
		}
		taken |= 1 << bit
		changed = append(changed, StoredSkill{skill, i, bit})
	}
	return gone, changed, nil
}

// InUse is the error where a skill is to go that visits hold.
func (s *StoredSkill) InUse() error {
	return fmt.Errorf("skill %q cannot be left out: visits hold it", s.Key)
}

// StoreSet returns set in the store's bits; ok is false where set holds a skill that is not
// in the list.
func (k *SkillBits) StoreSet(set SkillSet) (stored uint16, ok bool) {
	if bits.Len16(uint16(set)) > len(k.toStore) {
		return 0, false
	}
	for rest := uint16(set); rest != 0; rest &= rest - 1 {
		stored |= 1 << k.toStore[bits.TrailingZeros16(rest)]
	}
	return stored, true
}

// Set returns the store's set in the program's bits.
func (k *SkillBits) Set(stored uint16) (set SkillSet, ok bool) {
	for rest := stored; rest != 0; rest &= rest - 1 {
		bit := k.ours[bits.TrailingZeros16(rest)]
		if bit < 0 {
			return 0, false
		}
		set |= 1 << bit
	}
	return set, true
}
