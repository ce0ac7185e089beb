package data

import (
	"slices"
	"testing"
)

// TestSkillChange pairs lists with the bits of a store that had others before.
func TestSkillChange(t *testing.T) {
	old := NewSkillBits(Skills{{Key: "a"}, {Key: "b"}, {Key: "c"}}, []uint8{2, 0, 5})
	at := func(key string, position int, bit uint8) StoredSkill {
		return StoredSkill{Skill{Key: key}, position, bit}
	}
	for _, c := range []struct {
		name          string
		list          Skills
		gone, changed []StoredSkill
	}{
		{"the same", Skills{{Key: "a"}, {Key: "b"}, {Key: "c"}}, nil, nil},
		{"another order", Skills{{Key: "b"}, {Key: "a"}, {Key: "c"}}, nil, []StoredSkill{at("b", 0, 0), at("a", 1, 2)}},
		{"another name", Skills{{Key: "a", VI: "tên"}, {Key: "b"}, {Key: "c"}}, nil,
			[]StoredSkill{{Skill{Key: "a", VI: "tên"}, 0, 2}}},
		{"two more", Skills{{Key: "a"}, {Key: "b"}, {Key: "c"}, {Key: "d"}, {Key: "e"}}, nil,
			[]StoredSkill{at("d", 3, 1), at("e", 4, 3)}},
		{"one for another", Skills{{Key: "a"}, {Key: "d"}, {Key: "c"}}, []StoredSkill{at("b", 1, 0)},
			[]StoredSkill{at("d", 1, 0)}},
	} {
		gone, changed, err := old.Change(c.list)
		if err != nil || !slices.Equal(gone, c.gone) || !slices.Equal(changed, c.changed) {
			t.Errorf("%s: got %v, %v, %v; want %v, %v", c.name, gone, changed, err, c.gone, c.changed)
		}
	}
	if _, _, err := old.Change(Skills{{Key: "a"}, {Key: "a"}}); err == nil {
		t.Error("a list that has a skill twice is taken")
	}
}
