// What the map shows as a table: the same places and figures, for readers who do not see the map or prefer numbers.
import { useEffect, useMemo, useState } from 'react';
import { FlagIcon, Icon } from '../components/components';
import { lastVisitOf, NotShown, Rate } from '../components/Shown';
import { compareNames, fold } from '../text/format';
import { classesOf } from '../map/legend';
import { go, useView } from '../view/location';
import type { VisibleFeatures } from '../map/visibleFeatures';
import { rowOf } from '../panels/Pointer';
import { spotClasses } from '../symbology/scale';
import type { Areas, Row } from '../server/contract';
import { urlOf, useFetch } from '../server/server';
import { daysOf, flagKinds, skillOf } from '../view/view';
import {
  boundariesDay,
  kindOf,
  measureName,
  placeName,
  pointsText,
  shortCount,
  skillName,
  useLabels,
  type Labels,
} from '../text/labels';

const perPage = 50;

interface Line {
  row: Row;
  properties: Record<string, unknown>;
  name: string;
  commune: string;
}

interface Column {
  key: string;
  head: string;
  /** What lines are sorted by; null comes last. */
  value: (line: Line) => number | string | null;
  text: (line: Line) => React.ReactNode;
  numeric: boolean;
}

export function FeatureTable({ visible }: { visible: VisibleFeatures | null }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, meta } = labels;
  const [sort, setSort] = useState<{ key: string; down: boolean }>({ key: 'name', down: false });
  const [page, setPage] = useState(0);
  const [filter, setFilter] = useState('');
  const { to } = daysOf(view.period, meta.today);
  const communes = useFetch<Areas>(
    urlOf('/api/v1/areas', { level: 'commune', boundaries: boundariesDay(to, meta), limit: 10000 }),
    meta.version,
  );
  const cells = visible?.subject.kind === 'cells';

  const lines = useMemo(() => {
    const names = new Map(communes.data?.areas.map((area) => [area.code, placeName(area, lang)]));
    const skills = meta.skills.map(({ key }) => key);
    return (visible?.places ?? []).map((properties): Line => {
      const row = rowOf(properties, skills);
      const name = cells ? row.key : placeName(row, lang);
      return { row, properties, name, commune: names.get(String(properties.parent ?? '')) ?? '' };
    });
  }, [visible, communes.data, lang, meta.skills, cells]);

  const columns = columnsOf(view.measure, visible, labels);
  const sorted = useMemo(() => {
    const column = columns.find(({ key }) => key === sort.key) ?? columns[0]!;
    const wanted = fold(filter.trim());
    const kept = wanted ? lines.filter((line) => fold(`${line.name} ${line.commune}`).includes(wanted)) : lines;
    return [...kept].sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)];
      if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
      const order = typeof x === 'string' ? compareNames(x, String(y), lang) : x - (y as number);
      return (sort.down ? -order : order) || compareNames(a.name, b.name, lang);
    });
  }, [lines, sort, filter, view.measure, lang]);
  useEffect(() => setPage(0), [sort, filter, visible?.subject.kind]);

  const pages = Math.max(1, Math.ceil(sorted.length / perPage));
  const at = Math.min(page, pages - 1);
  return (
    <section className="table" aria-label={t('tableTitle')} data-testid="table">
      <header>
        <h2>
          {t('tableTitle')}: {measureName(view.measure, labels)}
        </h2>
        <label className="filter">
          <Icon name="search" />
          <span className="hidden">{t('filter')}</span>
          <input
            type="search"
            value={filter}
            placeholder={t('filter')}
            onChange={(event) => setFilter(event.target.value)}
          />
        </label>
        <button type="button" className="quiet" onClick={() => go({ table: false })}>
          <Icon name="map" />
          {t('showMap')}
        </button>
      </header>
      <div className="scroll" tabIndex={0} role="group" aria-label={t('tableTitle')}>
        <table>
          <thead>
            <tr>
              {columns.map(({ key, head, numeric }) => (
                <th
                  key={key}
                  scope="col"
                  className={numeric ? 'number' : undefined}
                  aria-sort={sort.key === key ? (sort.down ? 'descending' : 'ascending') : undefined}>
                  <button type="button" onClick={() => setSort({ key, down: sort.key === key ? !sort.down : numeric })}>
                    {head}
                    <span aria-hidden="true">{sort.key === key ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(at * perPage, (at + 1) * perPage).map((line) => (
              <tr key={line.row.key} data-code={line.row.key}>
                {columns.map(({ key, text, numeric }, index) =>
                  index === 0 ? (
                    <th key={key} scope="row">
                      {text(line)}
                    </th>
                  ) : (
                    <td key={key} className={numeric ? 'number' : undefined}>
                      {text(line)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
        {lines.length === 0 && <p className="note">{t('tableEmpty')}</p>}
      </div>
      {pages > 1 && (
        <footer>
          <button type="button" className="quiet" disabled={at === 0} onClick={() => setPage(at - 1)}>
            {t('previousPage')}
          </button>
          <span role="status">{t('pageOf', { page: labels.count(at + 1), pages: labels.count(pages) })}</span>
          <button type="button" className="quiet" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            {t('nextPage')}
          </button>
        </footer>
      )}
    </section>
  );
}

function columnsOf(
  measure: ReturnType<typeof useView>['measure'],
  visible: VisibleFeatures | null,
  labels: Labels,
): Column[] {
  const { t, count } = labels;
  const cells = visible?.subject.kind === 'cells';
  const number = (
    key: string,
    head: string,
    value: (line: Line) => number | null,
    text: (line: Line) => React.ReactNode,
  ): Column => ({ key, head, value, text, numeric: true });
  const rate = (
    key: string,
    head: string,
    of: (line: Line) => number | null,
    whole = ({ row }: Line) => row.households,
  ) => number(key, head, of, (line) => <Rate value={of(line)} whole={whole(line)} />);
  const tally = (key: 'households' | 'attempted' | 'reached', head: string) =>
    number(
      key,
      head,
      ({ row }) => row[key],
      ({ row }) => shortCount(row[key], labels),
    );
  const property =
    (name: string) =>
    ({ properties }: Line) =>
      typeof properties[name] === 'number' ? properties[name] : null;

  const columns: Column[] = [
    {
      key: 'name',
      head: t(cells ? 'cell' : 'place'),
      numeric: false,
      value: ({ name }) => name,
      text: ({ row, name }) =>
        cells ? (
          <code>{name}</code>
        ) : (
          <button
            type="button"
            className="go"
            onClick={() => go({ place: row.key, camera: null, list: null, table: false })}>
            {name}
          </button>
        ),
    },
    ...(visible?.subject.kind === 'hamlets'
      ? [
          {
            key: 'commune',
            head: t('commune'),
            numeric: false,
            value: (line: Line) => line.commune,
            text: (line: Line) => line.commune,
          },
        ]
      : []),
    tally('households', measureName('households', labels)),
    tally('reached', t('reached')),
    rate('coverage', t('coverage'), ({ row }) => row.coverage),
    tally('attempted', t('attempted')),
    rate('attempts', '%', ({ row }) => row.attempt_rate),
  ];
  const skill = skillOf(measure);
  if (skill) {
    const name = skillName(skill, labels);
    columns.push(
      number(
        'assessed',
        t('assessed'),
        ({ row }) => row.uptake[skill]?.assessed ?? null,
        ({ row }) => shortCount(row.uptake[skill]?.assessed ?? null, labels),
      ),
      rate(
        'uptake',
        name,
        ({ row }) => row.uptake[skill]?.rate ?? null,
        ({ row }) => row.uptake[skill]?.assessed ?? null,
      ),
    );
  }
  if (measure === 'change') {
    const change = property('coverage_change');
    columns.push(
      rate('earlier', t('earlierCoverage'), property('earlier_coverage'), () => (labels.meta.public ? null : 0)),
      number('change', t('change'), change, (line) => {
        const value = change(line);
        if (value !== null) return pointsText(value, labels);
        return labels.meta.public ? <NotShown /> : '–';
      }),
    );
  }
  if (measure === 'spots') {
    const classes = classesOf('spots', { kind: 'cells', resolution: 8 }, null, labels);
    const place = ({ properties }: Line) => spotClasses.indexOf(properties.hotspot as (typeof spotClasses)[number]);
    columns.push({
      key: 'spot',
      head: t('spots'),
      numeric: false,
      value: (line) => (place(line) < 0 ? null : String(place(line))),
      text: (line) => classes[place(line)]?.text ?? t('noSpots'),
    });
  }
  const days = property('days_since_visit');
  const sinceMonth = ({ row }: Line) => (row.last_visit === null ? null : -Date.parse(row.last_visit));
  columns.push(
    // Tiles of the public have the month of the latest visit alone.
    number(
      'days',
      t('lastVisit'),
      (line) => days(line) ?? sinceMonth(line),
      (line) => {
        const ago = days(line);
        return (
          <>
            {lastVisitOf(line.row.last_visit, labels).at}
            {measure === 'days' && ago !== null && (
              <small> {t('daysAgo', { count: ago, replace: { count: count(ago) } })}</small>
            )}
          </>
        );
      },
    ),
  );
  if (!cells) {
    columns.push({
      key: 'flags',
      head: t('flagsColumn'),
      numeric: false,
      value: ({ row }) => {
        const first = flagKinds.findIndex((kind) => row.flags.some((flag) => kindOf(flag) === kind));
        return first < 0 ? null : String(first);
      },
      text: ({ row }) => (
        <span className="signs">
          {flagKinds
            .filter((kind) => row.flags.some((flag) => kindOf(flag) === kind))
            .map((kind) => (
              <span key={kind} title={t(`flag_${kind}`)}>
                <FlagIcon kind={kind} />
                <span className="hidden">{t(`flag_${kind}`)}; </span>
              </span>
            ))}
        </span>
      ),
    });
  }
  return columns;
}
