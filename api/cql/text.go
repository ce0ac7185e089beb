package cql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ParseText reads a filter in the text encoding. Errors are *Error.
func (l *Language) ParseText(text string) (*Filter, error) {
	if err := tooLong(len(text)); err != nil {
		return nil, err
	}
	p := textParser{reader: reader{Language: l}, lexer: lexer{text: text}}
	p.next()
	root, err := p.disjunction(0)
	if err == nil && p.token.kind != endToken {
		err = fmt.Errorf("%s where the filter should end", p.token)
	}
	if p.failed != nil { // what the lexer cannot read comes before what that leads to
		err = p.failed
	}
	if err != nil {
		var at *Error
		if errors.As(err, &at) {
			return nil, at
		}
		return nil, &Error{p.token.start, err.Error()}
	}
	return &Filter{root}, nil
}

// textParser reads by recursive descent, a function for each level of the grammar.
type textParser struct {
	reader
	lexer
}

func (p *textParser) disjunction(depth int) (predicate, error) {
	return p.junctionOf(depth, "OR", yes, p.conjunction)
}

func (p *textParser) conjunction(depth int) (predicate, error) {
	return p.junctionOf(depth, "AND", no, p.negation)
}

func (p *textParser) junctionOf(depth int, word string, decides truth, part func(int) (predicate, error)) (predicate,
	error) {
	first, err := part(depth)
	if err != nil || !p.isWord(word) {
		return first, err
	}
	j := junction{decides, []predicate{first}}
	for p.takeWord(word) {
		next, err := part(depth)
		if err != nil {
			return nil, err
		}
		j.parts = append(j.parts, next)
	}
	return j, nil
}

func (p *textParser) negation(depth int) (predicate, error) {
	if !p.takeWord("NOT") {
		return p.predicate(depth)
	}
	if err := deeper(depth + 1); err != nil {
		return nil, err
	}
	of, err := p.negation(depth + 1)
	return not{of}, err
}

