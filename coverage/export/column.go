package export

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the type of a column.
type Type uint8

// The types of columns.
const (
	Text    Type = iota
	Integer      // int64
	Real         // float64
	Degrees      // float64, to 1e-7
	Share        // float64, part of one
	Day          // YYYY-MM-DD
	List         // of texts
	Boolean
)

var typeNames = []string{"text", "integer", "real", "degrees", "share", "day", "list", "boolean"}

// String returns the name of the type.
func (t Type) String() string { return typeNames[t] }

// MarshalText returns the name of the type, as the metadata of files have it.
func (t Type) MarshalText() ([]byte, error) { return []byte(typeNames[t]), nil }

// UnmarshalText reads the name of a type.
func (t *Type) UnmarshalText(name []byte) error {
	i := slices.Index(typeNames, string(name))
	if i < 0 {
		return fmt.Errorf("type %q: want one of %v", name, typeNames)
	}
	*t = Type(i)
	return nil
}

// Column is one property of the rows of a table.
type Column struct {
	Name string `json:"name"` // in files; stable
	Type Type   `json:"type"`
	EN   string `json:"en"` // what it means
	VI   string `json:"vi"`
}

// Value is one value of a row; the column's type decides which of the fields has it.
type Value struct {
	Null    bool
	Text    string  // Text, Day
	Integer int64   // Integer, and Boolean as 0 or 1
	Real    float64 // Real, Degrees, Share
	List    []string
}

// ListSeparator is between the elements of a List in formats that have no lists.
const ListSeparator = ";"

func join(list []string) string { return strings.Join(list, ListSeparator) }

func text(s string) Value { return Value{Text: s} }

func boolean(b bool) Value {
	if b {
		return Value{Integer: 1}
	}
	return Value{}
}

func optional(s *string) Value {
	if s == nil {
		return Value{Null: true}
	}
	return Value{Text: *s}
}
