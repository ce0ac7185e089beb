package cql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	endToken    tokenKind = iota
	wordToken             // a keyword, a function or a property: which, its place decides
	nameToken             // a property in double quotes
	textToken             // in single quotes
	numberToken           // with its sign
	signToken             // ( ) , = <> < > <= >=
)

type token struct {
	kind   tokenKind
	start  int    // byte
	text   string // without its quotes
	number float64
}

// String quotes the token in an error.
func (t token) String() string {
	switch {
	case t.kind == endToken:
		return "the end"
	case len(t.text) > 40:
		return strconv.Quote(t.text[:40]) + "…"
	}
	return strconv.Quote(t.text)
}

// lexer cuts a text into tokens. What cannot be read ends it, with the reason in failed.
type lexer struct {
	text   string
	at     int
	token  token
	failed *Error
}

func (l *lexer) fail(at int, format string, args ...any) {
	l.failed = &Error{at, fmt.Sprintf(format, args...)}
	l.token, l.at = token{kind: endToken, start: at}, len(l.text)
}

// next reads the next token.
func (l *lexer) next() {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
	l.token = token{kind: endToken, start: l.at}
	if l.at == len(l.text) {
		return
	}
	switch c := l.text[l.at]; {
	case c == '\'':
		l.quoted('\'', textToken)
	case c == '"':
		l.quoted('"', nameToken)
	case c >= '0' && c <= '9' || (c == '.' || c == '-' || c == '+') && l.at+1 < len(l.text) &&
		isNumeric(l.text[l.at+1]):
		l.readNumber()
	case strings.IndexByte("(),=<>", c) >= 0:
		width := 1
		if two := l.text[l.at:min(l.at+2, len(l.text))]; two == "<>" || two == "<=" || two == ">=" {
			width = 2
		}
		l.token.kind, l.token.text = signToken, l.text[l.at:l.at+width]
		l.at += width
	default:
		l.readWord()
	}
}

func isNumeric(c byte) bool { return c >= '0' && c <= '9' || c == '.' }

// quoted reads up to the closing quote; the quote itself is written twice, or after a
// backslash. Any other backslash is itself: patterns use it.
func (l *lexer) quoted(quote byte, kind tokenKind) {
	start := l.at
	var b strings.Builder
	for i := start + 1; i < len(l.text); i++ {
		c := l.text[i]
		following := i+1 < len(l.text) && l.text[i+1] == quote
		switch {
		case (c == quote || c == '\\') && following:
			b.WriteByte(quote)
			i++
		case c == quote:
			l.at = i + 1
			l.token = token{kind: kind, start: start, text: b.String()}
			if !utf8.ValidString(l.token.text) || strings.ContainsRune(l.token.text, 0) {
				l.fail(start, "the text in quotes is not valid UTF-8")
			}
			return
		default:
			b.WriteByte(c)
		}
	}
	l.fail(start, "the quote %c is not closed", quote)
}

func (l *lexer) readNumber() {
	start, end := l.at, l.at+1
	for end < len(l.text) {
		c := l.text[end]
		exponent := (c == '+' || c == '-') && (l.text[end-1] == 'e' || l.text[end-1] == 'E')
		if !isNumeric(c) && c != 'e' && c != 'E' && !exponent {
			break
		}
		end++
	}
	n, err := strconv.ParseFloat(l.text[start:end], 64)
	if err != nil || math.IsInf(n, 0) || end < len(l.text) && isIdentifier(rune(l.text[end])) {
		l.fail(start, "%q is not a number", l.text[start:end])
		return
	}
	l.at = end
	l.token = token{kind: numberToken, start: start, text: l.text[start:end], number: n}
}

func (l *lexer) readWord() {
	start := l.at
	for l.at < len(l.text) {
		r, width := utf8.DecodeRuneInString(l.text[l.at:])
		if r == utf8.RuneError && width <= 1 || !isIdentifier(r) &&
			(l.at == start || r != '.' && (r < '0' || r > '9')) {
			break
		}
		l.at += width
	}
	if l.at == start {
		r, _ := utf8.DecodeRuneInString(l.text[start:])
		l.fail(start, "%q has no place in a filter", r)
		return
	}
	l.token = token{kind: wordToken, start: start, text: l.text[start:l.at]}
}

func isIdentifier(r rune) bool {
	return r == '_' || r == ':' || unicode.IsLetter(r) || unicode.IsMark(r)
}

// opens reports whether the current word is followed by an opening parenthesis.
func (l *lexer) opens() bool {
	rest := strings.TrimLeft(l.text[min(l.at, len(l.text)):], " \t\r\n")
	return strings.HasPrefix(rest, "(")
}

func (l *lexer) isWord(word string) bool {
	return l.token.kind == wordToken && strings.EqualFold(l.token.text, word)
}

func (l *lexer) takeWord(word string) bool {
	if !l.isWord(word) {
		return false
	}
	l.next()
	return true
}

func (l *lexer) take(sign string) bool {
	if l.token.kind != signToken || l.token.text != sign {
		return false
	}
	l.next()
	return true
}

func (l *lexer) expect(sign string) error {
	if !l.take(sign) {
		return fmt.Errorf("%s, want %s", l.token, sign)
	}
	return nil
}
