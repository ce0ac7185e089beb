// The places with a flag; choosing one moves the map there.
import { useMemo, useState } from 'react';
import { FlagIcon, Icon } from '../components/components';
import { fold } from '../text/format';
import type { Areas, Flagged as Answer } from '../server/contract';
import { go, useView } from '../view/location';
import { urlOf, useFetch } from '../server/server';
import { flagKinds } from '../view/view';
import { boundariesDay, flagName, kindOf, placeName, skillName, useLabels, windowQuery } from '../text/labels';
import { Child, orderName, sortRows, type Order } from './Children';
import { rank } from './Figures';
import { Failure, Waiting } from '../components/Status';

/** Enough to work from; the files have them all. */
const limit = 2000;
const atFirst = 60;

const orders: readonly Order[] = ['urgent', 'households', 'rate', 'name'];

export function Flagged({ within }: { within: string | null }) {
  const view = useView();
  const labels = useLabels();
  const { t, count, lang, meta } = labels;
  const wanted = view.list ?? 'no_team';
  const [order, setOrder] = useState<Order>('urgent');
  const [filter, setFilter] = useState('');
  const [all, setAll] = useState(false);
  const query = { ...windowQuery(view, meta), parent: within };
  const { data, error } = useFetch<Answer>(
    urlOf('/api/v1/flags', { ...query, kind: wanted, level: 'hamlet', limit }),
    meta.version,
  );
  const communes = useFetch<Areas>(
    urlOf('/api/v1/areas', { level: 'commune', boundaries: boundariesDay(query.to, meta), limit: 10000 }),
    meta.version,
  );
  const names = useMemo(
    () => new Map(communes.data?.areas.map((area) => [area.code, placeName(area, lang)])),
    [communes.data, lang],
  );
  const rows = useMemo(() => {
    const text = fold(filter.trim());
    const kept = (data?.rows ?? []).filter(
      (row) => !text || fold(`${placeName(row, lang)} ${names.get(row.parent ?? '') ?? ''}`).includes(text),
    );
    return order === 'urgent' ? kept : sortRows(kept, order, view.measure, lang); // the server sorts by severity
  }, [data, filter, order, names, lang, view.measure]);
  const shown = all ? rows : rows.slice(0, atFirst);
  if (error && !data) return <Failure error={error} />;
  if (!data) return <Waiting />;

  const kinds = Object.entries(data.kinds)
    .filter(([flag]) => (flagKinds as readonly string[]).includes(kindOf(flag)))
    .sort(([a], [b]) => rank(a, meta.skills) - rank(b, meta.skills));
  return (
    <section className="flagged" data-testid="flagged">
      <div className="chips" role="group" aria-label={t('needsAttention')}>
        {kinds.map(([flag, number]) => (
          <button key={flag} type="button" aria-pressed={flag === wanted} onClick={() => go({ list: flag })}>
            <FlagIcon kind={kindOf(flag)} />
            {kindOf(flag) === 'low_uptake' ? (
              <span>
                <span className="hidden">{t('flag_low_uptake')}: </span>
                {skillName(flag.split(':')[1]!, labels)}
              </span>
            ) : (
              <span>{t(`flag_${flag}`)}</span>
            )}
            <b>{count(number)}</b>
          </button>
        ))}
      </div>
      <h3>
        {flagName(wanted, labels)}{' '}
        <small>{t('placeCount', { count: data.matched, replace: { count: count(data.matched) } })}</small>
      </h3>
      <div className="narrowing">
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
      </div>
      {rows.length === 0 && <p className="note">{t('noFlaggedPlaces')}</p>}
      <ol>
        {shown.map((row) => (
          <Child key={row.key} row={row} under={row.parent ? names.get(row.parent) : undefined} />
        ))}
      </ol>
      {shown.length < rows.length && (
        <button className="more" type="button" onClick={() => setAll(true)}>
          {t('more', { count: rows.length - shown.length, replace: { count: count(rows.length - shown.length) } })}
        </button>
      )}
      {data.matched > data.rows.length && (
        <p className="note">
          {t('moreInFile', {
            count: data.matched - data.rows.length,
            replace: { count: count(data.matched - data.rows.length) },
          })}
        </p>
      )}
    </section>
  );
}
