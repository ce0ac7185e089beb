package cql

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"tungnha/geo"
)

// truth is that of three-valued logic: what is compared with nothing is neither true nor
// false.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// predicate is what is true of a row, or false, or unknown.
type predicate interface{ truth(Row) (truth, error) }

type (
	constant struct{ value truth }
	not      struct{ of predicate }
	// junction is AND or OR: the least or the greatest of its parts.
	junction struct {
		decides truth // no: AND; yes: OR
		parts   []predicate
	}
	comparison struct {
		operator string
		a, b     *operand
	}
	between struct{ of, low, high *operand }
	in      struct {
		of   *operand
		list []*operand
	}
	like struct {
		of      *operand
		pattern *operand
	}
	isNull      struct{ of *operand }
	noGeometry  struct{}
	intersects  struct{ shape *geo.Shape }
	bothOrEmpty struct{ value truth } // a spatial predicate of the row's geometry with itself
)

func (p constant) truth(Row) (truth, error) { return p.value, nil }

func (p not) truth(row Row) (truth, error) {
	t, err := p.of.truth(row)
	return yes - t, err
}

func (p junction) truth(row Row) (truth, error) {
	sum := yes - p.decides
	for _, part := range p.parts {
		t, err := part.truth(row)
		if err != nil || t == p.decides {
			return t, err
		}
		if t == unknown {
			sum = unknown
		}
	}
	return sum, nil
}

func (p comparison) truth(row Row) (truth, error) {
	a, b := p.a.value(row), p.b.value(row)
	if a.Null || b.Null {
		return unknown, nil
	}
	order := compare(p.a.kind, a, b)
	switch p.operator {
	case "=":
		return truthOf(order == 0), nil
	case "<>":
		return truthOf(order != 0), nil
	case "<":
		return truthOf(order < 0), nil
	case "<=":
		return truthOf(order <= 0), nil
	case ">":
		return truthOf(order > 0), nil
	default:
		return truthOf(order >= 0), nil
	}
}

// compare orders two values of a type. Days are ordered as their texts are.
func compare(kind Type, a, b Value) int {
	switch kind {
	case Number:
		return cmp.Compare(a.Number, b.Number)
	case Boolean:
		return cmp.Compare(truthOf(a.True), truthOf(b.True))
	default:
		return cmp.Compare(a.Text, b.Text)
	}
}

func (p between) truth(row Row) (truth, error) {
	low, err := comparison{">=", p.of, p.low}.truth(row)
	if err != nil {
		return no, err
	}
	high, err := comparison{"<=", p.of, p.high}.truth(row)
	return min(low, high), err
}

func (p in) truth(row Row) (truth, error) {
	v := p.of.value(row)
	if v.Null {
		return unknown, nil
	}
	found := no
	for _, item := range p.list {
		switch w := item.value(row); {
		case w.Null:
			found = unknown
		case compare(p.of.kind, v, w) == 0:
			return yes, nil
		}
	}
	return found, nil
}

func (p like) truth(row Row) (truth, error) {
	v, pattern := p.of.value(row), p.pattern.value(row)
	if v.Null || pattern.Null {
		return unknown, nil
	}
	return truthOf(matches([]rune(v.Text), []rune(pattern.Text))), nil
}

// matches matches a text with a pattern in which % matches any characters, _ for one,
// and what follows \ for itself. When it fails it lets the last % have one more.
func matches(text, pattern []rune) bool {
	t, p := 0, 0
	retryText, retryPattern := 0, -1
	for t < len(text) {
		if p < len(pattern) {
			c, width := pattern[p], 1
			switch {
			case c == '%':
				p++
				retryText, retryPattern = t, p
				continue
			case c == '_':
				t, p = t+1, p+1
				continue
			case c == '\\' && p+1 < len(pattern):
				c, width = pattern[p+1], 2
			}
			if c == text[t] {
				t, p = t+1, p+width
				continue
			}
		}
		if retryPattern < 0 {
			return false
		}
		retryText++
		t, p = retryText, retryPattern
	}
	for p < len(pattern) && pattern[p] == '%' {
		p++
	}
	return p == len(pattern)
}

func (p isNull) truth(row Row) (truth, error) { return truthOf(p.of.value(row).Null), nil }

