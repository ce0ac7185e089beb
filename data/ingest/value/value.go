// Package value reads the texts of fields as people, spreadsheets and form tools write them: times, days, whole
// numbers, ids, and the ways to say that nothing is known. What is read otherwise than it stands there is noted.
package value

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// Reader reads the texts of one file. Its notes are what it took for granted.
type Reader struct {
	Notes
	DayFirst bool // days are written day, month, year
	Line     int  // of the row that is read
}

// Missing reports whether a text stands for no value: what spreadsheets, databases, statistics programs and form
// tools write into empty cells. sure: it does whatever the field, where the others could be a short name.
func Missing(s string) (missing, sure bool) {
	switch s {
	case "---", "#N/A", "NULL":
		return true, true
	case "-", "n/a", "N/A", "NA", "null", "NaN", "nan":
		return true, false
	}
	return false, false
}

// totals are what people write in front of a row that adds up the others, in small letters.
var totals = []string{"tổng", "tổng cộng", "tổng số", "cộng", "total", "totals", "grand total", "sum"}

// IsTotal reports whether a text says that its row adds up the others.
func IsTotal(s string) bool {
	tidy, _ := Tidy(s)
	return slices.Contains(totals, strings.ToLower(strings.TrimRight(tidy, " :.")))
}

// IsASCII reports whether s has no byte beyond 0x7f.
func IsASCII(s string) bool {
	for len(s) >= 8 {
		eight := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if eight&0x8080808080808080 != 0 {
			return false
		}
		s = s[8:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Tidy returns a text in Normalization Form C (Unicode Standard Annex 15), so that what looks the same is the same,
// without the characters that nobody sees: dropped is how many of these there were. Text that is not UTF-8 stays.
func Tidy(s string) (tidy string, dropped int) {
	if IsASCII(s) || !utf8.ValidString(s) {
		return s, 0
	}
	before := utf8.RuneCountInString(s)
	if strings.ContainsFunc(s, isInvisible) {
		s = strings.Map(func(r rune) rune {
			if isInvisible(r) {
				return -1
			}
			return r
		}, s)
	}
	s = strings.TrimFunc(s, unicode.IsSpace)
	return norm.NFC.String(s), before - utf8.RuneCountInString(s)
}

// isInvisible reports whether a character takes no room and has no meaning in an id, a code or a name.
func isInvisible(r rune) bool {
	switch r {
	case '\u00ad', '\u180e', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}

// Count reads a number of people or of households; empty is data.Unknown. A fraction of zeros is none, but for three
// of them: 1.000 is a thousand in Việt Nam.
func Count(field, s string) (int, *problem.Problem) {
	const most = 100_000_000 // more than live in Việt Nam is a slip
	if s == "" {
		return data.Unknown, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		n, err = strconv.Atoi(withoutZeros(s))
	}
	switch {
	case err != nil && isGrouped(s):
		return data.Unknown, problem.GroupedNumber(field, s, strings.NewReplacer(".", "", ",", "").Replace(s))
	case err != nil:
		return data.Unknown, problem.NotWholeNumber(field, s)
	case n < 0:
		return data.Unknown, problem.Negative(field, n)
	case n > most:
		return data.Unknown, problem.AboveLimit(field, n, most)
	}
	return n, nil
}

// withoutZeros cuts off a fraction that is nothing but zeros.
func withoutZeros(s string) string {
	i := strings.IndexAny(s, ".,")
	if i < 1 {
		return s
	}
	if n := len(s) - i - 1; n == 0 || n == 3 || strings.Trim(s[i+1:], "0") != "" {
		return s
	}
	return s[:i]
}

// isGrouped reports whether s is digits in groups of three.
func isGrouped(s string) bool {
	first := scan.CountDigits(s)
	if first == 0 || first > 3 || len(s) == first || (len(s)-first)%4 != 0 {
		return false
	}
	for i := first; i < len(s); i += 4 {
		if s[i] != s[first] || s[i] != '.' && s[i] != ',' || scan.CountDigits(s[i+1:i+4]) != 3 {
			return false
		}
	}
	return true
}
