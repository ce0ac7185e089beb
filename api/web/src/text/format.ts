// Numbers and dates as a reader of the language writes them.
import { isDay, type Lang } from '../view/view';

const locales: Record<Lang, string> = { vi: 'vi-VN', en: 'en-GB' };

const counts = mapLangs((locale) => new Intl.NumberFormat(locale));
const compacts = mapLangs((locale) => new Intl.NumberFormat(locale, { notation: 'compact' }));
const rates = mapLangs((locale) =>
  [0, 1].map(
    (digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ),
);
const dates = mapLangs(
  (locale) =>
    new Intl.DateTimeFormat(
      locale,
      locale === 'vi-VN'
        ? { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' }
        : { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' },
    ),
);
const moments = mapLangs(
  (locale) =>
    new Intl.DateTimeFormat(locale, {
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
      day: '2-digit',
      month: '2-digit',
      year: 'numeric',
      timeZone: 'Asia/Ho_Chi_Minh',
    }),
);
const months = mapLangs(
  (locale) => new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }),
);
const relatives = mapLangs((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
const collators = mapLangs((locale) => new Intl.Collator(locale, { numeric: true }));

function mapLangs<T>(make: (locale: string) => T): Record<Lang, T> {
  return { vi: make(locales.vi), en: make(locales.en) };
}

/** 48102 → 48.102 or 48,102. */
export function count(value: number, lang: Lang): string {
  return counts[lang].format(value);
}

/** 20000 → 20 N (nghìn) or 20K: where there is little room. */
export function compact(value: number, lang: Lang): string {
  return compacts[lang].format(value);
}

/** 0.2349 → 23,5 % or 23.5%. Only nothing reads 0 and only everything reads 100: what
 * rounding would carry there is written with a sign instead. */
export function percent(rate: number, lang: Lang, digits: 0 | 1 = 1): string {
  const step = digits === 0 ? 1 : 0.1;
  const value = rate * 100;
  const format = rates[lang][digits]!;
  const write = (sign: string, number: number) => sign + format.format(number) + (lang === 'vi' ? '\u00a0%' : '%');
  if (value > 0 && value < step / 2) return write('<\u202f', step);
  if (value < 100 && value > 100 - step / 2) return write('>\u202f', 100 - step);
  return write('', value);
}

/** A change of a rate in percentage points, with its sign: 0.034 → +3,4 or +3.4. */
export function points(change: number, lang: Lang): string {
  const value = Math.round(change * 1000) / 10;
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return sign + rates[lang][1]!.format(Math.abs(value));
}

/** 2026-03-01 → 01/03/2026 or 1 Mar 2026. A month, 2026-03, is written as one. */
export function date(day: string, lang: Lang): string {
  if (isMonth(day)) return month(day, lang);
  return dates[lang].format(new Date(`${day}T00:00:00Z`));
}

/** Whether a text is a month, 2026-03, and not a day. */
export function isMonth(text: string): boolean {
  return /^\d{4}-\d{2}$/.test(text);
}

/** 2026-03 → tháng 3/2026 or March 2026. */
export function month(text: string, lang: Lang): string {
  const [year, number] = text.split('-');
  return lang === 'vi' ? `tháng ${Number(number)}/${year}` : months.en.format(new Date(`${text}-01T00:00:00Z`));
}

/** 2026-03-01 → 01/03/2026, as a text field shows it in both languages. */
export function writeDay(day: string): string {
  return day.split('-').reverse().join('/');
}

/** 1/3/2026, 01.03.2026, 01032026 or 2026-03-01 → 2026-03-01; null: no such day. */
export function readDay(text: string): string | null {
  const match = /^\s*(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})\s*$/.exec(text) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(text);
  const day = match ? `${match[3]}-${match[2]!.padStart(2, '0')}-${match[1]!.padStart(2, '0')}` : text.trim();
  return isDay(day) ? day : null;
}

/** 2026-03-01T07:05:00Z → 14:05 01/03/2026 or 01/03/2026, 14:05: on the clocks of Việt Nam. */
export function moment(instant: string, lang: Lang): string {
  return moments[lang].format(new Date(instant));
}

/** How long ago a day was, seen from another: 9 ngày trước, 9 days ago, 4 months ago. */
export function ago(day: string, today: string, lang: Lang): string {
  const days = Math.round((Date.parse(today) - Date.parse(day)) / 86_400_000);
  const relative = relatives[lang];
  const words =
    days < 60
      ? relative.format(-days, 'day')
      : days < 730
        ? relative.format(-Math.round(days / 30.44), 'month')
        : relative.format(-Math.round(days / 365.25), 'year');
  return words.toLocaleLowerCase(lang); // Vietnamese begins "Hôm qua" with a capital
}

/** Sorts names as the language does, with numbers in them by value: Tổ 2 before Tổ 10. */
export function compareNames(a: string, b: string, lang: Lang): number {
  return collators[lang].compare(a, b);
}

/** A name without its marks, as people type it in a hurry: Đà Nẵng → da nang. */
export function fold(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
}
