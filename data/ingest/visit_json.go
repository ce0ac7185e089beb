package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"tungnha/internal/problem"
)

// ReadVisit reads a visit of a JSON array. Unknown fields are refused: a misspelt assessed would lose what a team
// found out.
func ReadVisit(text json.RawMessage) (VisitRow, *problem.Problem) {
	var fields VisitRow
	if len(text) == 0 || text[0] != '{' {
		return fields, problem.NotObject()
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&fields)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return fields, nil
	case errors.As(err, &wrong):
		return fields, problem.WrongType(wrong.Field, wrong.Value, wrong.Type.Kind() == reflect.Slice)
	}
	// encoding/json has no type for an unknown field, only this text.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fields, problem.UnknownField(strings.Trim(name, `"`))
	}
	return fields, problem.NotObject()
}
