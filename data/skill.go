package data

import (
	"fmt"
	"math/bits"
)

// MaxSkills is how many skills a programme may teach: a SkillSet is that many bits.
const MaxSkills = 16

// SkillSet is a bit for each skill, in the order of the programme's Skills.
type SkillSet uint16

// Has reports whether skill i is in the set.
func (s SkillSet) Has(i int) bool { return s>>i&1 == 1 }

// Len is the number of skills in the set.
func (s SkillSet) Len() int { return bits.OnesCount16(uint16(s)) }

// Skill is one of the things a team teaches.
type Skill struct {
	Key string `toml:"key" json:"key"` // as written in files: payment
	EN  string `toml:"en" json:"en"`
	VI  string `toml:"vi" json:"vi"`
}

// Skills is the programme's list, at most MaxSkills long. Its order gives the bits.
type Skills []Skill

// DefaultSkills are the five skills of the community digital teams.
var DefaultSkills = Skills{
	{Key: "public_services", EN: "online public services", VI: "dịch vụ công trực tuyến"},
	{Key: "shopping", EN: "online shopping", VI: "mua sắm trực tuyến"},
	{Key: "payment", EN: "online payment", VI: "thanh toán trực tuyến"},
	{Key: "safety", EN: "self-protection online", VI: "tự bảo vệ mình trên không gian mạng"},
	{Key: "local", EN: "other local platforms", VI: "sử dụng nền tảng số khác"},
}

// Index returns the bit of the skill with the key, or -1.
func (s Skills) Index(key string) int {
	for i := range s {
		if s[i].Key == key {
			return i
		}
	}
	return -1
}

// Keys lists the keys of the skills in set, in the programme's order.
func (s Skills) Keys(set SkillSet) []string {
	keys := make([]string, 0, set.Len())
	for i := range s {
		if set.Has(i) {
			keys = append(keys, s[i].Key)
		}
	}
	return keys
}

// Check refuses a list that no programme can have.
func (s Skills) Check() error {
	if len(s) == 0 || len(s) > MaxSkills {
		return fmt.Errorf("%d skills: want 1 to %d", len(s), MaxSkills)
	}
	for i, skill := range s {
		if skill.Key == "" {
			return fmt.Errorf("skill %d has no key", i+1)
		}
		if s.Index(skill.Key) != i {
			return fmt.Errorf("skill %q is listed twice", skill.Key)
		}
	}
	return nil
}

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

// Change returns how the list differs: the skills that go, which no visit may have,
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

// InUse is the error where a skill is to go that visits have.
func (s *StoredSkill) InUse() error {
	return fmt.Errorf("skill %q cannot be left out: visits hold it", s.Key)
}

// StoreSet returns set in the store's bits; ok is false where set has a skill that is not
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
