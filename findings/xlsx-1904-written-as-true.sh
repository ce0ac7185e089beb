#!/usr/bin/env bash
# Two readers overlook the 1904 date system where the flag is written true: days are four years and a day early.
#
# The workbook's flag date1904 is an XML Schema boolean: Excel for Mac writes "1", excelize writes "true", both are valid.
# One would expect readers to take both, or neither.
# What happens: exceljs 4.4.0 and read-excel-file 9.3.17 take "1" and overlook "true": 2026-10-01 is read as 2022-09-30.
# thedatashed/xlsxreader 1.2.8 takes neither. SheetJS 0.18.5 and tealeg/xlsx 3.3.13 take both.
# Source: ECMA-376 part 1, 18.2.28 (workbookPr) and 22.9 (ST_OnOff); excelize 2.11.1
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error xlsx@0.18.5 exceljs@4.4.0 read-excel-file@9.3.17 >/dev/null
cat >go.mod <<'MOD'
module finding

go 1.26

require (
	github.com/tealeg/xlsx/v3 v3.3.13
	github.com/thedatashed/xlsxreader v1.2.8
	github.com/xuri/excelize/v2 v2.11.1
)
MOD
cat >main.go <<'GO'
package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tealeg/xlsx/v3"
	"github.com/thedatashed/xlsxreader"
	"github.com/xuri/excelize/v2"
)

// main writes true.xlsx, with the flag as excelize writes it, and 1.xlsx, with the flag as Excel does, and reads both.
func main() {
	f := excelize.NewFile()
	yes, format := true, "yyyy-mm-dd"
	must(f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
	must(f.SetCellValue("Sheet1", "A1", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)))
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	must(err)
	must(f.SetCellStyle("Sheet1", "A1", "A1", style))
	must(f.SaveAs("true.xlsx"))

	in, err := zip.OpenReader("true.xlsx")
	must(err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, member := range in.File {
		r, err := member.Open()
		must(err)
		text, err := io.ReadAll(r)
		must(err)
		m, err := w.Create(member.Name)
		must(err)
		_, err = m.Write(bytes.Replace(text, []byte(`date1904="true"`), []byte(`date1904="1"`), 1))
		must(err)
	}
	must(w.Close())
	must(os.WriteFile("1.xlsx", out.Bytes(), 0o644))

	for _, flag := range []string{"1", "true"} {
		t, err := xlsx.OpenFile(flag + ".xlsx")
		must(err)
		cell, err := t.Sheets[0].Cell(0, 0)
		must(err)
		day, err := cell.GetTime(t.Date1904)
		must(err)
		x, err := xlsxreader.OpenFile(flag + ".xlsx")
		must(err)
		for row := range x.ReadRows(x.Sheets[0]) {
			fmt.Printf("%s: tealeg %s, xlsxreader %s\n", flag, day.Format(time.DateOnly), row.Cells[0].Value)
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
GO
cat >run.mjs <<'JS'
import ExcelJS from 'exceljs';
import readExcel from 'read-excel-file/node';
import XLSX from 'xlsx';
for (const flag of ['1', 'true']) {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(flag + '.xlsx');
  const day = (d) => d.toISOString().slice(0, 10);
  const [{ data }] = await readExcel(flag + '.xlsx');
  console.log(`${flag}: SheetJS ${XLSX.readFile(flag + '.xlsx').Sheets.Sheet1.A1.w}, exceljs ${day(book.worksheets[0].getCell('A1').value)}, read-excel-file ${day(data[0][0])}`);
}
JS
go mod tidy >/dev/null 2>&1
go list -m github.com/xuri/excelize/v2 github.com/tealeg/xlsx/v3 github.com/thedatashed/xlsxreader
node -p "['xlsx', 'exceljs', 'read-excel-file'].map((n) => n + ' ' + JSON.parse(require('fs').readFileSync('node_modules/' + n + '/package.json')).version).join('\n')"
seen=$(go run . && node run.mjs)
echo "$seen"
[ "$seen" = "1: tealeg 2026-10-01, xlsxreader 2022-09-30
true: tealeg 2026-10-01, xlsxreader 2022-09-30
1: SheetJS 2026-10-01, exceljs 2026-10-01, read-excel-file 2026-10-01
true: SheetJS 2026-10-01, exceljs 2022-09-30, read-excel-file 2022-09-30" ]
