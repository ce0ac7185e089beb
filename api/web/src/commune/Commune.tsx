// The page of one commune for its chair, for a phone on a slow line and for paper: where to send people first.
// All but the sketch is drawn from the first answers.
import { useEffect, useMemo, useState } from 'react';
import type { Answer, Meta } from '../server/contract';
import { moment } from '../text/format';
import { go, useView } from '../view/location';
import { Masthead } from '../components/Masthead';
import { Segments } from '../components/components';
import { Published, ReplacedNotice, WindowSegments } from '../components/Published';
import { Failure, Stale, Waiting } from '../components/Status';
import { tasksOf } from '../panels/Tasks';
import { cachedSince, urlOf, useFetch } from '../server/server';
import { formatView, spans, type Span } from '../view/view';
import { boundariesDay, periodName, placeName, useLabels, windowQuery } from '../text/labels';
import { Actions } from './Actions';
import { Hamlet, Headline } from './Hamlet';
import { HamletMap, HatchSwatch } from './HamletMap';
import { Hamlets } from './Hamlets';
import { registerWorker } from './registerWorker';
import { groupsOf, stateOf, teamsByHamlet } from './order';
import { Qr } from './Qr';
import { labelsOf, type Sketch } from './shapes';
import './commune.css';
import './print.css';

/** How long to wait before an answer that came from the device is requested again. */
const againMs = 15_000;

