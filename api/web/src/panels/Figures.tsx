// The figures of one place: headline, facts, skills, what needs attention.
import type { ReactNode } from 'react';
import { Bar, FlagIcon } from '../components/components';
import { lastVisitOf, Rate } from '../components/Shown';
import type { Row } from '../server/contract';
import { colourOf } from '../symbology/scale';
import { go, useView } from '../view/location';
import { flagKinds, skillOf } from '../view/view';
import {
  countOrSuppressed,
  kindOf,
  partOfHouseholds,
  reasonsOf,
  releaseText,
  skillName,
  useLabels,
} from '../text/labels';
import { Next } from './Tasks';
import { Outcomes } from './Outcomes';
import { Skills } from './Skills';
import { Teams } from './Teams';
import { Trend } from './Trend';

export function Figures({
  row,
  place,
  serving,
  playing,
}: {
  row: Row;
  place: string | null;
  /** Whether it is small enough to list its teams one by one. */
  serving: boolean;
  playing: boolean;
}) {
  const labels = useLabels();
  const chosen = skillOf(useView().measure) !== null; // then the skills come first
  if (row.households === 0 && row.visits === 0) return <p className="empty">{labels.t('emptyPlace')}</p>;
  return (
    <>
      <Headline row={row} />
      {chosen && <Skills row={row} />}
      {!playing && <Next row={row} />}
      {!labels.meta.public && <Outcomes row={row} />}
      <Facts row={row} />
      {!chosen && <Skills row={row} />}
      {!playing && <Trend place={place} />}
      <Reasons row={row} />
      {!playing && serving && place && !labels.meta.public && <Teams place={place} />}
      {!playing && labels.meta.public && (
        <p className="note">
          {serving && labels.t('operatorOnlyTeams')} {labels.t('operatorOnlyDays')}
        </p>
      )}
    </>
  );
}

/** Coverage in large type, with its counts in words; attempts beside it. */
function Headline({ row }: { row: Row }) {
  const labels = useLabels();
  const { t, meta } = labels;
  const line = (rate: number | null, key: 'coverage' | 'attempts', part: 'reached' | 'attempted') => (
    <div className={`headline ${key === 'coverage' ? 'first' : ''}`}>
      <p className="rate" data-testid={key}>
        <Rate value={rate} whole={row.households} />
      </p>
      <h3>{t(key)}</h3>
      <p className="spelled" data-testid={part}>
        {partOfHouseholds(row, part, labels)}
      </p>
      <Bar
        rate={rate}
        colour={rate === null ? '' : colourOf(rate, key)}
        tick={key === 'coverage' ? meta.thresholds.low_coverage : undefined}
      />
    </div>
  );
  return (
    <section className="headlines">
      {line(row.coverage, 'coverage', 'reached')}
      {line(row.attempt_rate, 'attempts', 'attempted')}
      {row.suppressed?.length ? <p className="note">{releaseText('fewerWhy', labels)}</p> : null}
    </section>
  );
}

function Facts({ row }: { row: Row }) {
  const labels = useLabels();
  const { t } = labels;
  const last = lastVisitOf(row.last_visit, labels);
  const facts: [name: string, value: ReactNode, more?: string | null][] = [
    [t('contacted'), countOrSuppressed(row.contacted, labels)],
    [t('success'), <Rate value={row.success_rate} whole={row.contacted} />],
    [t('revisitDue'), countOrSuppressed(row.revisit_due, labels)],
    [t('visits'), countOrSuppressed(row.visits, labels)],
    [t('lastVisit'), last.at, last.ago],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value, more]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {more && <small>{more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Reasons({ row }: { row: Row }) {
  const labels = useLabels();
  const { t, count } = labels;
  const reasons = reasonsOf(row, flagKinds, labels);
  const hamlets = Object.entries(row.hamlets_flagged ?? {})
    .filter(([flag, number]) => number > 0 && (flagKinds as readonly string[]).includes(kindOf(flag)))
    .sort(([a], [b]) => rank(a, labels.meta.skills) - rank(b, labels.meta.skills));
  return (
    <section className="reasons">
      <h3>{t('flagsHere')}</h3>
      {reasons.length === 0 && hamlets.length === 0 && <p className="note">{t('noFlags')}</p>}
      <ul>
        {reasons.map(({ kind, name, why }) => (
          <li key={kind} data-testid={`flag-${kind}`}>
            <FlagIcon kind={kind} />
            <span>
              <strong>{name}</strong> {why}
            </span>
          </li>
        ))}
      </ul>
      {hamlets.length > 0 && (
        <ul className="tally">
          {hamlets.map(([flag, number]) => {
            const [kind, skill] = flag.split(':');
            return (
              <li key={flag}>
                <FlagIcon kind={kind!} />
                <button type="button" onClick={() => go({ list: flag })}>
                  {t(`flag_${kind}`)}
                  {skill && <small> {skillName(skill, labels)}</small>}
                </button>
                <b>{t('hamletsFlagged', { count: number, replace: { count: count(number) } })}</b>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

/** By severity; the skills of one flag in the programme's order. */
export function rank(flag: string, skills: readonly { key: string }[]): number {
  const [kind, skill] = flag.split(':');
  return (
    (flagKinds as readonly string[]).indexOf(kind!) * 100 + skills.findIndex((candidate) => candidate.key === skill)
  );
}
