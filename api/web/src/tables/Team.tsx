// One team: whom it serves and served, and what became of it.
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import type { Areas, TeamDetail } from '../server/contract';
import { ago } from '../text/format';
import { useView } from '../view/location';
import { Failure, Waiting } from '../components/Status';
import { Bar, Icon } from '../components/components';
import { Rate } from '../components/Shown';
import { colourOf } from '../symbology/scale';
import { urlOf, useFetch } from '../server/server';
import { formatView, initial } from '../view/view';
import { countOrSuppressed, placeName, useLabels, windowQuery } from '../text/labels';
import { MapLink, setPageParams } from './shared';

export function Team({ id, names }: { id: string; names: Map<string, string> }) {
  const view = useView();
  const labels = useLabels();
  const { t, count, percent, date, lang, meta } = labels;
  const days = windowQuery(view, meta);
  const { data, error } = useFetch<TeamDetail>(urlOf(`/api/v1/teams/${encodeURIComponent(id)}`, days), meta.version);
  const hamlets = useFetch<Areas>(
    data?.commune_code
      ? urlOf('/api/v1/areas', { level: 'hamlet', parent: data.commune_code, boundaries: days.to, limit: 10000 })
      : null,
    meta.version,
  );
  const hamletNames = useMemo(
    () => new Map(hamlets.data?.areas.map((area) => [area.code, placeName(area, lang)])),
    [hamlets.data, lang],
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [data === null]);
  const close = () => {
    setPageParams(view, { team: null });
    document.querySelector<HTMLElement>('[role=grid]')?.focus();
  };
  const row = data?.record;
  return (
    <aside
      className="detail"
      aria-label={t('teamDetail')}
      data-testid="team"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}>
      <button type="button" className="close" aria-label={t('close')} onClick={close}>
        <Icon name="close" />
      </button>
      {error && !data ? (
        <Failure error={error} />
      ) : !data ? (
        <Waiting />
      ) : (
        <>
          <h2 ref={heading} tabIndex={-1}>
            {data.name || data.id}
          </h2>
          <p className="muted">
            {[data.commune_code && (names.get(data.commune_code) ?? data.commune_code), data.id]
              .filter(Boolean)
              .join(' · ')}
          </p>
          {data.commune_code && (
            <p>
              <MapLink place={data.commune_code} name={names.get(data.commune_code) ?? data.commune_code} />
            </p>
          )}
          {!row ? (
            <p className="note">{t('teamNotAtWork')}</p>
          ) : (
            <>
              <div className="team-rate">
                <b>{row.coverage === null ? '–' : percent(row.coverage)}</b>
                <span>
                  {t('teamReachedOf', {
                    reached: countOrSuppressed(row.reached, labels),
                    households: countOrSuppressed(row.households, labels),
                  })}
                </span>
              </div>
              <Bar
                rate={row.coverage}
                colour={row.coverage === null ? '' : colourOf(row.coverage, 'coverage')}
                tick={meta.thresholds.low_coverage}
              />
              {row.flags
                .filter((flag) => flag === 'understaffed' || flag === 'overloaded')
                .map((flag) => (
                  <p key={flag} className="note">
                    <span className={`tag ${flag}`}>{t(`flag_${flag}`)}</span>{' '}
                    {t(`why_${flag}`, {
                      limit: count(
                        flag === 'understaffed' ? meta.thresholds.team_members : meta.thresholds.team_households,
                      ),
                    })}
                  </p>
                ))}
              <dl className="pairs">
                <Pair name={t('members')} value={data.members === null ? '–' : count(data.members)} />
                <Pair
                  name={t('success')}
                  value={<Rate value={row.success_rate} whole={row.contacted} />}
                  more={t('contactedOf', { contacted: countOrSuppressed(row.contacted, labels) })}
                />
                <Pair
                  name={t('visits')}
                  value={countOrSuppressed(row.visits, labels)}
                  more={t('insideOutside', {
                    inside: countOrSuppressed(row.visits_inside ?? null, labels),
                    outside: countOrSuppressed(row.visits_outside ?? null, labels),
                  })}
                />
                <Pair name={t('daysWorked')} value={row.days_worked == null ? '–' : count(row.days_worked)} />
                <Pair name={t('reachedByAny')} value={countOrSuppressed(row.reached_by_any ?? null, labels)} />
                <Pair name={t('reachedElsewhere')} value={countOrSuppressed(row.reached_elsewhere ?? null, labels)} />
                <Pair
                  name={t('revisitWorked')}
                  value={<Rate value={row.revisit_effectiveness} whole={row.revisits} />}
                  more={t('revisitsOf', {
                    completed: countOrSuppressed(row.revisits_completed ?? null, labels),
                    revisits: countOrSuppressed(row.revisits ?? null, labels),
                  })}
                />
                <Pair
                  name={t('lastActive')}
                  value={row.last_visit ? date(row.last_visit) : t('never')}
                  more={row.last_visit ? ago(row.last_visit, meta.today, lang) : undefined}
                />
              </dl>
            </>
          )}
          <h3>{t('assignments')}</h3>
          <ol className="history">
            {[...data.assignments].reverse().map((assignment, i) => (
              <li key={assignment.from ?? i}>
                <b>{span(assignment.from ?? data.formed_on, assignment.to ?? data.dissolved_on)}</b>
                {assignment.hamlets.length === 0 ? (
                  <p className="muted">{t('servesNone')}</p>
                ) : (
                  <ul>
                    {assignment.hamlets.map((code) => (
                      <li key={code}>
                        <a href={formatView({ ...initial, lang, period: view.period, place: code })}>
                          {hamletNames.get(code) ?? code}
                        </a>
                      </li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ol>
        </>
      )}
    </aside>
  );

  function span(from: string | null, to: string | null): string {
    return [
      from ? t('boundariesFrom', { from: date(from) }) : t('boundariesAlways'),
      to ? t('boundariesUntil', { to: date(to) }) : t('untilNow'),
    ].join(' ');
  }
}

function Pair({ name, value, more }: { name: string; value: ReactNode; more?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {more && <small>{more}</small>}
      </dd>
    </div>
  );
}
