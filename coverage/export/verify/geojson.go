package verify

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tungnha/coverage/export"
)

// feature is a feature as a file has it.
type feature struct {
	Geometry   json.RawMessage            `json:"geometry"`
	Properties map[string]json.RawMessage `json:"properties"`
	Metadata   *export.Metadata           `json:"metadata"`
}

func (f *File) openGeoJSON() error {
	d := json.NewDecoder(bufio.NewReaderSize(f.f, 1<<16))
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	head := make(map[string]json.RawMessage)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if name == "features" {
			if err := expect(d, json.Delim('[')); err != nil {
				return err
			}
			break
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		head[name.(string)] = value
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &f.Metadata); err != nil {
		return fmt.Errorf("what stands before the features: %w", err)
	}
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		fields := make([]string, len(f.Columns))
		for n := 0; d.More(); n++ {
			if err := f.passFeature(ctx, d, n, fields, yield); err != nil {
				return err
			}
		}
		return expect(d, json.Delim(']')) // a file that was cut short ends before it
	}
	return nil
}

func expect(d *json.Decoder, want json.Delim) error {
	switch got, err := d.Token(); {
	case err != nil:
		return fmt.Errorf("at byte %d, where %v should be: %w", d.InputOffset(), want, err)
	case got != want:
		return fmt.Errorf("at byte %d: %v, want %v", d.InputOffset(), got, want)
	}
	return nil
}

// openFeatures opens features one after the other, each after a record separator or not.
func (f *File) openFeatures() error {
	first := json.NewDecoder(withoutSeparators(f.f))
	var one feature
	if err := first.Decode(&one); err != nil {
		return fmt.Errorf("first feature: %w", err)
	}
	if one.Metadata == nil {
		return errNotExported
	}
	f.Metadata = *one.Metadata
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		if _, err := f.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		d := json.NewDecoder(withoutSeparators(f.f))
		fields := make([]string, len(f.Columns))
		for n := 0; ; n++ {
			switch err := f.passFeature(ctx, d, n, fields, yield); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
		}
	}
	return nil
}

// withoutSeparators reads what r has with record separators as white space.
func withoutSeparators(r io.Reader) io.Reader { return &unseparated{bufio.NewReaderSize(r, 1<<16)} }

type unseparated struct{ r io.Reader }

func (u *unseparated) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	for i, c := range b[:n] {
		if c == 0x1e {
			b[i] = '\n'
		}
	}
	return n, err
}

func (f *File) passFeature(ctx context.Context, d *json.Decoder, n int, fields []string,
	yield func(fileRow) error) error {
	if n%contextRows == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	var one feature
	if err := d.Decode(&one); err != nil {
		if errors.Is(err, io.EOF) {
			return err
		}
		return fmt.Errorf("feature %d: %w", n+1, err)
	}
	for i := range f.Columns {
		c := &f.Columns[i]
		value, ok := one.Properties[c.Name]
		if !ok {
			return fmt.Errorf("feature %d has no property %s", n+1, c.Name)
		}
		var err error
		if fields[i], err = jsonField(c.Type, value); err != nil {
			return fmt.Errorf("feature %d: %s: %w", n+1, c.Name, err)
		}
	}
	geometry := []byte(one.Geometry)
	if string(geometry) == "null" {
		geometry = nil
	}
	return yield(fileRow{fields, geometry})
}

// jsonField returns a JSON value as a field. Numbers are written as in the file.
func jsonField(t export.Type, value json.RawMessage) (s string, err error) {
	if string(value) == "null" {
		return "", nil
	}
	switch t {
	case export.Text, export.Day:
		err = json.Unmarshal(value, &s)
		return s, err
	case export.List:
		var list []string
		err = json.Unmarshal(value, &list)
		return strings.Join(list, export.ListSeparator), err
	}
	return string(value), nil
}
