#!/usr/bin/env bash
# SheetJS gives the days of a workbook as 23:59:30 of the day before where the time zone is Việt Nam's.
#
# One would expect a cell with the day 2026-10-01 to become midnight of that day in the local zone (or in UTC), as it
# does in most zones.
# What happens (xlsx 0.18.5, cellDates: true, TZ=Asia/Ho_Chi_Minh): 2026-09-30 23:59:30, so that every visit of a
# register is on the day before. Serial days are counted from the end of 1899 in the local zone, whose offset was +7:06:30
# there; of such an offset the seconds get lost. Tokyo, whose offset was a whole hour by then, is exact; Bangkok
# is 4 seconds early, for its +6:42:04.
# Source: https://git.sheetjs.com/sheetjs/sheetjs (datenum, numdate), IANA tz database, asia: Asia/Ho_Chi_Minh; npm xlsx 0.18.5
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error xlsx@0.18.5 exceljs@4.4.0 >/dev/null
cat >run.cjs <<'JS'
const XLSX = require('xlsx'), ExcelJS = require('exceljs');
(async () => {
  const book = new ExcelJS.Workbook(), sheet = book.addWorksheet('visits');
  sheet.addRow([new Date(Date.UTC(2026, 9, 1))]).getCell(1).numFmt = 'dd/mm/yyyy';
  await book.xlsx.writeFile('visits.xlsx');
  const read = XLSX.readFile('visits.xlsx', { cellDates: true }).Sheets.visits.A1.v;
  const two = (n) => String(n).padStart(2, '0');
  console.log(process.env.TZ, `${read.getFullYear()}-${two(read.getMonth() + 1)}-${two(read.getDate())}`, read.toTimeString().slice(0, 8));
})();
JS
echo "xlsx $(node -p "require('xlsx/package.json').version")"
seen=$(for zone in Asia/Ho_Chi_Minh Asia/Bangkok Asia/Tokyo UTC; do TZ=$zone node run.cjs; done)
echo "$seen"
[ "$seen" = "Asia/Ho_Chi_Minh 2026-09-30 23:59:30
Asia/Bangkok 2026-09-30 23:59:56
Asia/Tokyo 2026-10-01 00:00:00
UTC 2026-10-01 00:00:00" ]
