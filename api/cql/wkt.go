package cql

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// Geometries in well-known text (OGC 06-103r4), as the text encoding of CQL2 has them.

// wkt reads a geometry in well-known text, or a BBOX.
func (p *textParser) wkt(depth int) (orb.Geometry, error) {
	if err := deeper(depth); err != nil {
		return nil, err
	}
	kind := strings.ToUpper(p.token.text)
	if p.token.kind != wordToken || !wktKinds[kind] {
		return nil, fmt.Errorf("%s, want a geometry", p.token)
	}
	p.next()
	if kind == "BBOX" {
		numbers, err := p.numbers()
		if err != nil {
			return nil, err
		}
		return p.bbox(numbers)
	}
	p.takeWord("Z")
	switch kind {
	case "POINT":
		line, err := p.positions(false)
		if err != nil {
			return nil, err
		}
		if len(line) != 1 {
			return nil, fmt.Errorf("a point has one position")
		}
		return line[0], nil
	case "MULTIPOINT":
		line, err := p.positions(true)
		return orb.MultiPoint(line), err
	case "LINESTRING":
		line, err := p.positions(false)
		if err != nil {
			return nil, err
		}
		return lineOf(line)
	case "POLYGON":
		return p.polygon()
	case "MULTILINESTRING":
		return each(p, orb.MultiLineString{}, func() (orb.LineString, error) {
			line, err := p.positions(false)
			if err != nil {
				return nil, err
			}
			return lineOf(line)
		})
	case "MULTIPOLYGON":
		return each(p, orb.MultiPolygon{}, p.polygon)
	default:
		return each(p, orb.Collection{}, func() (orb.Geometry, error) { return p.wkt(depth + 1) })
	}
}

func (p *textParser) polygon() (orb.Polygon, error) {
	return each(p, orb.Polygon{}, func() (orb.Ring, error) {
		line, err := p.positions(false)
		if err != nil {
			return nil, err
		}
		return ring(line)
	})
}

// each reads parts in parentheses, with commas between them.
func each[L ~[]T, T any](p *textParser, list L, part func() (T, error)) (L, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	for {
		one, err := part()
		if err != nil {
			return nil, err
		}
		list = append(list, one)
		if !p.take(",") {
			return list, p.expect(")")
		}
	}
}

// positions reads positions in parentheses; each may have parentheses of its own.
func (p *textParser) positions(nested bool) (orb.LineString, error) {
	return each(p, orb.LineString{}, func() (orb.Point, error) {
		inner := nested && p.take("(")
		var n []float64
		for p.token.kind == numberToken && len(n) < 4 {
			n = append(n, p.token.number)
			p.next()
		}
		if len(n) != 2 && len(n) != 3 {
			return orb.Point{}, fmt.Errorf("%s, want a position of 2 or 3 numbers", p.token)
		}
		point, err := p.point(n[0], n[1])
		if err == nil && inner {
			err = p.expect(")")
		}
		return point, err
	})
}

func (p *textParser) numbers() ([]float64, error) {
	return each(p, []float64{}, func() (float64, error) {
		if p.token.kind != numberToken {
			return 0, fmt.Errorf("%s, want a number", p.token)
		}
		n := p.token.number
		p.next()
		return n, nil
	})
}
