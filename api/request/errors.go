package request

import (
	"fmt"

	"tungnha/data"
	"tungnha/internal/problem"
)

// NotFoundError names what a path refers to and the programme does not have.
type NotFoundError struct{ What, Code string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no %s %q", e.What, e.Code) }

// NotFound returns a *NotFoundError.
func NotFound(what, code string) error { return &NotFoundError{what, code} }

// NoAreaError names an area that the boundaries of a day do not have.
type NoAreaError struct {
	Code string
	On   data.Date
}

func (e *NoAreaError) Error() string { return fmt.Sprintf("there is no area %q on %s", e.Code, e.On) }

// NoArea returns a *NoAreaError.
func NoArea(code string, on data.Date) error { return &NoAreaError{code, on} }

// Parameter returns a *problem.ParameterError of a part of the request: query, path or body.
func Parameter(in, name, value string, p *problem.Problem) error {
	return &problem.ParameterError{In: in, Name: name, Value: value, Problem: p}
}

// MediaTypeError is a body of a type that the route does not read.
type MediaTypeError struct{ Got, Want string }

func (e *MediaTypeError) Error() string {
	return fmt.Sprintf("content type %q: want %s", e.Got, e.Want)
}

// MediaType returns a *MediaTypeError.
func MediaType(got, want string) error { return &MediaTypeError{got, want} }

// SyntaxError is a body that is not JSON, or not all of it. Offset is in bytes.
type SyntaxError struct {
	Reason string
	Offset int64
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("body: %s (at byte %d)", e.Reason, e.Offset) }

// Syntax returns a *SyntaxError.
func Syntax(reason string, offset int64) error { return &SyntaxError{reason, offset} }
