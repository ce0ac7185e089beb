// One table for all pages of tables. Only the rows in the window are in the document, so that a
// hundred thousand take no longer than a hundred; keys lead through all of them.
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useLabels } from '../text/labels';
import { moved, sortRows, windowOf, type Column, type Sort } from './rows';

/** Of every row, in pixels: one height, so that the visible rows can be computed. */
export const rowHeight = 50;
/** Paper takes so many rows; the file has them all. */
const onPaper = 3000;

export function Grid<T>({
  label,
  rows,
  columns,
  sort,
  onSort,
  keyOf,
  active,
  onOpen,
  empty,
}: {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  keyOf: (row: T) => string;
  /** The key of the row that is open. */
  active?: string | null;
  /** What Enter does with a row. */
  onOpen: (row: T) => void;
  empty: React.ReactNode;
}) {
  const { t, count } = useLabels();
  const scroll = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLTableSectionElement>(null);
  const id = useId();
  const [viewport, setViewport] = useState({ top: 0, height: 600 });
  const [at, setAt] = useState(-1);
  const [paper, setPaper] = useState(false);
  const sorted = useMemo(() => {
    const column = columns.find(({ key }) => key === sort.key) ?? columns[0]!;
    return sortRows(rows, column, sort.down);
  }, [rows, columns, sort.key, sort.down]);

  useLayoutEffect(() => {
    const element = scroll.current!;
    const measure = () => setViewport({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  useEffect(() => {
    const print = () => flushSync(() => setPaper(true));
    const done = () => setPaper(false);
    window.addEventListener('beforeprint', print);
    window.addEventListener('afterprint', done);
    return () => {
      window.removeEventListener('beforeprint', print);
      window.removeEventListener('afterprint', done);
    };
  }, []);
  // Another order or other rows: the scroll position has no meaning any more.
  useEffect(() => {
    setAt(-1);
    scroll.current?.scrollTo({ top: 0 });
  }, [rows, sort.key, sort.down]);

  const perPage = Math.max(1, Math.floor((viewport.height - rowHeight) / rowHeight));
  const { first, end } = paper
    ? { first: 0, end: Math.min(sorted.length, onPaper) }
    : windowOf(sorted.length, rowHeight, viewport.top, viewport.height);
  const show = (index: number) => {
    const element = scroll.current!;
    const covered = head.current?.offsetHeight ?? 0;
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight - covered)
      element.scrollTop = top + rowHeight - element.clientHeight + covered;
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' && sorted[at]) {
      event.preventDefault();
      onOpen(sorted[at]);
      return;
    }
    const to = moved(event.key, at, sorted.length, perPage);
    if (to === null) return;
    event.preventDefault();
    show(to);
    setAt(to);
  };
  return (
    <div className="grid-scroll" ref={scroll}>
      <table
        role="grid"
        style={{ minWidth: columns.reduce((sum, column) => sum + column.width, 0) }}
        tabIndex={0}
        aria-label={label}
        aria-describedby={`${id}keys`}
        aria-rowcount={sorted.length + 1}
        onKeyDown={press}
        aria-activedescendant={at >= first && at < end ? `${id}${at}` : undefined}
        data-testid="grid"
        data-rows={sorted.length}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.key} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead ref={head}>
          <tr aria-rowindex={1}>
            {columns.map((column) => {
              const chosen = column.key === sort.key;
              return (
                <th
                  key={column.key}
                  scope="col"
                  className={column.numeric ? 'number' : undefined}
                  title={column.hint}
                  aria-sort={chosen ? (sort.down ? 'descending' : 'ascending') : undefined}>
                  <button
                    type="button"
                    onClick={() => onSort({ key: column.key, down: chosen ? !sort.down : Boolean(column.numeric) })}>
                    {column.head}
                    <span className="arrow" aria-hidden="true">
                      {chosen ? (sort.down ? '▼' : '▲') : ''}
                    </span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <Gap rows={first} />
        <tbody>
          {sorted.slice(first, end).map((row, index) => {
            const place = first + index;
            const key = keyOf(row);
            return (
              <tr
                key={key}
                id={`${id}${place}`}
                aria-rowindex={place + 2}
                data-key={key}
                aria-selected={key === active || undefined}
                className={place === at ? 'at' : undefined}
                onClick={(event) => {
                  if (!(event.target as Element).closest('a, button')) {
                    setAt(place);
                  }
                }}>
                {columns.map((column, i) =>
                  i === 0 ? (
                    <th key={column.key} scope="row">
                      {column.cell(row)}
                    </th>
                  ) : (
                    <td key={column.key} className={column.numeric ? 'number' : undefined}>
                      {column.cell(row)}
                    </td>
                  ),
                )}
              </tr>
            );
          })}
        </tbody>
        <Gap rows={paper ? 0 : sorted.length - end} />
      </table>
      {sorted.length === 0 && <div className="nothing">{empty}</div>}
      <p id={`${id}keys`} className="hidden">
        {t('gridKeys')}
      </p>
      {paper && sorted.length > onPaper && (
        <p className="note">
          {t('moreInFile', { count: sorted.length - onPaper, replace: { count: count(sorted.length - onPaper) } })}
        </p>
      )}
    </div>
  );
}

/** The room of rows that are not in the document. */
function Gap({ rows }: { rows: number }) {
  return rows > 0 ? (
    <tbody aria-hidden="true">
      <tr style={{ height: rows * rowHeight }} />
    </tbody>
  ) : null;
}
