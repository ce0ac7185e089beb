#!/usr/bin/env bash
# Four readers of the same workbook give a commune's code, a long id and a Vietnamese day four ways.
#
# Registers keep codes as numbers with a format (82 shown as 00082), citizens' and household ids of twelve digits as
# numbers, and days in the format that Excel uses in Vietnamese, [$-42A]dd/mm/yyyy;@. One would expect a reader's
# formatted value to be what Excel shows or, failing that, the number itself.
# What happens, as "code, id, day":
#   excelize 2.11.1 (formatted)       00082   1.23456789E+11     01/10/2026: the id has lost its last three digits, and
#                                     Excel itself would show 1.23457E+11
#   tealeg/xlsx 3.3.13 (formatted)    82      1.23456789012E+11  [$-01A]01/10/2026: the zeros are gone, and the locale's tag
#                                     is shown with its digits taken as Go's reference time: 4 is the minute, 2 the day
#   thedatashed/xlsxreader 1.2.8      82      123456789012       2026-10-01: no format but those of dates
# So neither the formatted nor the raw value alone is right: codes need the format, ids the number, days the type.
# Source: the modules' documentation; ECMA-376 part 1, 18.8.30 and 18.8.31 (numFmts)
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
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
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tealeg/xlsx/v3"
	"github.com/thedatashed/xlsxreader"
	"github.com/xuri/excelize/v2"
)

func main() {
	f := excelize.NewFile()
	set := func(cell string, value any, format string) {
		must(f.SetCellValue("Sheet1", cell, value))
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		must(err)
		must(f.SetCellStyle("Sheet1", cell, cell, style))
	}
	set("A1", 82, "00000")
	set("B1", 123456789012, "General")
	set("C1", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), `[$-42A]dd/mm/yyyy;@`)
	must(f.SaveAs("register.xlsx"))

	got := map[string][]string{}
	f, err := excelize.OpenFile("register.xlsx")
	must(err)
	rows, err := f.GetRows("Sheet1")
	must(err)
	got["excelize"] = rows[0]

	t, err := xlsx.OpenFile("register.xlsx")
	must(err)
	must(t.Sheets[0].ForEachRow(func(r *xlsx.Row) error {
		return r.ForEachCell(func(c *xlsx.Cell) error {
			text, err := c.FormattedValue()
			got["tealeg"] = append(got["tealeg"], text)
			return err
		})
	}))

	x, err := xlsxreader.OpenFile("register.xlsx")
	must(err)
	for row := range x.ReadRows(x.Sheets[0]) {
		for _, c := range row.Cells {
			got["xlsxreader"] = append(got["xlsxreader"], c.Value)
		}
	}
	changed := false
	for _, want := range []struct{ name, cells string }{
		{"excelize", "00082, 1.23456789E+11, 01/10/2026"},
		{"tealeg", "82, 1.23456789012E+11, [$-01A]01/10/2026"},
		{"xlsxreader", "82, 123456789012, 2026-10-01"},
	} {
		cells := strings.Join(got[want.name], ", ")
		fmt.Println(want.name, cells)
		changed = changed || cells != want.cells
	}
	if changed {
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
GO
go mod tidy >/dev/null 2>&1
go list -m github.com/xuri/excelize/v2 github.com/tealeg/xlsx/v3 github.com/thedatashed/xlsxreader
go run .
