package ingest

import (
	"encoding/json"
	"errors"
	"strings"
	"tungnha/internal/problem"
	"unicode/utf8"
)

// The functions here read JSON that is in memory without building values of it: a feature
// of a hundred thousand numbers is walked once. Each takes the place to start at and
// returns the place behind what it read.

// jsonError is what is wrong with a JSON text, and where in the text.
type jsonError struct {
	at      int
	problem *problem.Problem
}

func (e *jsonError) Error() string { return e.problem.Error() }

func (e *jsonError) Unwrap() error { return e.problem }

// problemOf returns the problem that an error of the functions here is.
func problemOf(err error) *problem.Problem {
	var p *problem.Problem
	errors.As(err, &p)
	return p
}

// maxJSONDepth bounds how deep arrays and objects stand in each other.
const maxJSONDepth = 64

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

func unexpected(s string, i int, want string) error {
	if i >= len(s) {
		return &jsonError{i, problem.EndsBefore(want)}
	}
	word := s[i:]
	if end := strings.IndexAny(word, " \n\t\r,:]}"); end > 0 {
		word = word[:end]
	} else if end == 0 {
		word = word[:1]
	}
	return &jsonError{i, problem.Unexpected(word, want)}
}

// skipValue reads any value.
func skipValue(s string, i, depth int) (int, error) {
	if i >= len(s) {
		return i, unexpected(s, i, "value")
	}
	switch c := s[i]; {
	case c == '"':
		return skipString(s, i)
	case c == '{':
		return eachMember(s, i, depth, func(_ string, from, depth int) (int, error) {
			return skipValue(s, from, depth)
		})
	case c == '[':
		return eachElement(s, i, depth, func(from, depth int) (int, error) {
			return skipValue(s, from, depth)
		})
	case c == '-' || c >= '0' && c <= '9':
		return skipNumber(s, i)
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(s[i:], word) {
			return i + len(word), nil
		}
	}
	return i, unexpected(s, i, "value")
}

// eachMember reads an object and calls value with the name of each member, unescaped, and
// the place of its value; value returns the place behind it.
func eachMember(s string, i, depth int, value func(name string, from, depth int) (int, error)) (int, error) {
	if depth >= maxJSONDepth {
		return i, &jsonError{i, problem.TooDeep(maxJSONDepth)}
	}
	if i >= len(s) || s[i] != '{' {
		return i, unexpected(s, i, "object")
	}
	i = skipSpace(s, i+1)
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
		name := unquote(s[i:end])
		if i = skipSpace(s, end); i >= len(s) || s[i] != ':' {
			return i, unexpected(s, i, "colon")
		}
		if i, err = value(name, skipSpace(s, i+1), depth+1); err != nil {
			return i, err
		}
		i = skipSpace(s, i)
		switch {
		case i < len(s) && s[i] == '}':
			return i + 1, nil
		case i >= len(s) || s[i] != ',':
			return i, unexpected(s, i, "comma_or_brace")
		}
		i = skipSpace(s, i+1)
	}
}

// eachElement reads an array and calls element with the place of each; it returns the
// place behind it.
func eachElement(s string, i, depth int, element func(from, depth int) (int, error)) (int, error) {
	if depth >= maxJSONDepth {
		return i, &jsonError{i, problem.TooDeep(maxJSONDepth)}
	}
	if i >= len(s) || s[i] != '[' {
		return i, unexpected(s, i, "array")
	}
	i = skipSpace(s, i+1)
	if i < len(s) && s[i] == ']' {
		return i + 1, nil
	}
	for {
		var err error
		if i, err = element(i, depth+1); err != nil {
			return i, err
		}
		i = skipSpace(s, i)
		switch {
		case i < len(s) && s[i] == ']':
			return i + 1, nil
		case i >= len(s) || s[i] != ',':
			return i, unexpected(s, i, "comma_or_bracket")
		}
		i = skipSpace(s, i+1)
	}
}

// skipString reads a string with its quotes.
func skipString(s string, i int) (int, error) {
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case c == '"':
			return j + 1, nil
		case c < ' ':
			return j, &jsonError{j, problem.ControlInString()}
		case c == '\\':
			n := escapeLength(s[j:])
			if n == 0 {
				return j, &jsonError{j, problem.UnknownEscape(s[j:])}
			}
			j += n - 1
		}
	}
	return len(s), &jsonError{len(s), problem.EndsInString()}
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

// unquote returns the text of a string that skipString has read.
func unquote(token string) string {
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
	whole := countDigits(s[i:])
	if whole == 0 || whole > 1 && s[i] == '0' {
		return from, unexpected(s, from, "number")
	}
	i += whole
	if i < len(s) && s[i] == '.' {
		n := countDigits(s[i+1:])
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
		n := countDigits(s[i:])
		if n == 0 {
			return from, unexpected(s, from, "number")
		}
		i += n
	}
	return i, nil
}
