// One hamlet: how far it is, who serves it, what people there can do, and what to do next.
import { useEffect, useRef } from 'react';
import type { Row } from '../server/contract';
import { go, useView } from '../view/location';
import { Bar, FlagIcon, Icon } from '../components/components';
import { lastVisitOf, Rate } from '../components/Shown';
import { Skills } from '../panels/Skills';
import { tasksOf } from '../panels/Tasks';
import { colourOf } from '../symbology/scale';
import { flagKinds, formatView } from '../view/view';
import { countOrSuppressed, partOfHouseholds, placeName, reasonsOf, releaseText, useLabels } from '../text/labels';

export function Hamlet({ row, teams }: { row: Row; teams: readonly Row[] | null }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, meta } = labels;
  const last = lastVisitOf(row.last_visit, labels);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // what was tapped may be far down the list
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: 'start' });
  }, [row.key]);
  const reasons = reasonsOf(row, flagKinds, labels);
  const tasks = tasksOf(row, labels);
  return (
    <article className="one" data-testid="hamlet" aria-labelledby="hamlet-title">
      <a
        className="return"
        href={formatView({ ...view, place: null })}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          go({ place: null });
        }}>
        <Icon name="up" />
        {t('chairBack')}
      </a>
      <h2 id="hamlet-title" tabIndex={-1} ref={heading}>
        {placeName(row, lang)}
      </h2>
      <Headline row={row} />
      <dl className="facts">
        <div>
          <dt>{t('attempted')}</dt>
          <dd>{countOrSuppressed(row.attempted, labels)}</dd>
        </div>
        <div>
          <dt>{t('revisitDue')}</dt>
          <dd>{countOrSuppressed(row.revisit_due, labels)}</dd>
        </div>
        <div>
          <dt>{t('lastVisit')}</dt>
          <dd>
            {last.at}
            {last.ago && <small> {last.ago}</small>}
          </dd>
        </div>
      </dl>
      {reasons.length > 0 && (
        <ul className="reasons">
          {reasons.map(({ kind, name, why }) => (
            <li key={kind}>
              <FlagIcon kind={kind} />
              <span>
                <strong>{name}</strong> {why}
              </span>
            </li>
          ))}
        </ul>
      )}
      <section className="tasks">
        <h3>{t('next')}</h3>
        {tasks.length === 0 ? (
          <p>{t('nextNone')}</p>
        ) : (
          <ol>
            {tasks.map(({ kind, text }) => (
              <li key={kind}>{text}</li>
            ))}
          </ol>
        )}
      </section>
      <section className="serving">
        <h3>{t('chairTeam')}</h3>
        {meta.public ? (
          <p>{t('operatorOnlyTeams')}</p>
        ) : teams === null ? (
          <p>…</p>
        ) : teams.length === 0 ? (
          <p>{t('teamsNone')}</p>
        ) : (
          <ul>
            {teams.map((team) => (
              <li key={team.key}>
                {team.name}
                <small>
                  {' '}
                  {[
                    t('teamReached', {
                      reached: countOrSuppressed(team.reached, labels),
                      households: countOrSuppressed(team.households, labels),
                    }),
                    team.members === undefined ? null : t('teamMembers', { count: team.members }),
                    ...team.flags
                      .filter((flag) => flag === 'understaffed' || flag === 'overloaded')
                      .map((flag) => t(`flag_${flag}`)),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </small>
              </li>
            ))}
          </ul>
        )}
      </section>
      <Skills row={row} />
    </article>
  );
}

/** Coverage in large type, with its counts in words. */
export function Headline({ row }: { row: Row }) {
  const labels = useLabels();
  const { t, meta } = labels;
  return (
    <div className="headline">
      <p className="rate" data-testid="coverage">
        <Rate value={row.coverage} whole={row.households} />
      </p>
      <p className="spelled">
        <b>{t('coverage')}</b>
        <span data-testid="reached">{partOfHouseholds(row, 'reached', labels)}</span>
      </p>
      <Bar
        rate={row.coverage}
        colour={row.coverage === null ? '' : colourOf(row.coverage, 'coverage')}
        tick={meta.thresholds.low_coverage}
      />
      {row.suppressed?.length ? <p className="note">{releaseText('fewerWhy', labels)}</p> : null}
    </div>
  );
}
