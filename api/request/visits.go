package request

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"tungnha/internal/problem"
)

// ReadVisits splits the array that a body is into its elements, whatever they are. An array of more than most is a
// *problem.ParameterError, broken JSON a *SyntaxError.
func ReadVisits(body io.Reader, most int) ([]json.RawMessage, error) {
	d := json.NewDecoder(body)
	start, err := d.Token()
	if err != nil {
		return nil, bodyError(err, d)
	}
	if start != json.Delim('[') {
		return nil, Parameter("body", "", "", problem.WantVisits())
	}
	var sent []json.RawMessage
	for d.More() {
		if len(sent) == most {
			return nil, Parameter("body", "", "", problem.TooManyVisits(most))
		}
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return nil, bodyError(err, d)
		}
		sent = append(sent, one)
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return nil, bodyError(err, d)
	}
	if _, err := d.Token(); err != io.EOF {
		if err == nil {
			return nil, Syntax("there is more after the array", d.InputOffset())
		}
		return nil, bodyError(err, d)
	}
	return sent, nil
}

// bodyError distinguishes broken JSON from a connection that broke.
func bodyError(err error, d *json.Decoder) error {
	var (
		syntax   *json.SyntaxError
		tooLarge *http.MaxBytesError
		broken   net.Error
	)
	switch {
	case errors.As(err, &syntax):
		return Syntax(syntax.Error(), syntax.Offset)
	case errors.Is(err, io.EOF):
		return Syntax("the body is empty", d.InputOffset())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Syntax("the body ends before the array does", d.InputOffset())
	case errors.As(err, &tooLarge), errors.As(err, &broken), errors.Is(err, context.Canceled):
		return fmt.Errorf("read visits: %w", err)
	}
	// What is left is of the framing, such as a chunk without a length; net/http has no type for it.
	return Syntax(err.Error(), d.InputOffset())
}
