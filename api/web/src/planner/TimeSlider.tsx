// The months of the programme in a row: each as high as its visits were many. One is chosen with
// a slider, or they play one after the other.
import { useEffect, useState } from 'react';
import type { Answer } from '../server/contract';
import { Icon } from '../components/components';
import { go, useView } from '../view/location';
import { urlOf, useFetch } from '../server/server';
import { isComparable, publishedMonths } from '../view/calendar';
import { monthOf, monthsBetween, withMonth, type Month, type Period } from '../view/view';
import { shortCount, useLabels, type Labels } from '../text/labels';

/** The least time that a month is shown while months play. */
const stayMs = 900;

export function TimeSlider({
  shown,
  playing,
  onPlay,
}: {
  /** The month that the map shows, with all of its tiles. */
  shown: string | null;
  playing: boolean;
  onPlay: (playing: boolean) => void;
}) {
  const { period, place, measure, beside, earlier } = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const month = monthOf(period)!;
  const first = meta.first_visit ?? meta.today;
  // To the public months that have ended, and where two are compared those with an earlier one.
  const compares = measure === 'change' || beside !== null;
  const months = meta.public
    ? publishedMonths(meta.public.windows).filter(
        (one) => !compares || isComparable(one as Month, earlier, meta.today, meta.public!.windows),
      )
    : monthsBetween(first, meta.today);
  const at = Math.max(0, months.indexOf(month));
  const trend = useFetch<Answer>(
    urlOf('/api/v1/coverage', { by: 'month', from: meta.public ? null : first, to: meta.today, parent: place }),
    meta.version,
  );
  const visits = new Map(trend.data?.rows.map((row) => [row.key.slice(0, 7), row.visits ?? 0]));
  /** Null where hidden. */
  const visitsOf = (one: string): number | null => (meta.public ? visits.get(one) || null : (visits.get(one) ?? 0));
  const most = Math.max(1, ...visits.values());
  const to = (index: number, how: 'push' | 'replace' = 'push') => {
    const next = months[Math.min(months.length - 1, Math.max(0, index))]!;
    go({ period: withMonth(period, next) }, how);
  };

  // The next month follows when this one is on the screen and has been seen for a while.
  const [since, setSince] = useState(0);
  useEffect(() => setSince(performance.now()), [shown]);
  useEffect(() => {
    if (!playing || shown !== month) return;
    const timer = window.setTimeout(
      () => {
        if (at + 1 < months.length) to(at + 1, 'replace');
        else onPlay(false);
      },
      Math.max(0, stayMs - (performance.now() - since)),
    );
    return () => window.clearTimeout(timer);
  }, [playing, shown, month, since]);

  const name = monthName(month, period, labels);
  return (
    <section className="timeline" aria-label={t('timeline')} data-testid="timeline" data-shown={shown ?? ''}>
      <button
        type="button"
        className="play"
        aria-label={t(playing ? 'pause' : 'play')}
        onClick={() => {
          if (!playing && at === months.length - 1) to(0);
          onPlay(!playing);
        }}>
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <div className="months">
        <div className="heaps" aria-hidden="true">
          {months.map((one, index) => (
            <span
              key={one}
              className={index === at ? 'now' : index < at && period !== month ? 'past' : undefined}
              style={{ height: `${8 + 30 * ((visits.get(one) ?? 0) / most)}px` }}
            />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={months.length - 1}
          value={at}
          aria-label={t('month')}
          aria-valuetext={t('monthVisits', { month: name, visits: shortCount(visitsOf(month), labels) })}
          onChange={(event) => {
            onPlay(false);
            to(Number(event.target.value), 'replace');
          }}
        />
      </div>
      <div className="moment">
        <strong>{name}</strong>
        {!meta.public && (
          <label>
            <input
              type="checkbox"
              checked={period !== month}
              onChange={(event) => go({ period: (event.target.checked ? `..${month}` : month) as Period })}
            />
            <span>{t('accumulate')}</span>
          </label>
        )}
      </div>
    </section>
  );
}

export function monthName(month: string, period: Period, { t }: Labels): string {
  const [year, number] = month.split('-');
  return t(period === month ? 'monthName' : 'upToMonth', { month: Number(number), year });
}
