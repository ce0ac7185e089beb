// The areas directly below a place, as a list that can be sorted.
import { useMemo, useState } from 'react';
import { Bar, FlagIcon } from '../components/components';
import { Rate } from '../components/Shown';
import type { Row } from '../server/contract';
import { compareNames } from '../text/format';
import { go, useView } from '../view/location';
import { colourOf } from '../symbology/scale';
import { flagKinds, skillOf } from '../view/view';
import {
  kindOf,
  measureName,
  placeName,
  rateMeasure,
  rateOf,
  releaseText,
  tooFew,
  useLabels,
  type Labels,
} from '../text/labels';

export type Order = 'urgent' | 'rate' | 'households' | 'name';

const orders: readonly Order[] = ['urgent', 'rate', 'households', 'name'];

export function orderName(order: Order, labels: Labels): string {
  return order === 'households' ? measureName(order, labels) : labels.t(`sort_${order}`);
}

/** How many rows are shown before "more" is pressed. */
const atFirst = 60;

/** Priority of a visit: unvisited, barely visited, without a team, not visited lately; within each, lowest coverage
 * first. */
const urgency = ['unvisited', 'barely_visited', 'no_team', 'stale'];

export function Children({ rows, level }: { rows: readonly Row[]; level: string | undefined }) {
  const view = useView();
  const labels = useLabels();
  const { t, count, lang } = labels;
  const [order, setOrder] = useState<Order>('urgent');
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => sortRows(rows, order, view.measure, lang), [rows, order, view.measure, lang]);
  const shown = all ? sorted : sorted.slice(0, atFirst);
  const title = level === 'hamlet' ? t('hamletsIn') : level === 'commune' ? t('communesIn') : t('areasIn');

  return (
    <section className="children" data-testid="children">
      <header>
        <h3>
          {title} <small>{count(rows.length)}</small>
        </h3>
        <label>
          <span className="hidden">{t('sortBy')}</span>
          <select value={order} onChange={(event) => setOrder(event.target.value as Order)}>
            {orders.map((value) => (
              <option key={value} value={value}>
                {orderName(value, labels)}
              </option>
            ))}
          </select>
        </label>
      </header>
      <ol>
        {shown.map((row) => (
          <Child key={row.key} row={row} nameless={t(level === 'hamlet' ? 'noHamlet' : 'noArea')} />
        ))}
      </ol>
      {shown.length < sorted.length && (
        <button className="more" type="button" onClick={() => setAll(true)}>
          {t('more', { count: sorted.length - shown.length, replace: { count: count(sorted.length - shown.length) } })}
        </button>
      )}
    </section>
  );
}

/** One area, or what belongs to none: its name, the measure's rate, a bar, and the symbols of its flags. */
export function Child({ row, under, nameless = '' }: { row: Row; under?: string | undefined; nameless?: string }) {
  const { measure } = useView();
  const labels = useLabels();
  const { t, lang } = labels;
  const skill = skillOf(measure);
  const rate = rateOf(row, measure);
  const few = tooFew(row, measure);
  const kinds = flagKinds.filter((kind) => row.flags.some((flag) => kindOf(flag) === kind));
  const name = row.key === '' ? nameless : placeName(row, lang);
  const content = (
    <>
      <span className="name">
        {name}
        {under && <small>{under}</small>}
      </span>
      <span className="signs">
        {kinds.map((kind) => (
          <span key={kind} title={t(`flag_${kind}`)}>
            <FlagIcon kind={kind} />
            <span className="hidden">{t(`flag_${kind}`)}; </span>
          </span>
        ))}
      </span>
      <span className="value">
        <Rate value={rate} whole={skill ? row.uptake[skill]?.assessed : row.households} digits={0} />
      </span>
      <span className="below">
        <Bar rate={rate} colour={rate === null ? '' : few ? 'var(--few)' : colourOf(rate, rateMeasure(measure))} />
        <span className="size">
          {row.households === null
            ? releaseText('fewerHouseholds', labels)
            : t('ofHouseholds', { number: labels.count(row.households) })}
        </span>
      </span>
    </>
  );
  return (
    <li data-code={row.key}>
      {row.key === '' ? (
        <div className="child">{content}</div>
      ) : (
        <button type="button" className="child" onClick={() => go({ place: row.key, camera: null, list: null })}>
          {content}
        </button>
      )}
    </li>
  );
}

export function sortRows(
  rows: readonly Row[],
  order: Order,
  measure: Parameters<typeof rateOf>[1],
  lang: 'vi' | 'en',
): Row[] {
  const byName = (a: Row, b: Row) => compareNames(a.name, b.name, lang);
  const byRate = (a: Row, b: Row) => (rateOf(a, measure) ?? 2) - (rateOf(b, measure) ?? 2) || byName(a, b);
  const urgencyOf = (row: Row) => {
    const first = urgency.findIndex((kind) => row.flags.includes(kind));
    return first < 0 ? urgency.length : first;
  };
  const compare = {
    name: byName,
    rate: byRate,
    households: (a: Row, b: Row) => (b.households ?? 0) - (a.households ?? 0) || byName(a, b),
    urgent: (a: Row, b: Row) => urgencyOf(a) - urgencyOf(b) || byRate(a, b),
  }[order];
  return [...rows].sort(compare);
}
