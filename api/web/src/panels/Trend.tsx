// How coverage grew within the period, and how many visits it took: a chart, and the same as
// numbers.
import { lazy, Suspense } from 'react';
import type { Answer } from '../server/contract';
import { useView } from '../view/location';
import { urlOf, useFetch } from '../server/server';
import { countOrSuppressed, shortCount, useLabels, windowQuery } from '../text/labels';
import { NotShown } from '../components/Shown';
import { Waiting } from '../components/Status';

const Chart = lazy(() => import('./Chart'));

export type Grain = 'day' | 'week' | 'month';

/** Days, weeks or months: as many as fit a chart. */
export function grainOf(from: string, to: string): Grain {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  return days <= 45 ? 'day' : days <= 200 ? 'week' : 'month';
}

export function Trend({ place }: { place: string | null }) {
  const view = useView();
  const labels = useLabels();
  const { t, meta, percent, date } = labels;
  const days = windowQuery(view, meta);
  // To the public the months that have ended within the window, each by itself.
  const alone = meta.public !== null;
  const from = alone ? days.from : (days.from ?? meta.first_visit ?? days.to);
  const by = alone ? 'month' : grainOf(from!, days.to);
  const { data } = useFetch<Answer>(urlOf('/api/v1/coverage', { by, parent: place, from, to: days.to }), meta.version);
  if (!data)
    return (
      <section className="trend">
        <h3>{t('trend')}</h3>
        <Waiting />
      </section>
    );

  const points = data.rows.map((row) => ({
    day: row.key,
    visits: row.visits,
    newly: row.newly_reached ?? null,
    soFar: row.reached_so_far ?? null,
    coverage: alone
      ? row.coverage
      : row.households && row.reached_so_far != null
        ? row.reached_so_far / row.households
        : null,
  }));
  if (alone && points.length < 2) return null;
  const known = points.filter((point) => point.coverage !== null);
  const [first, last] = [known[0], known.at(-1)];
  const says =
    first && last
      ? t(alone ? 'trendOfMonthsSays' : 'trendSays', { first: percent(first.coverage!), last: percent(last.coverage!) })
      : t('noData');
  return (
    <section className="trend" data-testid="trend">
      <h3>{t('trend')}</h3>
      {known.length > 1 && (
        <Suspense fallback={<div className="chart" />}>
          <Chart points={points} says={says} />
        </Suspense>
      )}
      <p className="note">
        {says} {t(alone ? 'trendOfMonths' : `trendCaption_${by}`)}
      </p>
      <details>
        <summary>{t('trendTable')}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('trendPeriod')}</th>
              <th scope="col">{t('visits')}</th>
              {!alone && <th scope="col">{t('newly')}</th>}
              {!alone && <th scope="col">{t('soFar')}</th>}
              <th scope="col">{t('coverage')}</th>
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={point.day}>
                <th scope="row">{date(alone ? point.day.slice(0, 7) : point.day)}</th>
                <td>{shortCount(point.visits, labels)}</td>
                {!alone && <td>{countOrSuppressed(point.newly, labels)}</td>}
                {!alone && <td>{countOrSuppressed(point.soFar, labels)}</td>}
                <td>
                  {alone && point.coverage === null ? (
                    <NotShown />
                  ) : point.coverage === null ? (
                    '–'
                  ) : (
                    percent(point.coverage)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
