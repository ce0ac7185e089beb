// Figures of which the public may not see all: rates over hidden counts, and the latest visit.
import type { ReactNode } from 'react';
import { ago } from '../text/format';
import { releaseText, useLabels, type Labels } from '../text/labels';

/** A rate; a dash where its denominator is zero, a longer one, with the reason, where a count is hidden. */
export function Rate({
  value,
  whole,
  digits = 1,
}: {
  value: number | null | undefined;
  /** The denominator: null where it is hidden. */
  whole: number | null | undefined;
  digits?: 0 | 1;
}) {
  const { percent } = useLabels();
  if (typeof value === 'number') return <>{percent(value, digits)}</>;
  return whole === 0 || whole === undefined ? <>–</> : <NotShown />;
}

/** In place of what is made from hidden counts. */
export function NotShown() {
  const why = releaseText('notShown', useLabels());
  return (
    <span title={why}>
      <span aria-hidden="true">—</span>
      <span className="hidden">{why}</span>
    </span>
  );
}

/** When somebody came last, and how long ago: to the public a month, and what is hidden is no "never". */
export function lastVisitOf(
  day: string | null,
  { t, date, lang, meta }: Labels,
): { at: ReactNode; ago: string | null } {
  if (day === null) return { at: meta.public ? <NotShown /> : t('never'), ago: null };
  return { at: date(day), ago: meta.public ? null : ago(day, meta.today, lang) };
}
