package verify

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tungnha/coverage/export"
)

// openCSV opens a CSV file by its description.
func (f *File) openCSV(description string) error {
	text, err := os.ReadFile(description)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: a CSV file has it beside it, in %s", errNotExported, filepath.Base(description))
	}
	if err != nil {
		return err
	}
	var d struct{ Notes []export.Metadata }
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(description), err)
	}
	if len(d.Notes) == 0 {
		return fmt.Errorf("%s: %w", filepath.Base(description), errNotExported)
	}
	f.Metadata, f.shapes = d.Notes[0], false
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		r := csv.NewReader(bufio.NewReaderSize(f.f, 1<<16))
		r.ReuseRecord = true
		r.FieldsPerRecord = len(f.Columns)
		header, err := r.Read()
		if err != nil {
			return err
		}
		if err := f.checkHeader(header); err != nil {
			return err
		}
		for n := 0; ; n++ {
			if n%contextRows == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			fields, err := r.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := yield(fileRow{fields: fields}); err != nil {
				return err
			}
		}
	}
	return nil
}
