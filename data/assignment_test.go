package data

import (
	"fmt"
	"testing"
)

func TestHamletsOn(t *testing.T) {
	steady := Team{HamletCodes: []string{"1"}}
	moved := Team{HamletCodes: []string{"2"},
		History: []Assignment{{100, []string{"1"}}, {200, nil}, {300, []string{"2"}}}}
	for _, c := range []struct {
		team *Team
		day  Date
		want string
	}{
		{&steady, NoDate, "[1]"}, {&steady, 500, "[1]"},
		{&moved, 99, "[]"}, {&moved, 100, "[1]"}, {&moved, 199, "[1]"}, {&moved, 200, "[]"}, {&moved, 300, "[2]"},
		{&moved, MaxDate, "[2]"},
	} {
		if got := fmt.Sprint(c.team.HamletsOn(c.day)); got != c.want {
			t.Errorf("day %d: got %s, want %s", c.day, got, c.want)
		}
	}
}
