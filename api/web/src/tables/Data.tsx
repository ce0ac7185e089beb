// The state of the data: counts, imports, and problems of quality.
import { useCallback, useEffect, useState } from 'react';
import type { Boundaries, ImportsFound, ImportStatus, Quality, State } from '../server/contract';
import { moment } from '../text/format';
import { useView } from '../view/location';
import { Failure, Waiting } from '../components/Status';
import { fetchJson, retryMeta, ServerError, urlOf, useFetch } from '../server/server';
import { versionName, useLabels } from '../text/labels';
import { Import } from './Import';
import { HowPublished } from './HowPublished';
import { Intake } from './Intake';
import { MapLink, setPageParams, useCommunes } from './shared';

const levels = ['province', 'district', 'commune', 'hamlet'] as const;
const idleMs = 10_000;
const busyMs = 400;

/** Polls a URL, quickly while an import runs. The last answer stays while the server cannot be reached. */
function usePolled<T>(
  url: string | null,
  busy: (data: T) => boolean,
): { data: T | null; error: ServerError | null; again: () => void } {
  const [known, setKnown] = useState<{ url: string | null; data: T | null; error: ServerError | null }>({
    url: null,
    data: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!url) return;
    let timer = 0;
    const stop = new AbortController();
    const step = async () => {
      let wait = idleMs;
      try {
        const data = await fetchJson<T>(url, stop.signal);
        setKnown({ url, data, error: null });
        if (busy(data)) wait = busyMs;
      } catch (error) {
        if (stop.signal.aborted) return;
        const caught = error instanceof ServerError ? error : new ServerError(0, String(error));
        setKnown((before) => ({ url, data: before.url === url ? before.data : null, error: caught }));
        wait = caught.status === 404 ? 0 : 3000; // what is gone does not come back
      }
      if (wait > 0) timer = window.setTimeout(step, wait);
    };
    void step();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [url, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return known.url === url ? { ...known, again } : { data: null, error: null, again };
}

const underWay = (one: { ended: string | null }) => one.ended === null;

export function Data() {
  const view = useView();
  const { t, meta } = useLabels();
  const state = usePolled<State>(meta.public ? null : '/api/v1/state', (data) => data.age_seconds > 0);
  const imports = usePolled<ImportsFound>('/api/v1/imports', (data) => data.imports.some(underWay));
  const one = usePolled<ImportStatus>(
    view.pageParams.import ? `/api/v1/imports/${encodeURIComponent(view.pageParams.import)}` : null,
    underWay,
  );
  const done = one.data?.status === 'done';
  // Imported data are shown as soon as the server has read them.
  useEffect(() => {
    if (!done) return;
    const timers = [300, 1500, 4000, 10_000].map((wait) =>
      window.setTimeout(() => {
        retryMeta();
        state.again();
      }, wait),
    );
    return () => timers.forEach((timer) => window.clearTimeout(timer));
  }, [done]);
  useEffect(() => {
    imports.again();
  }, [one.data?.status]);
  return (
    <div className="papers">
      <header className="bar-head">
        <div>
          <h1>{t('page_data')}</h1>
          {meta.programme !== t('name') && <p className="when">{meta.programme}</p>}
        </div>
      </header>
      {meta.public && <HowPublished />}
      <section className="paper" aria-labelledby="state-title">
        <h2 id="state-title">{t('stateTitle')}</h2>
        {meta.public ? (
          <p className="note">{t('operatorOnlyState')}</p>
        ) : state.error && !state.data ? (
          <Failure error={state.error} retry={state.again} />
        ) : !state.data ? (
          <Waiting />
        ) : (
          <DataState state={state.data} stale={state.error} />
        )}
      </section>
      <section className="paper" aria-labelledby="intake-title">
        <h2 id="intake-title">{t('intakeTitle')}</h2>
        {imports.error && !imports.data ? (
          <Failure error={imports.error} retry={imports.again} />
        ) : !imports.data ? (
          <Waiting />
        ) : (
          <Intake
            found={imports.data}
            busy={imports.data.imports.some(underWay)}
            onSent={(sent) => setPageParams(view, { import: sent.id })}
          />
        )}
        {view.pageParams.import && one.error?.status === 404 && (
          <p className="note" role="status">
            {t('importGone')}
          </p>
        )}
        {one.data && <Import one={one.data} />}
        {imports.data && imports.data.imports.length > 0 && <PastImports found={imports.data} />}
      </section>
      {!meta.public && (
        <section className="paper" aria-labelledby="quality-title">
          <h2 id="quality-title">{t('qualityTitle')}</h2>
          <QualityIssues />
        </section>
      )}
    </div>
  );
}

function DataState({ state, stale }: { state: State; stale: ServerError | null }) {
  const labels = useLabels();
  const { t, count, date, lang, meta } = labels;
  const boundaries = useFetch<Boundaries>('/api/v1/boundaries', meta.version);
  const facts: [string, string][] = [
    [t('households'), count(state.households)],
    [t('visits'), count(state.visits)],
    [t('teams'), count(state.teams)],
    ...levels
      .filter((level) => state.areas[level])
      .map((level): [string, string] => [t(`level_${level}`), count(state.areas[level]!)]),
    [t('firstVisit'), state.first_visit ? date(state.first_visit) : t('never')],
    [t('lastVisit'), state.last_visit ? date(state.last_visit) : t('never')],
  ];
  const late = stale !== null || state.age_seconds > 0 || !state.readable;
  return (
    <>
      <p className={late ? 'stand late' : 'stand'} role="status" data-testid="standing">
        {stale
          ? t('errorOffline')
          : !state.readable
            ? t('stateUnreadable', { time: moment(state.as_of, lang) })
            : late
              ? t('stateBehind', { time: moment(state.as_of, lang) })
              : t('stateFresh')}
      </p>
      {state.altered && (
        <p className="stand late" role="status" data-testid="altered">
          {lang === 'vi' ? state.altered_vi : state.altered}
        </p>
      )}
      {!state.writable && state.readable && (
        <p className="stand late" role="status" data-testid="unwritable">
          {t('stateUnwritable')}
        </p>
      )}
      <dl className="pairs" data-testid="state">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t('versionAndRevision', { version: state.version, revision: count(state.revision) })}</p>
      {boundaries.data && (
        <>
          <h3>{t('boundariesTitle')}</h3>
          <ul className="versions">
            {boundaries.data.versions.map((version, i) => (
              <li key={i}>
                <b>{versionName(version, labels)}:</b>{' '}
                {levels
                  .filter((level) => version.areas[level])
                  .map((level) => `${t(`level_${level}`)} ${count(version.areas[level]!)}`)
                  .join(' · ')}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function PastImports({ found }: { found: ImportsFound }) {
  const { t, count, lang } = useLabels();
  return (
    <>
      <h3>{t('importsBefore')}</h3>
      <div className="wide" tabIndex={0} role="group" aria-label={t('importsBefore')}>
        <table data-testid="imports">
          <thead>
            <tr>
              <th scope="col">{t('importBegan')}</th>
              <th scope="col">{t('importStatus')}</th>
              {['rowsRead', 'created', 'updated', 'rejected'].map((key) => (
                <th key={key} scope="col" className="number">
                  {t(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.imports.map((one, i) => (
              <tr key={one.began + i}>
                <th scope="row">{moment(one.began, lang)}</th>
                <td>{t(`import_${one.status}`)}</td>
                {[one.rows || one.progress.rows, one.created, one.updated, one.rejected].map((n, j) => (
                  <td key={j} className="number">
                    {count(n)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Problems of quality in the registers. */
function QualityIssues() {
  const { t, count, meta } = useLabels();
  const [attempt, setAttempt] = useState(0);
  const communes = useCommunes(meta.today);
  const names = new Map(communes.map(({ code, name }) => [code, name]));
  const { data, error } = useFetch<Quality>(urlOf('/api/v1/quality', {}), meta.version, attempt);
  if (error && !data) return <Failure error={error} retry={() => setAttempt(attempt + 1)} />;
  if (!data) return <Waiting />;
  if (data.findings.length === 0) return <p className="stand">{t('qualityNone')}</p>;
  return (
    <ul className="doubts counted" data-testid="quality">
      {data.findings.map(({ kind, count: number, examples }) => (
        <li key={kind} data-kind={kind}>
          <b>{count(number ?? 0)}</b>
          <p>{t(`doubt_${kind}`)}</p>
          <p className="muted">{t(`doubtWhy_${kind}`)}</p>
          {examples.length > 0 && (
            <details>
              <summary>{t('examples', { count: examples.length })}</summary>
              <ul>
                {examples.map((example) => (
                  <li key={example.id}>
                    <code>{example.id}</code> {example.name}{' '}
                    {example.metres !== undefined && t('metresOutside', { metres: count(example.metres) })}{' '}
                    {example.area && (
                      <>
                        <span className="muted">{names.get(example.area) ?? example.area}</span>{' '}
                        <MapLink place={example.area} name={names.get(example.area) ?? example.area} />
                      </>
                    )}
                  </li>
                ))}
              </ul>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}
