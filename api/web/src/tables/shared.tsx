// What the pages of tables share: filters, exports, cells, links, and the communes by name.
import { useMemo } from 'react';
import type { Areas } from '../server/contract';
import { compareNames } from '../text/format';
import { go, useView } from '../view/location';
import { Icon } from '../components/components';
import { WindowChoice } from '../components/Published';
import { urlOf, useFetch } from '../server/server';
import { formatView, initial, spans, type PageParam, type Span, type View } from '../view/view';
import {
  boundariesDay,
  periodName,
  placeName,
  releaseText,
  shortCount,
  useLabels,
  windowQuery,
  type Labels,
} from '../text/labels';

/** Changes the parameters of this page in the address, beside period, place and language. */
export function setPageParams(
  view: View,
  change: Partial<Record<PageParam, string | null>>,
  how: 'push' | 'replace' = 'push',
) {
  const rest: Partial<Record<PageParam, string>> = {};
  for (const [name, value] of Object.entries({ ...view.pageParams, ...change }))
    if (value) rest[name as PageParam] = value;
  go({ pageParams: rest }, how);
}

/** The choice of the period. A period of the map that is not offered here stays selected. */
export function PeriodChoice() {
  const view = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  if (meta.public)
    return (
      <label className="choice">
        <span>{t('period')}</span>
        <WindowChoice label={t('period')} />
      </label>
    );
  const known = typeof view.period === 'string' && (spans as readonly string[]).includes(view.period);
  return (
    <label className="choice">
      <span>{t('period')}</span>
      <select
        value={known ? (view.period as Span) : 'other'}
        onChange={(event) => go({ period: event.target.value as Span })}>
        {!known && <option value="other">{periodName(view.period, labels)}</option>}
        {spans.map((span) => (
          <option key={span} value={span}>
            {t(span)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Which commune is looked at. */
export function CommuneChoice({ communes }: { communes: readonly { code: string; name: string }[] }) {
  const { place } = useView();
  const { t } = useLabels();
  return (
    <label className="choice">
      <span>{t('commune')}</span>
      <select value={place ?? ''} onChange={(event) => go({ place: event.target.value || null })}>
        <option value="">{t('everything')}</option>
        {place && !communes.some(({ code }) => code === place) && <option value={place}>{place}</option>}
        {communes.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function TextFilter({ label }: { label: string }) {
  const view = useView();
  return (
    <label className="filter">
      <Icon name="search" />
      <span className="hidden">{label}</span>
      <input
        type="search"
        value={view.pageParams.q ?? ''}
        placeholder={label}
        onChange={(event) => setPageParams(view, { q: event.target.value }, 'replace')}
      />
    </label>
  );
}

/** The rows as files, and on paper. */
export function Tools({
  layer,
  query,
}: {
  layer: 'teams' | 'flags';
  query: Record<string, string | null | undefined>;
}) {
  const view = useView();
  const { t, meta } = useLabels();
  return (
    <div className="tools">
      {(['xlsx', 'csv'] as const)
        .filter((format) => meta.formats.includes(format))
        .map((format) => (
          <a
            key={format}
            className="quiet"
            download
            href={urlOf(`/api/v1/exports/${layer}.${format}`, {
              ...query,
              ...windowQuery(view, meta),
              parent: view.place,
            })}
            title={view.pageParams.q ? t('exportWhole') : undefined}>
            <Icon name="download" />
            {format.toUpperCase()}
          </a>
        ))}
      <button type="button" className="quiet" onClick={() => window.print()}>
        <Icon name="print" />
        {t('print')}
      </button>
    </div>
  );
}

/** The text of a table without rows. */
export function Empty({ filtered, what }: { filtered: boolean; what: string }) {
  const { t } = useLabels();
  return (
    <>
      <p>{filtered ? t('nothingFound') : what}</p>
      {filtered && (
        <button type="button" onClick={() => go({ pageParams: {} })}>
          {t('clearFilters')}
        </button>
      )}
    </>
  );
}

/** The communes of a day by their names. */
export function useCommunes(day: string): { code: string; name: string }[] {
  const { meta, lang } = useLabels();
  const { data } = useFetch<Areas>(
    urlOf('/api/v1/areas', { level: 'commune', boundaries: boundariesDay(day, meta), limit: 10000 }),
    meta.version,
  );
  return useMemo(
    () =>
      (data?.areas ?? [])
        .map((area) => ({ code: area.code, name: placeName(area, lang) }))
        .sort((a, b) => compareNames(a.name, b.name, 'vi')),
    [data, lang],
  );
}

/** A count in a table. */
export function Count({ value, labels }: { value: number | null; labels: Labels }) {
  return value === null ? (
    <span className="muted" title={releaseText('fewerWhy', labels)}>
      {shortCount(value, labels)}
    </span>
  ) : (
    <>{labels.count(value)}</>
  );
}

/** Opens the map at a place, through the same days. */
export function MapLink({ place, name, list }: { place: string; name: string; list?: string | null }) {
  const { lang, period } = useView();
  const { t } = useLabels();
  return (
    <a
      className="to-map"
      href={formatView({ ...initial, lang, period, place, list: list ?? null })}
      aria-label={t('onMapOf', { place: name })}>
      {t('map')}
    </a>
  );
}
