// Tables of many rows: their order, what is left of them, and which are to be drawn.
import { fold } from '../text/format';

export interface Column<T> {
  key: string;
  head: string;
  /** An explanation of the head. */
  hint?: string;
  numeric?: boolean;
  /** In pixels, where there is no more room than is needed: with rows coming and going, columns
   * as wide as what is in them would change their width all the time. */
  width: number;
  /** What rows are sorted by; null comes last either way. */
  value: (row: T) => number | string | null;
  cell: (row: T) => React.ReactNode;
}

/** By which column, and which way: coverage, -coverage. */
export interface Sort {
  key: string;
  down: boolean;
}

const collator = new Intl.Collator('vi', { numeric: true });

export function parseSort(text: string | undefined, columns: readonly { key: string }[], otherwise: Sort): Sort {
  const key = text?.replace(/^-/, '');
  return columns.some((column) => column.key === key) ? { key: key!, down: text!.startsWith('-') } : otherwise;
}

export function formatSort({ key, down }: Sort): string {
  return down ? `-${key}` : key;
}

/** The rows in the order of a column; equal ones as they came. Names are in the order of the
 * Vietnamese alphabet, with numbers in them by value, whatever the language of the page. */
export function sortRows<T>(rows: readonly T[], column: Pick<Column<T>, 'value'>, down: boolean): T[] {
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort(({ value: a }, { value: b }) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const order = typeof a === 'string' ? collator.compare(a, String(b)) : a - (b as number);
    return down ? -order : order;
  });
  return keyed.map(({ row }) => row);
}

/** Finds rows by words in any order, with or without marks. */
export function finder(texts: readonly string[]): (wanted: string) => boolean[] {
  const folded = texts.map(fold);
  return (wanted) => {
    const words = fold(wanted).split(/\s+/).filter(Boolean);
    return folded.map((text) => words.every((word) => text.includes(word)));
  };
}

/** The rows to draw: the visible ones and some more on both sides, so that scrolling shows no gap. */
export function windowOf(
  count: number,
  rowHeight: number,
  top: number,
  height: number,
  more = 12,
): { first: number; end: number } {
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - more, count));
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + more);
  return { first, end: Math.max(first, end) };
}

/** Where a key leads from a row; null: the key is none of these. */
export function moved(key: string, from: number, count: number, perPage: number): number | null {
  const to = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + perPage,
    PageUp: from - perPage,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined || count === 0 ? null : Math.max(0, Math.min(to, count - 1));
}

/** The words that all names begin with, and the space after them; nothing where a name would be
 * left with nothing. A table of "Community digital team of …" is read by what differs. */
export function commonBeginning(names: readonly string[]): string {
  if (names.length < 2) return '';
  let common = names[0]!;
  for (const name of names) {
    while (common && !name.startsWith(common)) common = common.slice(0, -1);
  }
  let words = common.slice(0, common.lastIndexOf(' ') + 1);
  // "Tổ dân phố 7" is not identified by 7 alone: its kind, which begins with a capital letter, stays.
  if (names.some((name) => /^\d/.test(name.slice(words.length))))
    words = words.slice(0, words.search(/\p{Lu}[^\p{Lu}]*$/u));
  return names.some((name) => name.trim() === words.trim()) ? '' : words;
}
