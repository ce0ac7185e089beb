// Package problem describes what is wrong with a record, a file or a parameter: a code with parameters, from
// which the English and the Vietnamese sentence are made. en.go and vi.go have one template for each code;
// each code has one constructor function, the only way to make a Problem of it.
//
// It is below all other packages, because problems arise in all of them: geo finds the rings that cross, the
// stores the references that do not exist, coverage and api the parameters out of bounds.
package problem

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Code names a kind of problem. Codes are part of the API: they do not change.
type Code string

// Problem describes what is wrong with one field. It does not change once it is made.
type Problem struct {
	Field  string // of the record; empty where the record or the file as a whole is meant
	code   Code
	params []param
}

// param is a parameter of a problem. Its value is a string, an int, a float64, a word, a list of strings, another
// Problem, a list of them, or differs.
type param struct {
	name  string
	value any
}

// word is a parameter that is the key of a word which each language has in its table.
type word string

// differs is the value of a parameter that is not the same in all the problems merged.
type differs struct{}

// of makes a problem of a code. named alternates the names and the values of its parameters. Texts are copied,
// so that a problem that is kept does not keep the row it was found in.
func of(field string, code Code, named ...any) *Problem {
	p := &Problem{Field: strings.Clone(field), code: code, params: make([]param, len(named)/2)}
	for i := range p.params {
		value := named[2*i+1]
		if text, ok := value.(string); ok {
			value = strings.Clone(text)
		}
		p.params[i] = param{named[2*i].(string), value}
	}
	return p
}

// Of returns the Problem that an error is or wraps; nil where it is none.
func Of(err error) *Problem {
	var p *Problem
	errors.As(err, &p)
	return p
}

// Code returns the code.
func (p *Problem) Code() Code { return p.code }

// Params returns the parameters by name, in the form that JSON has them in; nil where the code has none.
func (p *Problem) Params() map[string]any {
	if len(p.params) == 0 {
		return nil
	}
	params := make(map[string]any, len(p.params))
	for _, param := range p.params {
		switch v := param.value.(type) {
		case *Problem:
			params[param.name] = v.inner()
		case []*Problem:
			all := make([]any, len(v))
			for i, p := range v {
				all[i] = p.inner()
			}
			params[param.name] = all
		case differs:
			params[param.name] = ellipsis
		case float64:
			params[param.name] = v
			if math.IsNaN(v) || math.IsInf(v, 0) { // which JSON has no number for
				params[param.name] = number(v)
			}
		default:
			params[param.name] = v
		}
	}
	return params
}

// inner is the problem as a parameter of another, in the form that JSON has it in.
func (p *Problem) inner() map[string]any {
	inner := map[string]any{"code": p.code}
	if p.Field != "" {
		inner["field"] = p.Field
	}
	if of := p.Params(); of != nil {
		inner["params"] = of
	}
	return inner
}

// Error returns the English sentence with its field, so that a problem can be returned as an error.
func (p *Problem) Error() string { return p.Sentence(English) }

// At returns the problem of another field.
func (p *Problem) At(field string) *Problem {
	moved := *p
	moved.Field = field
	return &moved
}

// Reason returns the sentence without the field, for where the field has a place of its own.
func (p *Problem) Reason(l Lang) string { return l.table().render(p, false) }

// Sentence returns the whole sentence, the field first.
func (p *Problem) Sentence(l Lang) string { return l.table().sentence(p, false) }

// Class returns the reason with … for what differs from row to row: quoted values and words with a digit.
// After Merge it has … for all that was not the same.
func (p *Problem) Class(l Lang) string { return withoutDigits(l.table().render(p, true)) }

// Kind is the same for problems that Merge may make one of: field and code are the same, and so are the
// parameters that are words.
func (p *Problem) Kind() string {
	var b strings.Builder
	p.appendKind(&b)
	return b.String()
}

func (p *Problem) appendKind(b *strings.Builder) {
	b.WriteString(p.Field + " " + string(p.code))
	for _, param := range p.params {
		switch v := param.value.(type) {
		case word:
			b.WriteString(" " + string(v))
		case *Problem:
			b.WriteByte(' ')
			v.appendKind(b)
		}
	}
}

// Merge returns the problem of which p and q, of one Kind, are two cases.
func (p *Problem) Merge(q *Problem) *Problem {
	merged := &Problem{Field: p.Field, code: p.code, params: slices.Clone(p.params)}
	for i := range merged.params {
		value := &merged.params[i].value
		switch v := (*value).(type) {
		case *Problem:
			*value = v.Merge(q.params[i].value.(*Problem))
		case []*Problem:
			*value = differs{}
		case []string:
			if other, ok := q.params[i].value.([]string); !ok || !slices.Equal(v, other) {
				*value = differs{}
			}
		default:
			if _, list := q.params[i].value.([]string); list || v != q.params[i].value {
				*value = differs{}
			}
		}
	}
	return merged
}

const ellipsis = "…"

