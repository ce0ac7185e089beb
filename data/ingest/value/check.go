package value

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// Limits of text, in bytes.
const (
	MaxID   = 100
	maxText = 500
)

// ID checks an id or a code that must be there.
func ID(field, s string) *problem.Problem {
	if s == "" {
		return problem.Empty(field)
	}
	return Reference(field, s)
}

// Reference checks an id or a code that may be empty.
func Reference(field, s string) *problem.Problem {
	if len(s) > MaxID {
		return problem.TooLong(field, s, MaxID)
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

// ListSeparators divide the values of a list inside one field. Files use the first; the
// others are what people write.
const ListSeparators = ";|,"

// Listable refuses what would come apart in a list of codes.
func Listable(field, s string) *problem.Problem {
	if strings.ContainsAny(s, ListSeparators) {
		return problem.ListSeparator(field, s)
	}
	return nil
}

// Name checks a text that must be there.
func Name(field, s string) *problem.Problem {
	if s == "" {
		return problem.Empty(field)
	}
	return Text(field, s)
}

// Text checks a text that may be empty.
func Text(field, s string) *problem.Problem {
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
		return Broken(field, s)
	}
	return nil
}

// Broken finds which byte of a field is not UTF-8. Files of old programs come in
// windows-1258 or TCVN3.
func Broken(field, s string) *problem.Problem {
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
