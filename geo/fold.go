package geo

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of a Vietnamese name in which different spellings meet: lower
// case, without diacritics, đ as d, composed or decomposed, either tone placement, spaces
// collapsed. Đà Nẵng, ĐÀ NẴNG and da nang fold to "da nang". Hyphens and other dashes
// count as spaces, apostrophes as nothing: Ea H'leo and Ea Hleo meet. Other punctuation
// stays, so that "Tổ 1/2" is not "Tổ 12".
func Fold(name string) string {
	if folded(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	space := false
	write := func(r rune) {
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(name, "\uFFFD")) {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			write(r)
		case 'A' <= r && r <= 'Z':
			write(r + 'a' - 'A')
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð' || r == 'Ɖ' || r == 'ɖ':
			write('d') // the letters of Iceland and Ewe look the same and are typed in error
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '_':
			space = true
		case unicode.Is(unicode.M, r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || apostrophe(r):
		default:
			write(unicode.ToLower(r))
		}
	}
	return b.String()
}

// folded reports whether the name is its own folded form already, as far as that can be
// seen byte by byte.
func folded(name string) bool {
	space := true // none at the start
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == ',' || c == '/' || c == '(' || c == ')':
			space = false
		case c == ' ' && !space:
			space = true
		default:
			return false
		}
	}
	return !space || name == ""
}

// apostrophe reports whether r is one of the marks typed for an apostrophe, or a tone mark
// typed as a character of its own.
func apostrophe(r rune) bool {
	switch r {
	case '\'', '`', '´', '‘', '’', '‛', 'ʼ', 'ʻ', 'ʹ', '′', '＇':
		return true
	}
	return false
}