// withoutDigits returns a sentence with … for each word that has a digit; punctuation behind the word stays.
func withoutDigits(sentence string) string {
	words := strings.Split(sentence, " ")
	for i, w := range words {
		if strings.ContainsFunc(w, unicode.IsDigit) {
			words[i] = ellipsis + w[len(strings.TrimRight(w, ":;,.)")):]
		}
	}
	return strings.Join(words, " ")
}

// Lang is a language that problems are written in, by its ISO 639-1 code.
type Lang string

// The languages.
const (
	English    Lang = "en"
	Vietnamese Lang = "vi"
)

// table is all that a language needs: a template for each code, and the words that parameters name.
//
// A template has its parameters in braces: {name}, or {name:format} with one of the formats
//
//	q      in quotes, as Go writes a string; a list has each of its values in quotes
//	or     a list of which one is expected: a, b or c
//	space  a list divided by spaces
//	s      nothing, or s where a list has more than one value
//	more   nothing for 0, else how many values a list goes on with
//	month  the month of a number from 1 to 12
//	.7     a number with seven decimals
type table struct {
	templates   map[Code]string
	words       map[word]string
	or          string // between the last two of a choice
	none        string // an empty list
	more        string // of a long list, with the number of values that are left out
	month       func(int) string
	behindField string // between the field and the reason
}

func (l Lang) table() *table {
	if l == Vietnamese {
		return &vietnamese
	}
	return &english
}

// Word returns a word that problems have as a parameter, such as the name of a kind of record, in a language.
func Word(key string, l Lang) string {
	if l == English {
		return key
	}
	return l.table().value(word(key), "", false)
}

func (t *table) sentence(p *Problem, class bool) string {
	return t.join(p.Field, t.render(p, class))
}

func (t *table) join(field, reason string) string {
	if field == "" {
		return reason
	}
	return field + t.behindField + reason
}

// Join returns a whole sentence of a field and a reason.
func (l Lang) Join(field, reason string) string { return l.table().join(field, reason) }

// render fills in the template of a problem. class leaves out what is in quotes.
func (t *table) render(p *Problem, class bool) string {
	var b strings.Builder
	rest := t.templates[p.code]
	for {
		from := strings.IndexByte(rest, '{')
		if from < 0 {
			break
		}
		to := from + strings.IndexByte(rest[from:], '}')
		b.WriteString(rest[:from])
		name, format, _ := strings.Cut(rest[from+1:to], ":")
		b.WriteString(t.value(p.value(name), format, class))
		rest = rest[to+1:]
	}
	b.WriteString(rest)
	return b.String()
}

func (p *Problem) value(name string) any {
	for i := range p.params {
		if p.params[i].name == name {
			return p.params[i].value
		}
	}
	return differs{} // a test shows that there is none such
}

func (t *table) value(value any, format string, class bool) string {
	if _, ok := value.(differs); ok {
		if format == "q" {
			return `"` + ellipsis + `"`
		}
		return ellipsis
	}
	switch v := value.(type) {
	case word:
		if text, ok := t.words[v]; ok {
			return text
		}
		return string(v)
	case *Problem:
		return t.sentence(v, class)
	case []*Problem:
		sentences := make([]string, len(v))
		for i, p := range v {
			sentences[i] = t.sentence(p, class)
		}
		return strings.Join(sentences, ", ")
	case []string:
		return t.list(v, format, class)
	case int:
		switch {
		case format == "month":
			return t.month(v)
		case format == "more" && v == 0:
			return ""
		case format == "more":
			return fmt.Sprintf(" "+t.more, v)
		}
		return strconv.Itoa(v)
	case float64:
		if decimals, ok := strings.CutPrefix(format, "."); ok {
			n, _ := strconv.Atoi(decimals)
			return strconv.FormatFloat(v, 'f', n, 64)
		}
		return number(v)
	case string:
		if format == "q" {
			return quote(v, class)
		}
		return v
	}
	return fmt.Sprint(value)
}

func quote(text string, class bool) string {
	if class {
		return `"` + ellipsis + `"`
	}
	return strconv.Quote(text)
}

func (t *table) list(all []string, format string, class bool) string {
	switch n := len(all); {
	case format == "s":
		if n > 1 {
			return "s"
		}
		return ""
	case n == 0:
		return t.none
	case format == "or" && n > 1:
		return strings.Join(all[:n-1], ", ") + " " + t.or + " " + all[n-1]
	case format == "space":
		return strings.Join(all, " ")
	case format != "q":
		return strings.Join(all, ", ")
	}
	quoted := make([]string, len(all))
	for i, name := range all {
		quoted[i] = quote(name, class)
	}
	return strings.Join(quoted, ", ")
}

// number writes a number without an exponent where it is not very large.
func number(x float64) string {
	if math.Abs(x) < 1e9 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// Clip cuts a text to at most n bytes, between characters.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Codes lists all codes, in order.
func Codes() []Code { return slices.Sorted(maps.Keys(english.templates)) }

func englishMonth(n int) string { return time.Month(n).String() }

func vietnameseMonth(n int) string { return "tháng " + strconv.Itoa(n) }
