package data

import (
	"fmt"
	"math/bits"
)

// MaxSkills is how many skills a programme may teach: a SkillSet is that many bits.
const MaxSkills = 16

// SkillSet holds a bit for each skill, in the order of the programme's Skills.
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
