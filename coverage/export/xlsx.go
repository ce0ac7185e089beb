package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"

	"tungnha/data"
)

// maxSheetRows is the most rows of a worksheet, its header among them.
const maxSheetRows = 1 << 20

// writeXLSX writes a workbook: typed cells under a frozen header, on more sheets where one
// has too few rows, and a sheet that describes each column and what the figures
// are based on.
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
	if err := book.SetSheetName("Sheet1", string(t.Layer)); err != nil {
		return err
	}
	sheets := workbook{table: t, book: book, most: maxSheetRows}
	if err := sheets.write(ctx); err != nil {
		return err
	}
	if err := t.writeDefinitions(book); err != nil {
		return err
	}
	return book.Write(w)
}

// workbook writes the rows of a table to sheets.
type workbook struct {
	table *Table
	book  *excelize.File
	most  int // rows of a sheet

	bold, percent, date int // styles
	sheets              int
	out                 *excelize.StreamWriter
	rows                int // of the current sheet, its header among them
	cells               []any
}

func (b *workbook) write(ctx context.Context) (err error) {
	for _, style := range []struct {
		id *int
		is excelize.Style
	}{
		{&b.bold, excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&b.percent, excelize.Style{NumFmt: 10}}, // 0.00%
		{&b.date, excelize.Style{NumFmt: 14}},    // as the reader's country writes days
	} {
		if *style.id, err = b.book.NewStyle(&style.is); err != nil {
			return err
		}
	}
	b.cells = make([]any, len(b.table.Columns))
	if err := b.begin(); err != nil {
		return err
	}
	err = b.table.Each(ctx, func(_ orb.Geometry, values []Value) error {
		if b.rows == b.most {
			if err := b.out.Flush(); err != nil {
				return err
			}
			if err := b.begin(); err != nil {
				return err
			}
		}
		for i := range values {
			if b.cells[i], err = b.cell(b.table.Columns[i].Type, &values[i]); err != nil {
				return err
			}
		}
		b.rows++
		return b.out.SetRow(fmt.Sprintf("A%d", b.rows), b.cells)
	})
	if err != nil {
		return err
	}
	return b.out.Flush()
}

// begin begins a sheet with its header. The first one is there already.
func (b *workbook) begin() (err error) {
	name := string(b.table.Layer)
	if b.sheets++; b.sheets > 1 {
		name = fmt.Sprintf("%s %d", name, b.sheets)
		if _, err := b.book.NewSheet(name); err != nil {
			return err
		}
	}
	if b.out, err = b.book.NewStreamWriter(name); err != nil {
		return err
	}
	if err := b.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2",
		ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i := range b.table.Columns {
		b.cells[i] = excelize.Cell{StyleID: b.bold, Value: b.table.Columns[i].Name}
	}
	b.rows = 1
	return b.out.SetRow("A1", b.cells)
}

// cell returns a value as a cell of its own type. Texts are never formulas in XLSX.
func (b *workbook) cell(t Type, v *Value) (any, error) {
	if v.Null {
		return nil, nil
	}
	switch t {
	case Integer:
		return v.Integer, nil
	case Real, Degrees:
		return v.Real, nil
	case Share:
		return excelize.Cell{StyleID: b.percent, Value: v.Real}, nil
	case Boolean:
		return v.Integer != 0, nil
	case Day:
		day, err := data.ParseDate(v.Text)
		return excelize.Cell{StyleID: b.date, Value: int(day) + SerialShift}, err
	case List:
		return join(v.List), nil
	default:
		return v.Text, nil
	}
}

// SerialShift is the difference between the number of a day in a workbook and its data.Date (days since 1899-12-31):
// workbooks count a 29th of February 1900, which never existed.
const SerialShift = 1

func (t *Table) writeDefinitions(book *excelize.File) error {
	if _, err := book.NewSheet(DefinitionSheet); err != nil {
		return err
	}
	rows := [][]any{{"column", "meaning", "ý nghĩa"}}
	for _, c := range t.Columns {
		rows = append(rows, []any{c.Name, c.EN, c.VI})
	}
	meta, err := json.Marshal(&t.Metadata)
	if err != nil {
		return err
	}
	smallCounts := "shown / có hiện"
	if !t.SmallCounts {
		smallCounts = "hidden, others rounded; they need not add up / ẩn, số khác làm tròn; cộng lại có thể không khớp"
	}
	rows = append(rows, nil,
		[]any{"window", orEllipsis(t.From) + " – " + Bound(t.To), "kỳ"},
		[]any{"boundaries", t.Boundaries, "ranh giới tại ngày"},
		[]any{"boundaries hold", orEllipsis(t.BoundariesFrom) + " – " + orEllipsis(t.BoundariesTo),
			"ranh giới có hiệu lực"},
		[]any{"data version", t.Version, "phiên bản dữ liệu"},
		[]any{"definition version", Definition, "phiên bản định nghĩa"},
		[]any{"counts below 10", smallCounts, "số liệu dưới 10"},
		[]any{"total: households", known(t.Total.Count("households")), "tổng: số hộ thuộc diện"},
		[]any{"total: reached", known(t.Total.Count("reached")), "tổng: hộ đã hoàn thành"},
		[]any{"total: visits", known(t.Total.Count("visits")), "tổng: lượt thăm"},
		[]any{MetadataLabel, string(meta), "siêu dữ liệu, để đối chiếu bằng tungnha verify"})
	for i, row := range rows {
		if err := book.SetSheetRow(DefinitionSheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	return book.SetColWidth(DefinitionSheet, "A", "C", 40)
}

// known returns a count as a cell; one that is kept back is empty.
func known(n *uint32) any {
	if n == nil {
		return nil
	}
	return *n
}