func (p *textParser) predicate(depth int) (predicate, error) {
	if err := deeper(depth); err != nil {
		return nil, err
	}
	if p.take("(") {
		inner, err := p.disjunction(depth + 1)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	if operator := strings.ToUpper(p.token.text); p.token.kind == wordToken && spatialOperators[operator] && p.opens() {
		p.next()
		p.next()
		return p.spatial(operator)
	}
	of, err := p.scalar(depth)
	if err != nil {
		return nil, err
	}
	negated := p.takeWord("NOT")
	tested, err := p.test(depth, of, negated)
	if negated && err == nil {
		tested = not{tested}
	}
	return tested, err
}

// test reads the predicate of an operand.
func (p *textParser) test(depth int, of *operand, negated bool) (predicate, error) {
	switch {
	case p.takeWord("LIKE"):
		pattern, err := p.scalar(depth)
		if err != nil {
			return nil, err
		}
		return newLike(of, pattern)
	case p.takeWord("BETWEEN"):
		low, err := p.scalar(depth)
		if err != nil {
			return nil, err
		}
		if !p.takeWord("AND") {
			return nil, fmt.Errorf("%s after BETWEEN, want AND", p.token)
		}
		high, err := p.scalar(depth)
		if err != nil {
			return nil, err
		}
		return newBetween(of, low, high)
	case p.takeWord("IN"):
		list, err := p.list(depth)
		if err != nil {
			return nil, err
		}
		return newIn(of, list)
	case negated:
		return nil, fmt.Errorf("%s after NOT, want LIKE, BETWEEN or IN", p.token)
	case p.takeWord("IS"):
		negated := p.takeWord("NOT")
		if !p.takeWord("NULL") {
			return nil, fmt.Errorf("%s after IS, want NULL", p.token)
		}
		if negated {
			return not{newIsNull(of)}, nil
		}
		return newIsNull(of), nil
	case p.token.kind == signToken && slices.Contains(comparisonOperators, p.token.text):
		operator := p.token.text
		p.next()
		with, err := p.scalar(depth)
		if err != nil {
			return nil, err
		}
		return newComparison(operator, of, with)
	case of.isLiteral() && of.kind == Boolean:
		return constant{truthOf(of.literal.True)}, nil
	}
	return nil, fmt.Errorf("%s, want a comparison", p.token)
}

// scalar reads a property, a literal, or CASEI of one.
func (p *textParser) scalar(depth int) (*operand, error) {
	if err := deeper(depth); err != nil {
		return nil, err
	}
	t := p.token
	switch t.kind {
	case textToken:
		p.next()
		return literal(Text, Value{Text: t.text}), nil
	case numberToken:
		p.next()
		return literal(Number, Value{Number: t.number}), nil
	case nameToken:
		o, err := p.property(t.text)
		if err == nil {
			p.next()
		}
		return o, err
	case wordToken:
		if p.opens() {
			return p.call(t.text, depth)
		}
		switch strings.ToUpper(t.text) {
		case "TRUE", "FALSE":
			p.next()
			return literal(Boolean, Value{True: strings.EqualFold(t.text, "TRUE")}), nil
		}
		o, err := p.property(t.text)
		if err == nil {
			p.next()
		}
		return o, err
	}
	return nil, fmt.Errorf("%s, want a property or a value", t)
}

// call reads what looks like a function.
func (p *textParser) call(name string, depth int) (*operand, error) {
	name = strings.ToUpper(name)
	switch name {
	case "CASEI":
		p.next()
		p.next()
		of, err := p.scalar(depth + 1)
		if err != nil {
			return nil, err
		}
		folded, err := casei(of)
		if err != nil {
			return nil, err
		}
		return folded, p.expect(")")
	case "DATE", "TIMESTAMP":
		p.next()
		p.next()
		if p.token.kind != textToken {
			return nil, fmt.Errorf("%s, want %s in quotes", p.token, strings.ToLower(name))
		}
		o, err := p.instant(name, p.token.text)
		if err != nil {
			return nil, err
		}
		p.next()
		return o, p.expect(")")
	}
	return nil, unknownFunction(p.token.text)
}

// instant reads a DATE or a TIMESTAMP.
func (r *reader) instant(kind, text string) (*operand, error) {
	if kind == "TIMESTAMP" {
		return r.moment(text)
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return nil, fmt.Errorf("%q is not a date like 2026-03-31", text)
	}
	return literal(Day, Value{Text: text}), nil
}

func (p *textParser) list(depth int) ([]*operand, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var list []*operand
	for {
		item, err := p.scalar(depth)
		if err != nil {
			return nil, err
		}
		if list = append(list, item); len(list) > MaxList {
			return nil, fmt.Errorf("IN of more than %d values", MaxList)
		}
		if !p.take(",") {
			return list, p.expect(")")
		}
	}
}

// spatial reads the two operands of a spatial predicate.
func (p *textParser) spatial(operator string) (predicate, error) {
	a, err := p.place()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	b, err := p.place()
	if err != nil {
		return nil, err
	}
	return newSpatial(operator, a, b), p.expect(")")
}

func (p *textParser) place() (place, error) {
	name := strings.ToUpper(p.token.text)
	if p.token.kind == wordToken && wktKinds[name] {
		g, err := p.wkt(0)
		return place{g}, err
	}
	if p.token.kind != wordToken && p.token.kind != nameToken {
		return place{}, fmt.Errorf("%s, want a geometry", p.token)
	}
	o, err := p.property(p.token.text)
	if err != nil {
		return place{}, err
	}
	if o.kind != Geometry {
		return place{}, fmt.Errorf("%q is %s, want a geometry", p.token.text, o.kind)
	}
	p.next()
	return place{}, nil
}

var wktKinds = map[string]bool{"POINT": true, "LINESTRING": true, "POLYGON": true, "MULTIPOINT": true,
	"MULTILINESTRING": true, "MULTIPOLYGON": true, "GEOMETRYCOLLECTION": true, "BBOX": true}
