package cql

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// ParseJSON reads a filter in the JSON encoding. Errors are *Error.
func (l *Language) ParseJSON(text string) (*Filter, error) {
	if err := tooLong(len(text)); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, &Error{int(syntax.Offset), "is not JSON: " + err.Error()}
		}
		return nil, &Error{-1, "is not JSON: " + err.Error()}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, &Error{int(decoder.InputOffset()), "goes on after its end"}
	}
	r := reader{Language: l}
	root, err := r.jsonPredicate(tree, 0)
	if err != nil {
		return nil, &Error{-1, err.Error()}
	}
	return &Filter{root}, nil
}

// jsonCall parses an object that is an operator with its arguments.
func jsonCall(tree any) (op string, args []any, err error) {
	object, ok := tree.(map[string]any)
	if !ok {
		return "", nil, fmt.Errorf("%s, want an object with op and args", brief(tree))
	}
	if op, ok = object["op"].(string); !ok {
		return "", nil, fmt.Errorf("%s has no op", brief(tree))
	}
	if args, ok = object["args"].([]any); !ok {
		return "", nil, fmt.Errorf("%q has no args", op)
	}
	for member := range object {
		if member != "op" && member != "args" {
			return "", nil, fmt.Errorf("%q has a member %q", op, member)
		}
	}
	return op, args, nil
}

// brief quotes a part of a filter in an error.
func brief(tree any) string {
	text, err := json.Marshal(tree)
	if err != nil || len(text) > 60 {
		return string(bytes.ToValidUTF8(text[:min(60, len(text))], nil)) + "…"
	}
	return string(text)
}

func wantArgs(op string, args []any, n int) error {
	if len(args) != n {
		return fmt.Errorf("%q has %d args, want %d", op, len(args), n)
	}
	return nil
}

func (r *reader) jsonPredicate(tree any, depth int) (predicate, error) {
	if err := deeper(depth); err != nil {
		return nil, err
	}
	if b, ok := tree.(bool); ok {
		return constant{truthOf(b)}, nil
	}
	op, args, err := jsonCall(tree)
	if err != nil {
		return nil, err
	}
	switch {
	case op == "and" || op == "or":
		return r.jsonJunction(op, args, depth)
	case op == "not":
		if err := wantArgs(op, args, 1); err != nil {
			return nil, err
		}
		of, err := r.jsonPredicate(args[0], depth+1)
		return not{of}, err
	case op == "s_intersects" || op == "s_disjoint":
		return r.jsonSpatial(op, args)
	case op == "in":
		return r.jsonIn(args, depth)
	case op == "isNull" || op == "like" || op == "between" || slices.Contains(comparisonOperators, op):
		return r.jsonTest(op, args, depth)
	}
	return nil, unknownFunction(op)
}

func (r *reader) jsonJunction(op string, args []any, depth int) (predicate, error) {
	if len(args) < 2 {
		return nil, fmt.Errorf("%q has %d args, want 2 or more", op, len(args))
	}
	j := junction{decides: no}
	if op == "or" {
		j.decides = yes
	}
	for _, arg := range args {
		part, err := r.jsonPredicate(arg, depth+1)
		if err != nil {
			return nil, err
		}
		j.parts = append(j.parts, part)
	}
	return j, nil
}

// jsonTest reads the operators whose arguments are all scalars.
func (r *reader) jsonTest(op string, args []any, depth int) (predicate, error) {
	want := map[string]int{"isNull": 1, "between": 3}[op]
	if want == 0 {
		want = 2
	}
	if err := wantArgs(op, args, want); err != nil {
		return nil, err
	}
	operands := make([]*operand, len(args))
	for i, arg := range args {
		var err error
		if operands[i], err = r.jsonScalar(arg, depth+1); err != nil {
			return nil, err
		}
	}
	switch op {
	case "isNull":
		return newIsNull(operands[0]), nil
	case "like":
		return newLike(operands[0], operands[1])
	case "between":
		return newBetween(operands[0], operands[1], operands[2])
	default:
		return newComparison(op, operands[0], operands[1])
	}
}

func (r *reader) jsonIn(args []any, depth int) (predicate, error) {
	if err := wantArgs("in", args, 2); err != nil {
		return nil, err
	}
	of, err := r.jsonScalar(args[0], depth+1)
	if err != nil {
		return nil, err
	}
	items, ok := args[1].([]any)
	if !ok {
		return nil, fmt.Errorf("%s, want the list of in", brief(args[1]))
	}
	if len(items) > MaxList {
		return nil, fmt.Errorf("IN of more than %d values", MaxList)
	}
	list := make([]*operand, len(items))
	for i, item := range items {
		if list[i], err = r.jsonScalar(item, depth+1); err != nil {
			return nil, err
		}
	}
	return newIn(of, list)
}

