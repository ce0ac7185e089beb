#!/usr/bin/env bash
# One JavaScript engine has two lunar new years for 2027, and neither of its calendars is Việt Nam's.
#
# No runtime has a Vietnamese calendar, so the Chinese one is what is used to know when Tết closes a programme's offices.
# One would expect Intl and Temporal of one engine to agree on it, and to differ from Tết only in the rare years in
# which the new moon is between 23:00 and midnight in Hà Nội.
# What happens (Node 26.10.0, ICU 78.3): Intl.DateTimeFormat has the first day of 2027 on 7 February, Temporal on 6
# February, which is the day in China and in Việt Nam (new moon 15:56 UTC). For 2030 it is the other way: Intl's 2 February
# is a day early for China and Tết by accident, Temporal's 3 February is China's. From 1976 to 2100, date-holidays 3.37.0
# (calendar "vietnamese") differs from Temporal in 1985 (a month), 2007, 2030 and 2053.
# Source: https://tc39.es/proposal-temporal (calendars are those of CLDR); npm node 26.10.0, date-holidays 3.37.0
set -euo pipefail
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --loglevel=error node@26.10.0 date-holidays@3.37.0 >/dev/null
cat >run.mjs <<'JS'
import Holidays from 'date-holidays';
console.log('Node', process.versions.node, 'ICU', process.versions.icu);
const format = new Intl.DateTimeFormat('en-u-ca-chinese', { timeZone: 'UTC', month: 'numeric', day: 'numeric' });
const vietnam = new Holidays('VN');
const firstDay = (year, isFirst) => {
  for (let day = Temporal.PlainDate.from({ year, month: 1, day: 18 }); day.year === year; day = day.add({ days: 1 }))
    if (isFirst(day)) return day.toString();
};
const byIntl = (day) => format.format(Date.UTC(day.year, day.month - 1, day.day)) === '1/1';
const byTemporal = (day) => {
  const lunar = day.withCalendar('chinese');
  return lunar.monthCode === 'M01' && lunar.day === 1;
};
const engine = [], tet = [];
for (let year = 1976; year <= 2100; year++) {
  const intl = firstDay(year, byIntl), temporal = firstDay(year, byTemporal);
  const viet = vietnam.getHolidays(year).find((h) => h.rule.startsWith('vietnamese 1-0-1')).date.slice(0, 10);
  if (intl !== temporal) engine.push(`${intl}/${temporal}`);
  if (viet !== temporal) tet.push(`${temporal}/${viet}`);
}
console.log('Intl/Temporal:', engine.join(' '));
console.log('Temporal/Tết:', tet.join(' '));
process.exit(engine.join() === '2027-02-07/2027-02-06,2030-02-02/2030-02-03' &&
  tet.join() === '1985-02-20/1985-01-21,2007-02-18/2007-02-17,2030-02-03/2030-02-02,2053-02-19/2053-02-18' ? 0 : 1);
JS
node_modules/.bin/node run.mjs
