// Package geojson reads and writes GeoJSON (RFC 7946) as text: it cuts a file into its features and
// a feature into its parts, and reads and writes geometries. Records and columns are the business of
// package ingest.
package geojson

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// The functions here read JSON that is in memory without building values of it: a feature of a
// hundred thousand numbers is read once. Each takes the offset to start at and returns the offset
// behind what it read; its errors are *SyntaxError.

// SyntaxError is what is wrong with a JSON text, and the offset in it in bytes.
type SyntaxError struct {
	At      int
	Problem *problem.Problem
}

func (e *SyntaxError) Error() string { return e.Problem.Error() }

func (e *SyntaxError) Unwrap() error { return e.Problem }

// maxJSONDepth is how deep arrays and objects may be nested.
const maxJSONDepth = 64

// SkipSpace returns the offset of the first byte from i on that is no white space.
func SkipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

func unexpected(s string, i int, want string) error {
	if i >= len(s) {
		return &SyntaxError{i, problem.EndsBefore(want)}
	}
	word := s[i:]
	if end := strings.IndexAny(word, " \n\t\r,:]}"); end > 0 {
		word = word[:end]
	} else if end == 0 {
		word = word[:1]
	}
	return &SyntaxError{i, problem.Unexpected(word, want)}
}

// notNumbers are what JavaScript, Python and R write for a number that is none. JSON has no such word, and files do.
var notNumbers = []string{"NaN", "Infinity", "-Infinity"}

// SkipValue reads any value, NaN among them. depth is how many arrays and objects it is inside.
func SkipValue(s string, i, depth int) (int, error) {
	if i >= len(s) {
		return i, unexpected(s, i, "value")
	}
	switch c := s[i]; {
	case c == '"':
		return skipString(s, i)
	case c == '{':
		return EachMember(s, i, depth, func(_ string, from, depth int) (int, error) {
			return SkipValue(s, from, depth)
		})
	case c == '[':
		return EachElement(s, i, depth, func(from, depth int) (int, error) {
			return SkipValue(s, from, depth)
		})
	case c >= '0' && c <= '9' || c == '-' && !strings.HasPrefix(s[i:], "-I"):
		return skipNumber(s, i)
	}
	for _, words := range [][]string{{"true", "false", "null"}, notNumbers} {
		for _, word := range words {
			if strings.HasPrefix(s[i:], word) {
				return i + len(word), nil
			}
		}
	}
	return i, unexpected(s, i, "value")
}

// EachMember reads an object and calls value with the name of each member, unescaped, and the offset
// of its value; value returns the offset behind it.
func EachMember(s string, i, depth int, value func(name string, from, depth int) (int, error)) (int, error) {
	if depth >= maxJSONDepth {
		return i, &SyntaxError{i, problem.TooDeep(maxJSONDepth)}
	}
	if i >= len(s) || s[i] != '{' {
		return i, unexpected(s, i, "object")
	}
	i = SkipSpace(s, i+1)
	if i < len(s) && s[i] == '}' {
		return i + 1, nil
	}
	for {
		if i >= len(s) || s[i] != '"' {
			return i, unexpected(s, i, "name")
		}
		end, err := skipString(s, i)
		if err != nil {
			return end, err
		}
		name := Unquote(s[i:end])
		if i = SkipSpace(s, end); i >= len(s) || s[i] != ':' {
			return i, unexpected(s, i, "colon")
		}
		if i, err = value(name, SkipSpace(s, i+1), depth+1); err != nil {
			return i, err
		}
		i = SkipSpace(s, i)
		switch {
		case i < len(s) && s[i] == '}':
			return i + 1, nil
		case i >= len(s) || s[i] != ',':
			return i, unexpected(s, i, "comma_or_brace")
		}
		i = SkipSpace(s, i+1)
	}
}

// EachElement reads an array and calls element with the offset of each element; element returns the
// offset behind it.
func EachElement(s string, i, depth int, element func(from, depth int) (int, error)) (int, error) {
	if depth >= maxJSONDepth {
		return i, &SyntaxError{i, problem.TooDeep(maxJSONDepth)}
	}
	if i >= len(s) || s[i] != '[' {
		return i, unexpected(s, i, "array")
	}
	i = SkipSpace(s, i+1)
	if i < len(s) && s[i] == ']' {
		return i + 1, nil
	}
	for {
		var err error
		if i, err = element(i, depth+1); err != nil {
			return i, err
		}
		i = SkipSpace(s, i)
		switch {
		case i < len(s) && s[i] == ']':
			return i + 1, nil
		case i >= len(s) || s[i] != ',':
			return i, unexpected(s, i, "comma_or_bracket")
		}
		i = SkipSpace(s, i+1)
	}
}

// skipString reads a string with its quotes.
func skipString(s string, i int) (int, error) {
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case c == '"':
			return j + 1, nil
		case c < ' ':
			return j, &SyntaxError{j, problem.ControlInString()}
		case c == '\\':
			n := escapeLength(s[j:])
			if n == 0 {
				return j, &SyntaxError{j, problem.UnknownEscape(s[j:])}
			}
			j += n - 1
		}
	}
	return len(s), &SyntaxError{len(s), problem.EndsInString()}
}

// escapeLength returns the length of the escape that s begins with, 0 where it is none.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	if s[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s[1]) >= 0 {
			return 2
		}
		return 0
	}
	if len(s) < 6 {
		return 0
	}
	for _, c := range []byte(s[2:6]) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return 0
		}
	}
	return 6
}

// Unquote returns the text of a string that SkipValue has read, with its quotes.
func Unquote(token string) string {
	inner := token[1 : len(token)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var text string
	if err := json.Unmarshal([]byte(token), &text); err != nil {
		return strings.ToValidUTF8(inner, string(utf8.RuneError)) // skipString lets none through
	}
	return text
}

// skipNumber reads a number.
func skipNumber(s string, i int) (int, error) {
	from := i
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := scan.CountDigits(s[i:])
	if whole == 0 || whole > 1 && s[i] == '0' {
		return from, unexpected(s, from, "number")
	}
	i += whole
	if i < len(s) && s[i] == '.' {
		n := scan.CountDigits(s[i+1:])
		if n == 0 {
			return from, unexpected(s, from, "number")
		}
		i += 1 + n
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		n := scan.CountDigits(s[i:])
		if n == 0 {
			return from, unexpected(s, from, "number")
		}
		i += n
	}
	return i, nil
}
