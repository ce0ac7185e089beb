package export

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"
)

// maxSheetRows is how many rows a worksheet holds, its header among them.
const maxSheetRows = 1 << 20

// writeXLSX writes a workbook: a sheet of typed cells under a frozen header, and a sheet
// that says what each column means and what the figures stand on.
func (t *Table) writeXLSX(ctx context.Context, w io.Writer) (err error) {
	book := excelize.NewFile()
	defer func() {
		if closing := book.Close(); err == nil {
			err = closing
		}
		if err != nil {
			err = fmt.Errorf("write XLSX: %w", err)
		}
	}()
	sheet := string(t.Layer)
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	if err := t.writeSheet(ctx, book, sheet); err != nil {
		return err
	}
	if err := t.writeDefinitions(book); err != nil {
		return err
	}
	return book.Write(w)
}

func (t *Table) writeSheet(ctx context.Context, book *excelize.File, sheet string) error {
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	percent, err := book.NewStyle(&excelize.Style{NumFmt: 10}) // 0.00%
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for i := range t.Columns {
		cells[i] = excelize.Cell{StyleID: bold, Value: t.Columns[i].Name}
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	n := 1
	err = t.Each(ctx, func(_ orb.Geometry, values []Value) error {
		if n++; n > maxSheetRows {
			return fmt.Errorf("a worksheet holds %d rows: ask for a smaller area, or for CSV", maxSheetRows-1)
		}
		for i := range values {
			cells[i] = typed(&t.Columns[i], &values[i], percent)
		}
		return out.SetRow(fmt.Sprintf("A%d", n), cells)
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// typed returns a value as a cell of its own type. Texts are never formulas in XLSX.
func typed(c *Column, v *Value, percent int) any {
	if v.Null {
		return nil
	}
	switch c.Type {
	case Integer:
		return v.Integer
	case Real:
		switch c.Name {
		case "lon", "lat", "visits_per_day", "gi_z", "gi_p", "gi_q": // all others are shares
			return v.Real
		}
		return excelize.Cell{StyleID: percent, Value: v.Real}
	case Boolean:
		return v.Integer != 0
	case List:
		return join(v.List)
	default:
		return v.Text
	}
}

func (t *Table) writeDefinitions(book *excelize.File) error {
	const sheet = "definitions"
	if _, err := book.NewSheet(sheet); err != nil {
		return err
	}
	rows := [][]any{
		{"column", "meaning", "ý nghĩa"},
	}
	for _, c := range t.Columns {
		rows = append(rows, []any{c.Name, c.EN, c.VI})
	}
	from := t.From
	if from == "" {
		from = "…"
	}
	rows = append(rows, nil,
		[]any{"window", from + " – " + t.To, "kỳ"},
		[]any{"boundaries", t.Boundaries, "ranh giới tại ngày"},
		[]any{"boundaries hold", cmp.Or(t.BoundariesFrom, "…") + " – " + cmp.Or(t.BoundariesTo, "…"), "ranh giới có hiệu lực"},
		[]any{"data version", t.Version, "phiên bản dữ liệu"},
		[]any{"definition version", Definition, "phiên bản định nghĩa"})
	for i, row := range rows {
		if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	return book.SetColWidth(sheet, "A", "C", 40)
}
