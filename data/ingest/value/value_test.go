package value

import (
	"testing"

	"tungnha/data"
	"tungnha/internal/problem"
)

func TestCount(t *testing.T) {
	for text, want := range map[string]int{"": data.Unknown, "0": 0, "120": 120, "120.0": 120, "8.00": 8,
		"8,0": 8, "120.0000000": 120} {
		if got, p := Count("members", text); got != want || p != nil {
			t.Errorf("%q: got %d, %v, want %d", text, got, p, want)
		}
	}
	for text, want := range map[string]string{
		"1,200":     `members "1,200" is not a whole number: write 1200 where it is a count with its thousands divided`,
		"1.000":     `members "1.000" is not a whole number: write 1000 where it is a count with its thousands divided`,
		"1.234.567": `members "1.234.567" is not a whole number: write 1234567 where it is a count with its thousands divided`,
		"6.5":       `members "6.5" is not a whole number`,
		"8.":        `members "8." is not a whole number`,
		".0":        `members ".0" is not a whole number`,
		"1.2,000":   `members "1.2,000" is not a whole number`,
		"-7.0":      "members -7 is negative",
		"NaN":       `members "NaN" is not a whole number`,
	} {
		if _, p := Count("members", text); p == nil || p.Error() != want {
			t.Errorf("%q: got %v, want %s", text, p, want)
		}
	}
}

func TestMissing(t *testing.T) {
	for text, want := range map[string][2]bool{"---": {true, true}, "#N/A": {true, true}, "NULL": {true, true},
		"n/a": {true, false}, "N/A": {true, false}, "null": {true, false}, "NA": {true, false}, "NaN": {true, false},
		"-": {true, false}, "": {}, "0": {}, "Na": {}, "Nam": {}, "--": {}, "none": {}} {
		if missing, sure := Missing(text); missing != want[0] || sure != want[1] {
			t.Errorf("%q: got %v, %v, want %v", text, missing, sure, want)
		}
	}
}

func TestTidy(t *testing.T) {
	tests := []struct {
		name, in, want string
		dropped        int
	}{
		{"ASCII", "H 1", "H 1", 0},
		{"composed", "Tổ-Đệ1", "Tổ-Đệ1", 0},
		{"decomposed", "To\u0302\u0309-\u0110e\u0323\u03021", "Tổ-Đệ1", 0},
		{"zero-width space", "H0005\u200b", "H0005", 1},
		{"zero-width joiners", "H\u200c00\u200d05", "H0005", 2},
		{"soft hyphen", "Tổ\u00ad 1", "Tổ 1", 1},
		{"byte order mark inside", "\ufeffH0007", "H0007", 1},
		{"no-break space at the ends", "\u00a0H0006\u00a0", "H0006", 2},
		{"behind what is dropped", "\u200b H0006", "H0006", 2},
		{"no-break space inside", "Tổ\u00a01", "Tổ\u00a01", 0},
		{"nothing is left", "\u200b", "", 1},
		{"windows-1258", "T\xf4\u200b", "T\xf4\u200b", 0},
	}
	for _, tt := range tests {
		if got, dropped := Tidy(tt.in); got != tt.want || dropped != tt.dropped {
			t.Errorf("%s: got %q, %d, want %q, %d", tt.name, got, dropped, tt.want, tt.dropped)
		}
	}
}

func TestIsASCII(t *testing.T) {
	const text = "0123456789abcdefghi"
	if !IsASCII("") || !IsASCII(text) {
		t.Error("ASCII is not")
	}
	for i := range len(text) {
		if IsASCII(text[:i] + "\x80" + text[i:]) {
			t.Errorf("byte 0x80 at %d is not seen", i)
		}
	}
}

func TestNotesAreOneAColumn(t *testing.T) {
	var n Notes
	for line := 2; line < 5; line++ {
		n.Add(TakenAsEmpty, "kind", "---", line)
		n.Add(NoZone, "visited_at", "2026-03-01 09:30", line)
	}
	n.Add(TakenAsEmpty, "parent", "n/a", 9)
	all := n.All()
	if len(all) != 3 || all[0] != (Note{TakenAsEmpty, "kind", 3, "---", 2}) ||
		all[2] != (Note{TakenAsEmpty, "parent", 1, "n/a", 9}) {
		t.Errorf("got %+v", all)
	}
	for kind := TakenAsEmpty; kind <= ChoicesReadAs; kind++ {
		note := Note{Kind: kind, Column: "c", Example: "x", Line: 7}
		if p := note.Problem(); p.Reason(problem.English) == "" || p.Reason(problem.Vietnamese) == "" {
			t.Errorf("kind %d says nothing", kind)
		}
	}
}