func (noGeometry) truth(row Row) (truth, error) {
	g, err := row.Geometry()
	return truthOf(g == nil), err
}

func (p intersects) truth(row Row) (truth, error) {
	g, err := row.Geometry()
	if err != nil || g == nil {
		return unknown, err
	}
	return truthOf(p.shape.Meets(g)), nil
}

func (p bothOrEmpty) truth(row Row) (truth, error) {
	g, err := row.Geometry()
	if err != nil || g == nil {
		return unknown, err
	}
	return p.value, nil
}

// operand is a property or a literal, its case folded or not.
type operand struct {
	kind     Type
	property int // place; -1: the literal
	literal  Value
	fold     bool
}

func literal(kind Type, v Value) *operand {
	v.Text = norm.NFC.String(v.Text)
	return &operand{property: -1, kind: kind, literal: v}
}

func (o *operand) isLiteral() bool { return o.property < 0 }

func (o *operand) value(row Row) Value {
	if o.isLiteral() {
		return o.literal // folded when it was read
	}
	v := row.Value(o.property)
	if o.kind == Text && !v.Null {
		v.Text = norm.NFC.String(v.Text)
		if o.fold {
			v.Text = foldCase(v.Text)
		}
	}
	return v
}

// foldCase folds case fully, as the Unicode standard's caseless matching does.
func foldCase(s string) string { return cases.Fold().String(s) }

// casei returns the operand with its case folded.
func casei(o *operand) (*operand, error) {
	if o.kind != Text {
		return nil, fmt.Errorf("CASEI of %s, want text", o.kind)
	}
	folded := *o
	folded.fold = true
	folded.literal.Text = foldCase(o.literal.Text)
	return &folded, nil
}

// alike makes two operands comparable: text that is compared with a day is read as one.
func alike(a, b *operand) (*operand, *operand, error) {
	if a.kind == Geometry || b.kind == Geometry {
		return nil, nil, fmt.Errorf("a geometry cannot be compared, use S_INTERSECTS")
	}
	asDay := func(o *operand) *operand {
		if o.kind != Text || !o.isLiteral() || o.fold {
			return o
		}
		if _, err := time.Parse(time.DateOnly, o.literal.Text); err != nil {
			return o
		}
		return literal(Day, o.literal)
	}
	if a.kind == Day {
		b = asDay(b)
	} else if b.kind == Day {
		a = asDay(a)
	}
	if a.kind != b.kind {
		return nil, nil, fmt.Errorf("%s cannot be compared with %s", a.kind, b.kind)
	}
	return a, b, nil
}

var comparisonOperators = []string{"=", "<>", "<", ">", "<=", ">="}

func newComparison(operator string, a, b *operand) (predicate, error) {
	a, b, err := alike(a, b)
	if err != nil {
		return nil, err
	}
	if a.kind == Boolean && operator != "=" && operator != "<>" {
		return nil, fmt.Errorf("booleans have no order for %s", operator)
	}
	return comparison{operator, a, b}, nil
}

func newBetween(of, low, high *operand) (predicate, error) {
	if of.kind == Text || of.kind == Boolean {
		return nil, fmt.Errorf("BETWEEN of %s, want a number or a day", of.kind)
	}
	of2, low, err := alike(of, low)
	if err != nil {
		return nil, err
	}
	_, high, err = alike(of2, high)
	if err != nil {
		return nil, err
	}
	return between{of2, low, high}, nil
}

func newIn(of *operand, list []*operand) (predicate, error) {
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("IN of an empty list")
	case len(list) > MaxList:
		return nil, fmt.Errorf("IN of more than %d values", MaxList)
	}
	list = slices.Clone(list)
	for i, item := range list {
		a, b, err := alike(of, item)
		if err != nil {
			return nil, err
		}
		of, list[i] = a, b
	}
	return in{of, list}, nil
}

func newLike(of, pattern *operand) (predicate, error) {
	if of.kind != Text {
		return nil, fmt.Errorf("LIKE of %s, want text", of.kind)
	}
	if pattern.kind != Text || !pattern.isLiteral() {
		return nil, fmt.Errorf("LIKE wants a pattern in quotes")
	}
	return like{of, pattern}, nil
}

func newIsNull(of *operand) predicate {
	if of.kind == Geometry {
		return noGeometry{}
	}
	return isNull{of}
}
