// The view is what the map shows. It is read from and written to the URL, so that a link shows the same to everybody.

export type Measure = 'coverage' | 'attempts' | `uptake:${string}` | 'households' | 'days' | 'change' | 'spots';
export type By = 'cells' | 'hamlets' | 'communes';
export type Span = (typeof spans)[number];
/** A month, 2026-03; with two dots before it everything up to its end. */
export type Month = `${string}-${string}` | `..${string}`;
/** A quarter, 2026-Q3. */
export type Quarter = `${string}-Q${string}`;
/** Whole days, both inclusive; from is null for all up to the last. */
export interface Days {
  from: string | null;
  to: string;
}
export type Period = Span | Month | Quarter | { from: string; to: string };
/** The period that another is compared with: as long, right before it; its days a year before; or any days. */
export type Earlier = 'before' | 'year' | { from: string; to: string };
/** What is left of the swipe line: the earlier period, or the boundaries of a day. */
export type Beside = 'period' | { boundaries: string };
export type Lang = 'vi' | 'en';

export type Page = (typeof pages)[number];
export type PageParam = (typeof pageParamNames)[number];

export interface Camera {
  lat: number;
  lng: number;
  zoom: number;
}

export interface View {
  /** The camera of the map; null: the whole of the place. */
  camera: Camera | null;
  measure: Measure;
  by: By;
  period: Period;
  /** Code of the selected area; null: the whole programme. */
  place: string | null;
  /** Code in /communes/{code}: the commune whose page this is; null: the map of everything. */
  commune: string | null;
  /** The page of tables that this is; null: the map, or a commune's page. */
  page: Page | null;
  /** The parameters of a page of tables in the address: order, filters, the open row. */
  pageParams: Readonly<Partial<Record<PageParam, string>>>;
  earlier: Earlier;
  /** What the map is compared with; null: nothing. */
  beside: Beside | null;
  /** Whether the visible features are shown as a table. */
  table: boolean;
  /** Kinds of flags that are drawn and listed. */
  flags: readonly string[];
  /** The flag whose places are listed, low_uptake:payment among them; null: figures are shown. */
  list: string | null;
  lang: Lang;
}

/** Measures beside those of the skills. */
export const plainMeasures = ['coverage', 'attempts', 'households', 'days', 'change', 'spots'] as const;
export const bys: readonly By[] = ['hamlets', 'communes', 'cells'];
export const pages = ['teams', 'flags', 'data'] as const;
export const pageParamNames = ['q', 'sort', 'sign', 'level', 'team', 'import'] as const;
export const spans = ['30d', '90d', '365d', 'year', 'ever'] as const;

/** Every kind of flag that an area can have, the most urgent first. */
export const flagKinds = [
  'no_team',
  'unvisited',
  'barely_visited',
  'low_coverage',
  'low_uptake',
  'stale',
  'registry_gap',
] as const;
export type FlagKind = (typeof flagKinds)[number];

const initialFlags: readonly string[] = ['no_team', 'unvisited', 'barely_visited', 'low_uptake'];

export const initial: View = {
  camera: null,
  measure: 'coverage',
  by: 'hamlets',
  period: '90d',
  place: null,
  commune: null,
  page: null,
  pageParams: {},
  earlier: 'before',
  beside: null,
  table: false,
  flags: initialFlags,
  list: null,
  lang: 'vi',
};

/** Reads a view from a path and a query. What cannot be read falls back to the initial view. */
export function parseView(pathname: string, search: string): View {
  const query = new URLSearchParams(search);
  const commune = communeOf(pathname);
  const page = pages.find((name) => pathname === `/${name}` || pathname === `/${name}/`) ?? null;
  return {
    camera: parseCamera(query.get('at')),
    measure: parseMeasure(query.get('measure')),
    by: oneOf(bys, query.get('by')) ?? initial.by,
    period: parsePeriod(query.get('period')),
    place: query.get('place') || commune,
    commune,
    page,
    pageParams: page
      ? Object.fromEntries(pageParamNames.flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : [])))
      : {},
    earlier: parseEarlier(query.get('earlier')),
    beside: parseBeside(query.get('beside')),
    table: query.get('show') === 'table',
    flags: parseFlags(query.get('flags')),
    list: parseList(query.get('list')),
    lang: query.get('lang') === 'en' ? 'en' : 'vi',
  };
}

/** Writes a view as path and query, leaving out whatever is as it is initially. */
export function formatView(view: View): string {
  const parts: string[] = [];
  // Codes and keys are percent-encoded; the commas, colons and dots of our own stay readable.
  const add = (name: string, value: string) =>
    parts.push(`${name}=${encodeURIComponent(value).replace(/%2C/g, ',').replace(/%3A/g, ':')}`);

  if (view.camera) {
    const { lat, lng, zoom } = view.camera;
    add('at', `${trim(lat, 5)},${trim(lng, 5)},${trim(zoom, 2)}`);
  }
  if (view.measure !== initial.measure) add('measure', view.measure);
  if (view.by !== initial.by) add('by', view.by);
  if (view.period !== initial.period) {
    add('period', typeof view.period === 'string' ? view.period : range(view.period));
  }
  if (view.place && view.place !== view.commune) add('place', view.place);
  if (view.earlier !== initial.earlier)
    add('earlier', typeof view.earlier === 'string' ? view.earlier : range(view.earlier));
  if (view.beside) add('beside', view.beside === 'period' ? 'period' : view.beside.boundaries);
  if (view.table) add('show', 'table');
  if (!sameFlags(view.flags, initialFlags)) add('flags', view.flags.join(',') || 'none');
  if (view.list) add('list', view.list);
  for (const name of pageParamNames) if (view.page && view.pageParams[name]) add(name, view.pageParams[name]);
  if (view.lang !== initial.lang) add('lang', view.lang);

  const path = view.page ? `/${view.page}` : view.commune ? `/communes/${encodeURIComponent(view.commune)}` : '/';
  return parts.length ? `${path}?${parts.join('&')}` : path;
}

