package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tungnha/coverage/export"
	"tungnha/data"
)

// maxUnzipped is how large a workbook may be once it is unpacked: a million rows of every
// column are some gigabytes.
const maxUnzipped = 16 << 30

func (f *File) openXLSX() error {
	book, err := excelize.OpenReader(f.f, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped})
	if err != nil {
		return err
	}
	f.inner = book
	definitions, err := book.GetRows(export.DefinitionSheet)
	if err != nil {
		return errNotExported
	}
	for _, row := range definitions {
		if len(row) > 1 && row[0] == export.MetadataLabel {
			if err := json.Unmarshal([]byte(row[1]), &f.Metadata); err != nil {
				return fmt.Errorf("sheet %s: %w", export.DefinitionSheet, err)
			}
		}
	}
	f.shapes = false
	f.each = func(ctx context.Context, yield func(fileRow) error) error {
		for _, sheet := range book.GetSheetList() {
			if sheet == export.DefinitionSheet {
				continue
			}
			if err := f.passSheet(ctx, book, sheet, yield); err != nil {
				return fmt.Errorf("sheet %s: %w", sheet, err)
			}
		}
		return nil
	}
	return nil
}

func (f *File) passSheet(ctx context.Context, book *excelize.File, sheet string, yield func(fileRow) error) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	fields := make([]string, len(f.Columns))
	for n := 0; rows.Next(); n++ {
		if n%contextRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return err
		}
		if n == 0 {
			if err := f.checkHeader(cells); err != nil {
				return err
			}
			continue
		}
		if len(cells) > len(fields) {
			return fmt.Errorf("row %d has %d cells, want %d", n+1, len(cells), len(fields))
		}
		clear(fields)
		for i, text := range cells {
			if fields[i], err = sheetField(f.Columns[i].Type, text); err != nil {
				return fmt.Errorf("row %d: %s: %w", n+1, f.Columns[i].Name, err)
			}
		}
		if err := yield(fileRow{fields: fields}); err != nil {
			return err
		}
	}
	return rows.Error()
}

// sheetField returns the raw value of a cell as a field.
func sheetField(t export.Type, raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	switch t {
	case export.Boolean:
		return strconv.FormatBool(raw == "1" || strings.EqualFold(raw, "true")), nil
	case export.Day:
		serial, err := strconv.Atoi(raw)
		if err != nil || serial <= export.SerialShift || serial > int(data.MaxDate)+export.SerialShift {
			return "", fmt.Errorf("%q is no day", raw)
		}
		return data.Date(serial - export.SerialShift).String(), nil
	case export.Real, export.Degrees, export.Share:
		x, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return "", err
		}
		return string(export.AppendPlain(nil, t, &export.Value{Real: x})), nil
	}
	return raw, nil
}