func (r *reader) jsonScalar(tree any, depth int) (*operand, error) {
	if err := deeper(depth); err != nil {
		return nil, err
	}
	switch v := tree.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return nil, errors.New("a text has no NUL in it")
		}
		return literal(Text, Value{Text: v}), nil
	case float64:
		return literal(Number, Value{Number: v}), nil
	case bool:
		return literal(Boolean, Value{True: v}), nil
	case map[string]any:
		if len(v) == 1 {
			if name, ok := v["property"].(string); ok {
				return r.property(name)
			}
			if text, ok := v["date"].(string); ok {
				return r.instant("DATE", text)
			}
			if text, ok := v["timestamp"].(string); ok {
				return r.instant("TIMESTAMP", text)
			}
		}
		op, args, err := jsonCall(tree)
		if err != nil {
			return nil, fmt.Errorf("%s, want a property or a value", brief(tree))
		}
		if op != "casei" {
			return nil, unknownFunction(op)
		}
		if err := wantArgs(op, args, 1); err != nil {
			return nil, err
		}
		of, err := r.jsonScalar(args[0], depth+1)
		if err != nil {
			return nil, err
		}
		return casei(of)
	}
	return nil, fmt.Errorf("%s, want a property or a value", brief(tree))
}

func (r *reader) jsonSpatial(op string, args []any) (predicate, error) {
	if err := wantArgs(op, args, 2); err != nil {
		return nil, err
	}
	var places [2]place
	for i, arg := range args {
		object, ok := arg.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s, want a geometry", brief(arg))
		}
		if name, ok := object["property"].(string); ok {
			o, err := r.property(name)
			if err != nil {
				return nil, err
			}
			if o.kind != Geometry {
				return nil, fmt.Errorf("%q is %s, want a geometry", name, o.kind)
			}
			continue
		}
		g, err := r.jsonGeometry(object, 0)
		if err != nil {
			return nil, err
		}
		places[i] = place{g}
	}
	return newSpatial(strings.ToUpper(op), places[0], places[1]), nil
}

// jsonGeometry reads a GeoJSON geometry, or a bbox.
func (r *reader) jsonGeometry(object map[string]any, depth int) (orb.Geometry, error) {
	if err := deeper(depth); err != nil {
		return nil, err
	}
	kind, ok := object["type"].(string)
	if !ok {
		numbers, err := jsonNumbers(object["bbox"])
		if err != nil {
			return nil, fmt.Errorf("%s, want a geometry", brief(object))
		}
		return r.bbox(numbers)
	}
	c := object["coordinates"]
	switch kind {
	case "Point":
		return r.jsonPoint(c)
	case "MultiPoint":
		return jsonList(c, orb.MultiPoint{}, r.jsonPoint)
	case "LineString":
		return r.jsonLine(c)
	case "MultiLineString":
		return jsonList(c, orb.MultiLineString{}, r.jsonLine)
	case "Polygon":
		return r.jsonPolygon(c)
	case "MultiPolygon":
		return jsonList(c, orb.MultiPolygon{}, r.jsonPolygon)
	case "GeometryCollection":
		return jsonList(object["geometries"], orb.Collection{}, func(part any) (orb.Geometry, error) {
			object, ok := part.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s, want a geometry", brief(part))
			}
			return r.jsonGeometry(object, depth+1)
		})
	}
	return nil, fmt.Errorf("there is no geometry %q", kind)
}

func jsonList[L ~[]T, T any](tree any, list L, part func(any) (T, error)) (L, error) {
	parts, ok := tree.([]any)
	if !ok || len(parts) == 0 {
		return nil, fmt.Errorf("%s, want a list of coordinates", brief(tree))
	}
	for _, one := range parts {
		v, err := part(one)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func jsonNumbers(tree any) ([]float64, error) {
	return jsonList(tree, []float64{}, func(one any) (float64, error) {
		n, ok := one.(float64)
		if !ok || math.IsInf(n, 0) {
			return 0, fmt.Errorf("%s, want a number", brief(one))
		}
		return n, nil
	})
}

func (r *reader) jsonPoint(tree any) (orb.Point, error) {
	n, err := jsonNumbers(tree)
	if err != nil {
		return orb.Point{}, err
	}
	if len(n) != 2 && len(n) != 3 {
		return orb.Point{}, fmt.Errorf("a position has 2 or 3 numbers, not %d", len(n))
	}
	return r.point(n[0], n[1])
}

func (r *reader) jsonLine(tree any) (orb.LineString, error) {
	line, err := jsonList(tree, orb.LineString{}, r.jsonPoint)
	if err != nil {
		return nil, err
	}
	return lineOf(line)
}

func (r *reader) jsonPolygon(tree any) (orb.Polygon, error) {
	return jsonList(tree, orb.Polygon{}, func(one any) (orb.Ring, error) {
		line, err := jsonList(one, orb.LineString{}, r.jsonPoint)
		if err != nil {
			return nil, err
		}
		return ring(line)
	})
}