/** The days of a period; from is null for "ever". today is the server's. */
export function daysOf(period: Period, today: string): Days {
  switch (period) {
    case '30d':
    case '90d':
    case '365d':
      return { from: addDays(today, 1 - Number.parseInt(period, 10)), to: today };
    case 'year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
    case 'ever':
      return { from: null, to: today };
    default: {
      if (typeof period !== 'string') return period;
      const quarter = quarterOf(period);
      const month = quarter ?? monthOf(period)!;
      const end = addDays(`${addMonths(month, quarter ? 3 : 1)}-01`, -1);
      const to = end > today ? today : end;
      return { from: period.startsWith('..') ? null : `${month}-01`, to };
    }
  }
}

/** The days of the period that another is compared with. A period without a first day is compared with that of a
 * year before. */
export function earlierDays(earlier: Earlier, period: Period, today: string): Days {
  if (typeof earlier !== 'string') return earlier;
  const { from, to } = daysOf(period, today);
  if (earlier === 'year' || from === null) return { from: from && yearBefore(from), to: yearBefore(to) };
  const [month, quarter] = [monthOf(period), quarterOf(period)];
  if (month ?? quarter) return { from: `${addMonths((month ?? quarter)!, month ? -1 : -3)}-01`, to: addDays(from, -1) };
  const length = (Date.parse(to) - Date.parse(from)) / dayMs;
  return { from: addDays(from, -1 - length), to: addDays(from, -1) };
}

/** The month of a period by months, 2026-03; null of any other. */
export function monthOf(period: Period): string | null {
  return typeof period === 'string' && /^(\.\.)?\d{4}-\d{2}$/.test(period) ? period.slice(-7) : null;
}

/** The first month of a quarter, 2026-07; null of any other period. */
export function quarterOf(period: Period): string | null {
  const [, year, quarter] = (typeof period === 'string' && /^(\d{4})-Q([1-4])$/.exec(period)) || [];
  return year && quarter ? addMonths(`${year}-01`, 3 * (Number(quarter) - 1)) : null;
}

/** The same kind of period, of another month. */
export function withMonth(period: Period, month: string): Month {
  return (typeof period === 'string' && period.startsWith('..') ? `..${month}` : month) as Month;
}

export function addMonths(month: string, months: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const at = year * 12 + number - 1 + months;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
}

/** All months from the one of a day to that of another. */
export function monthsBetween(first: string, last: string): string[] {
  const months: string[] = [];
  for (let month = first.slice(0, 7); month <= last.slice(0, 7); month = addMonths(month, 1)) months.push(month);
  return months;
}

function yearBefore(day: string): string {
  const before = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
  return isDay(before) ? before : addDays(`${before.slice(0, 4)}-03-01`, -1); // 29 February
}

/** The skill whose uptake is shown, or null. */
export function skillOf(measure: Measure): string | null {
  return measure.startsWith('uptake:') ? measure.slice('uptake:'.length) : null;
}

const dayMs = 86_400_000;

export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function communeOf(pathname: string): string | null {
  const match = /^\/communes\/([^/]+)\/?$/.exec(pathname);
  if (!match?.[1]) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null; // a broken percent sign
  }
}

function parseCamera(text: string | null): Camera | null {
  const numbers = (text ?? '').split(',').map((part) => (part === '' ? Number.NaN : Number(part)));
  const [lat, lng, zoom] = numbers;
  if (numbers.length !== 3 || lat === undefined || lng === undefined || zoom === undefined) return null;
  const inside = Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= 24;
  return inside ? { lat, lng, zoom } : null; // NaN is inside nothing
}

function parseMeasure(text: string | null): Measure {
  const plain = oneOf(plainMeasures, text);
  if (plain) return plain;
  if (text && /^uptake:[\w-]+$/.test(text)) return text as Measure;
  return 'coverage';
}

function parsePeriod(text: string | null): Period {
  const span = oneOf(spans, text);
  if (span) return span;
  if (text && monthOf(text as Month) && isDay(`${text.slice(-7)}-01`)) return text as Month;
  if (text && quarterOf(text as Quarter)) return text as Quarter;
  return parseRange(text) ?? initial.period;
}

function parseEarlier(text: string | null): Earlier {
  return text === 'year' ? 'year' : (parseRange(text) ?? 'before');
}

function parseBeside(text: string | null): Beside | null {
  if (text === 'period') return 'period';
  return text && isDay(text) ? { boundaries: text } : null;
}

function parseRange(text: string | null): { from: string; to: string } | null {
  const [from, to, more] = (text ?? '').split('..');
  return from && to && more === undefined && isDay(from) && isDay(to) && from <= to ? { from, to } : null;
}

function range({ from, to }: { from: string; to: string }): string {
  return `${from}..${to}`;
}

function parseFlags(text: string | null): readonly string[] {
  if (text === null) return initialFlags;
  const asked = text.split(',');
  return flagKinds.filter((kind) => asked.includes(kind));
}

function parseList(text: string | null): string | null {
  const kind = text?.split(':')[0];
  return kind && (flagKinds as readonly string[]).includes(kind) && /^[\w:-]+$/.test(text!) ? text : null;
}

function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
  return values.find((value) => value === text);
}

function sameFlags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((flag) => a.includes(flag));
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