export default function Commune({ meta, code, offline }: { meta: Meta; code: string; offline: boolean }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, count } = labels;
  const [tries, setTries] = useState(0);
  // When the network is back, everything is requested again.
  const attempt = tries + (cachedSince(meta) ? 0.5 : 0);
  const days = windowQuery(view, meta);
  const asked = urlOf('/api/v1/coverage', { by: 'area', parent: code, ...days });
  const answer = useFetch<Answer>(asked, meta.version, attempt);
  // Figures of another period must not be shown under the name of this one.
  const figures = answer.of === asked ? answer.data : null;
  const teams = useFetch<Answer>(
    meta.public ? null : urlOf('/api/v1/coverage', { by: 'team', parent: code, ...days }),
    meta.version,
    attempt,
  );
  // The sketch is requested after the figures; it is the same in every period.
  const sketch = useFetch<Sketch>(
    figures && urlOf(`/communes/${encodeURIComponent(code)}/sketch.json`, { boundaries: boundariesDay(days.to, meta) }),
    meta.version,
    attempt,
  );

  const total = figures?.total ?? null;
  const known = total ?? answer.data?.total; // of whatever period: its name stays
  const name = known ? placeName(known, lang) : t('communePage');
  const groups = useMemo(() => groupsOf(figures?.rows ?? [], lang), [figures, lang]);
  const serving = useMemo(() => (teams.data ? teamsByHamlet(teams.data.rows) : null), [teams.data]);
  const states = useMemo(() => new Map((figures?.rows ?? []).map((row) => [row.key, stateOf(row)])), [figures]);
  const placeLabels = useMemo(
    () =>
      sketch.data
        ? labelsOf(
            sketch.data,
            groups.flatMap(({ rows }) => rows.map((row) => row.key)),
          )
        : [],
    [sketch.data, groups],
  );
  // Counted from the list itself, so that the summary agrees with it.
  const flagged = useMemo(() => {
    const tally: Record<string, number> = {};
    for (const row of figures?.rows ?? [])
      if (row.key !== '') for (const flag of row.flags) tally[flag] = (tally[flag] ?? 0) + 1;
    return tally;
  }, [figures]);
  const chosen = figures?.rows.find((row) => row.key !== '' && row.key === view.place) ?? null;

  useEffect(() => {
    document.title = total ? `${name} · ${t('name')}` : t('name');
  }, [total, name, t]);
  useEffect(() => {
    // this page scrolls, the map does not
    document.documentElement.classList.add('scrolls');
    return () => document.documentElement.classList.remove('scrolls');
  }, []);
  const settled = (meta.public ? [answer, sketch] : [answer, teams, sketch]).every(
    ({ data, loading }) => data !== null && !loading,
  );
  useEffect(() => {
    if (settled) registerWorker();
  }, [settled, view.period]);
  const kept =
    [meta, figures, teams.data]
      .map(cachedSince)
      .filter((since) => since !== null)
      .sort()[0] ?? null;
  useEffect(() => {
    if (!kept) return;
    const timer = window.setInterval(() => setTries((before) => before + 1), againMs);
    return () => window.clearInterval(timer);
  }, [kept]);

  const unknown =
    (answer.error && [400, 404, 422].includes(answer.error.status)) || (total && total.level !== 'commune');
  const retry = () => setTries(tries + 1);
  const address = window.location.origin + formatView(view);
  return (
    <main className="commune" data-state={settled ? 'idle' : answer.error ? 'failed' : 'loading'}>
      <Masthead />
      {kept && (
        <p className="kept" role="status" data-testid="kept">
          {t('chairKept', { time: moment(kept, lang) })}
        </p>
      )}
      {!kept && <Stale offline={offline || (figures !== null && answer.error !== null)} className="kept" />}
      <ReplacedNotice />
      {meta.sample && (
        <p className="sample">
          <b>{t('sample')}.</b> {t('sampleWhy')}
        </p>
      )}
      {unknown ? (
        <div className="failure" role="alert">
          <h1>{t('errorTitlePlace')}</h1>
          <p>{t('errorPlace', { code })}</p>
          <a href={formatView({ ...view, commune: null, place: null })}>{t('chairToMap')}</a>
        </div>
      ) : (
        <>
          <header className="title">
            <div>
              <h1>{name}</h1>
              <p className="when">{periodName(view.period, labels)}</p>
              <a href={formatView({ ...view, commune: null, place: view.place ?? code })}>{t('chairToMap')}</a>
            </div>
            <figure className="on-paper way">
              <Qr address={address} label={t('chairQr')} />
              <figcaption>{t('chairQr')}</figcaption>
            </figure>
          </header>
          {meta.public ? (
            <WindowSegments />
          ) : (
            <Segments<Span | ''>
              legend={t('period')}
              name="period"
              value={spans.find((span) => span === view.period) ?? ''}
              options={spans.map((value) => ({ value, text: t(value) }))}
              onChange={(span) => span && go({ period: span })}
            />
          )}
          <Published />
          {!figures && answer.error && (
            <Failure
              error={answer.error}
              retry={retry}
              note={answer.error.status === 0 ? t('chairNotKept') : undefined}
            />
          )}
          {!figures && !answer.error && <Waiting />}
          {figures && total && (
            <div className={chosen ? 'leaf' : 'whole'}>
              {!chosen && (
                <section className="summary" aria-label={t('overview')}>
                  {total.households === 0 && total.visits === 0 ? (
                    <p className="empty">{t('emptyPlace')}</p>
                  ) : (
                    <Headline row={total} />
                  )}
                  {groups.length > 0 && (
                    <ul className="tally">
                      {groups
                        .filter(({ hamlets }) => hamlets > 0)
                        .map(({ state, hamlets }) => (
                          <li key={state}>
                            <a href={`#${state}`}>
                              <HatchSwatch state={state} />
                              <b>{count(hamlets)}</b> {t(state === 'going' ? 'chairGoing' : `flag_${state}`)}
                            </a>
                          </li>
                        ))}
                    </ul>
                  )}
                </section>
              )}
              {chosen && <Hamlet row={chosen} teams={serving?.get(chosen.key) ?? (serving ? [] : null)} />}
              <section className="place-map" aria-label={t('chairMap')}>
                {sketch.data && sketch.data.shapes.length > 0 && (
                  <>
                    <HamletMap sketch={sketch.data} labels={placeLabels} stateOf={states} name={name} />
                    <p className="note">{t('chairMapWhy')}</p>
                  </>
                )}
                {!sketch.data && sketch.loading && <div className="sketch-waiting" />}
              </section>
              {!chosen && total.households !== 0 && (
                <section className="tasks whole-tasks">
                  <h2>{t('next')}</h2>
                  <ol>
                    {tasksOf({ ...total, hamlets_flagged: flagged }, labels).map(({ kind, text }) => (
                      <li key={kind}>{text}</li>
                    ))}
                  </ol>
                </section>
              )}
              <section className="hamlets" aria-labelledby="hamlets-title">
                <h2 id="hamlets-title">
                  {t('hamletsIn')} <small>{count(figures.rows.filter((row) => row.key !== '').length)}</small>
                </h2>
                {groups.length === 0 ? (
                  <p className="empty">{t('chairNoHamlets')}</p>
                ) : (
                  <Hamlets groups={groups} teams={serving} />
                )}
              </section>
              <p className="printed">
                {t('printedFor', { days: periodName(view.period, labels), version: meta.version })}
              </p>
              <Actions title={`${name} · ${t('name')}`} code={code} offline={kept !== null || offline} />
            </div>
          )}
        </>
      )}
    </main>
  );
}
