// The selected place: its place in the tree, its figures, the areas below it.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Icon } from '../components/components';
import type { Answer, Area, AreaDetail } from '../server/contract';
import { flagKinds, formatView } from '../view/view';
import { go, useView } from '../view/location';
import type { Fetched } from '../server/server';
import { kindName, periodName, placeName, releaseText, useLabels, wholeName } from '../text/labels';
import { Children } from './Children';
import { Figures } from './Figures';
import { Flagged } from './Flagged';
import { Published } from '../components/Published';
import { Failure, Waiting } from '../components/Status';

interface Props {
  /** The place; null for the whole programme. */
  detail: AreaDetail | null;
  /** The place's children, or the communes of everything. */
  below: Fetched<Answer>;
  failure: Fetched<unknown>['error'];
  retry: () => void;
  /** What can be done with all that is shown. */
  tools: ReactNode;
  /** While months play, only what changes with them is shown. */
  playing: boolean;
}

export function Place({ detail, below, failure, retry, tools, playing }: Props) {
  const view = useView();
  const labels = useLabels();
  const { t, meta, lang } = labels;
  const row = detail ? detail.record : (below.data?.total ?? null);
  const title = detail ? detail.name : wholeName(labels);
  const kind = detail && placeName(detail, lang) !== detail.name ? kindName(detail.kind, lang) : null;
  const choose = (list: string | null) => go({ list });
  const mostSevere =
    flagKinds.find((kind) => Object.keys(row?.hamlets_flagged ?? {}).some((flag) => flag === kind)) ?? 'no_team';
  // A hamlet has nothing below it to list.
  const leaf = detail !== null && detail.children === 0;
  const list = leaf ? null : view.list;

  // The button that led here is gone, and the focus with it: a keyboard goes on at the title.
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(view.place);
  useEffect(() => {
    if (shown.current !== view.place && document.activeElement === document.body)
      heading.current?.focus({ preventScroll: true });
    shown.current = view.place;
  }, [view.place, detail]);

  return (
    <div className="place">
      <Trail detail={detail} />
      <header className="title">
        <h1 tabIndex={-1} id="figures" ref={heading}>
          {kind && <small>{kind}</small>}
          {title}
        </h1>
        <p className="when">
          {periodName(view.period, labels)}
          {meta.public && ` · ${releaseText('publishedShort', labels)}`}
        </p>
        <Actions detail={detail} tools={tools} />
      </header>
      {leaf ? (
        <hr />
      ) : (
        <div className="tabs" role="tablist">
          <button type="button" role="tab" aria-selected={!list} onClick={() => choose(null)}>
            {t('overview')}
          </button>
          <button type="button" role="tab" aria-selected={!!list} onClick={() => choose(list ?? mostSevere)}>
            {t('attention')}
          </button>
        </div>
      )}
      <div
        className="body"
        key={view.place ?? ''}
        {...(leaf ? {} : { role: 'tabpanel', 'aria-label': t(list ? 'attention' : 'overview') })}>
        <h2 className="hidden">{t(list ? 'attention' : 'overview')}</h2>
        {failure && !row && <Failure error={failure} retry={retry} />}
        {failure && row && <p className="note stale">{t('errorOffline')}</p>}
        {!failure && !row && <Waiting />}
        {row && list && (view.place === null || detail) && <Flagged within={view.place} />}
        {row && !list && (
          <>
            <div className="figures">
              <Figures
                row={row}
                place={view.place}
                serving={detail !== null && (detail.level === 'commune' || leaf)}
                playing={playing}
              />
            </div>
            {!playing && below.data && below.data.rows.length > 0 && (detail === null || detail.children > 0) && (
              <Children key={view.place ?? ''} rows={below.data.rows} level={detail ? detail.child_level : 'commune'} />
            )}
            {below.loading && !below.data && detail !== null && detail.children > 0 && <Waiting />}
          </>
        )}
        {row && (
          <p className="printed">{t('printedFor', { days: periodName(view.period, labels), version: meta.version })}</p>
        )}
      </div>
      {row && <Published />}
    </div>
  );
}

/** Links to the areas above, the widest first. */
function Trail({ detail }: { detail: AreaDetail | null }) {
  const labels = useLabels();
  const { t, lang, meta } = labels;
  if (!detail) return null;
  // A sole root is the same as the whole programme.
  const above = detail.ancestors.filter(({ code }) => meta.roots.length > 1 || code !== meta.roots[0]?.code);
  const step = (area: Area | null) => (
    <li key={area?.code ?? ''}>
      <button type="button" onClick={() => go({ place: area?.code ?? null, commune: null, camera: null })}>
        {area ? placeName(area, lang) : wholeName(labels)}
      </button>
    </li>
  );
  return (
    <nav className="trail" aria-label={t('back')}>
      <ol>
        {step(null)}
        {above.map(step)}
      </ol>
    </nav>
  );
}

function Actions({ detail, tools }: { detail: AreaDetail | null; tools: ReactNode }) {
  const view = useView();
  const { t } = useLabels();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(window.location.href).catch(() => undefined);
    setCopied(true);
    window.setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="actions">
      {tools}
      <button type="button" className="quiet" onClick={copy} aria-live="polite">
        <Icon name="link" />
        {copied ? t('shared') : t('share')}
      </button>
      {detail?.level === 'commune' && (
        <a
          className="quiet"
          href={formatView({ ...view, camera: null, commune: detail.code, place: null, list: null })}>
          <Icon name="list" />
          {t('communePage')}
        </a>
      )}
    </div>
  );
}
