// The pages of tables: what they have in common above the table.
import { useEffect } from 'react';
import { go, useView } from '../view/location';
import { Masthead } from '../components/Masthead';
import { Nav } from '../components/Nav';
import { Stale } from '../components/Status';
import { Icon } from '../components/components';
import { urlOf } from '../server/server';
import { spans, type Page, type PageParam, type Span, type View } from '../view/view';
import { periodName, useLabels, windowQuery } from '../text/labels';
import { Data } from './Data';
import { Flags } from './Flags';
import { Teams } from './Teams';
import './tables.css';

export default function TablesPage({ page, offline }: { page: Page; offline: boolean }) {
  const { t, meta } = useLabels();
  useEffect(() => {
    document.title = `${t(`page_${page}`)} · ${t('name')}`;
  }, [page, t]);
  return (
    <div className="tables-page" data-page={page}>
      <a className="skip" href="#content">
        {t('skipTable')}
      </a>
      <div className="tables-head">
        <Masthead />
        <Nav />
      </div>
      <main id="content" tabIndex={-1}>
        {meta.sample && (
          <p className="sample" data-testid="sample">
            <b>{t('sample')}.</b> <span>{t('sampleWhy')}</span>
          </p>
        )}
        <Stale offline={offline} className="stale-note" />
        {page === 'teams' ? <Teams /> : page === 'flags' ? <Flags /> : <Data />}
      </main>
    </div>
  );
}

/** Changes what the address of this page holds beside period, place and language. */
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

/** Which days are looked at. A period of the map that is none of these stands as it is. */
export function PeriodChoice() {
  const view = useView();
  const labels = useLabels();
  const { t } = labels;
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
