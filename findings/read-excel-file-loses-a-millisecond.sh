#!/usr/bin/env bash
# read-excel-file gives 448 of the 1,440 minutes of a day as the millisecond before.
#
# One would expect a cell with the time 09:30 to be read as 09:30:00.000: Excel stores it as a fraction of a day, and
# readers round the product to milliseconds, as exceljs does.
# What happens (read-excel-file 9.3.17): the product is cut off, so that 09:30 is 09:29:59.999 and "before 09:30" in
# every comparison, and a formatter without seconds shows 09:29. Midnight itself is exact: days are right.
# Source: https://gitlab.com/catamphetamine/read-excel-file; npm read-excel-file 9.3.17, exceljs 4.4.0
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error read-excel-file@9.3.17 exceljs@4.4.0 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import ExcelJS from 'exceljs';
import readExcel from 'read-excel-file/node';
console.log('read-excel-file', JSON.parse(readFileSync('node_modules/read-excel-file/package.json')).version);
const minute = (i) => Date.UTC(2026, 9, 1, 0, i);
const book = new ExcelJS.Workbook(), sheet = book.addWorksheet('visits');
for (let i = 0; i < 1440; i++) sheet.addRow([new Date(minute(i))]).getCell(1).numFmt = 'dd/mm/yyyy hh:mm';
await book.xlsx.writeFile('visits.xlsx');
const [{ data }] = await readExcel('visits.xlsx');
const off = data.filter(([time], i) => +time - minute(i) === -1).length;
const exact = data.filter(([time], i) => +time === minute(i)).length;
const again = new ExcelJS.Workbook();
await again.xlsx.readFile('visits.xlsx');
let same = 0;
again.worksheets[0].eachRow((row, i) => { if (+row.getCell(1).value === minute(i - 1)) same++; });
console.log('09:30 is read as', data[570][0].toISOString());
console.log(off, 'minutes are a millisecond early,', exact, 'exact; exceljs reads', same, 'of them exactly');
process.exit(off === 448 && exact === 992 && same === 1440 ? 0 : 1);
JS
node run.mjs
