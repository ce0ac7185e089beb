package ingest

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// Limits of text, in bytes.
const (
	maxID   = 100
	maxText = 500
)

// checkID checks an id or a code that must be there.
func checkID(field, s string) *problem.Problem {
	if s == "" {
		return problem.Empty(field)
	}
	return checkReference(field, s)
}

// checkReference checks an id or a code that may be empty.
func checkReference(field, s string) *problem.Problem {
	if len(s) > maxID {
		return problem.TooLong(field, s, maxID)
	}
	if p := checkCharacters(field, s); p != nil {
		return p
	}
	if strings.IndexFunc(s, isDirectional) >= 0 {
		return problem.DirectionalCharacter(field, s)
	}
	if scan.IsMangled(s) {
		return problem.MangledNumber(field, s)
	}
	return nil
}

// isDirectional reports whether a letter is not seen and changes the order in which those around it are: two ids that
// look the same could be two, and one could look like another (Unicode Technical Report 36, 2.10).
func isDirectional(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

// checkListable refuses what would come apart in a list of codes.
func checkListable(field, s string) *problem.Problem {
	if strings.ContainsAny(s, listSeparators) {
		return problem.ListSeparator(field, s)
	}
	return nil
}

// checkName checks a text that must be there.
func checkName(field, s string) *problem.Problem {
	if s == "" {
		return problem.Empty(field)
	}
	return checkText(field, s)
}

// checkText checks a text that may be empty.
func checkText(field, s string) *problem.Problem {
	if len(s) > maxText {
		return problem.TooLong(field, s, maxText)
	}
	return checkCharacters(field, s)
}

// checkCharacters refuses control characters and broken UTF-8.
func checkCharacters(field, s string) *problem.Problem {
	ascii := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f {
			return problem.ControlCharacter(field, s)
		} else if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	if !ascii && !utf8.ValidString(s) {
		return brokenText(field, s)
	}
	return nil
}

// brokenText finds which byte of a field is not UTF-8. Files of old programs come in
// windows-1258 or TCVN3.
func brokenText(field, s string) *problem.Problem {
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
			return problem.NotUTF8(field, s[i], i+1)
		}
	}
	return nil
}

// parseCount reads a number of people or of households; empty is Unknown.
func parseCount(field, s string) (int, *problem.Problem) {
	const most = 100_000_000 // more than live in Việt Nam is a slip
	if s == "" {
		return data.Unknown, nil
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return data.Unknown, problem.NotWholeNumber(field, s)
	case n < 0:
		return data.Unknown, problem.Negative(field, n)
	case n > most:
		return data.Unknown, problem.AboveLimit(field, n, most)
	}
	return n, nil
}

// parseTime reads an instant to the second: RFC 3339, or a day, which means its first
// moment in Việt Nam.
func parseTime(field, s string) (time.Time, *problem.Problem) {
	if s == "" {
		return time.Time{}, problem.Empty(field)
	}
	day := s
	if len(s) > len(time.DateOnly) {
		day = s[:len(time.DateOnly)]
	}
	d, p := data.ReadDate(field, day)
	if p != nil {
		if _, _, _, ok := data.SplitDate(day); !ok {
			return time.Time{}, problem.NeitherTimeNorDay(field, s)
		}
		return time.Time{}, p
	}
	if len(day) == len(s) {
		return d.Time(), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		if _, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
			return time.Time{}, problem.NoTimeZone(field, s)
		}
		return time.Time{}, problem.NotTime(field, s)
	}
	if d := data.DateOf(at); d < 1 || d > data.MaxDate {
		return time.Time{}, problem.OutsideDays(field, s, data.FirstDate.String(), data.MaxDate.String())
	}
	return at.Truncate(time.Second).In(data.Zone), nil
}

// parseSkills reads the keys of skills as a set.
func parseSkills(field string, keys []string, skills data.Skills) (data.SkillSet, *problem.Problem) {
	var set data.SkillSet
	for _, key := range keys {
		i := skills.Index(key)
		if i < 0 {
			known := make([]string, len(skills))
			for j := range skills {
				known[j] = skills[j].Key
			}
			return 0, problem.UnknownSkill(field, key, known)
		}
		set |= 1 << i
	}
	return set, nil
}

// listSeparators divide the values of a list inside one field. Files use the first; the
// others are what people write.
const listSeparators = ";|,"

// splitList appends the values of a list to dst, without empty ones.
func splitList(dst []string, s string) []string {
	from := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != ';' && s[i] != '|' && s[i] != ',' {
			continue
		}
		if value := trim(s[from:i]); value != "" {
			dst = append(dst, value)
		}
		from = i + 1
	}
	return dst
}
