// The teams that serve a place, the least covered first.
import type { Answer } from '../server/contract';
import { Bar } from '../components/components';
import { Rate } from '../components/Shown';
import { colourOf } from '../symbology/scale';
import { useView } from '../view/location';
import { urlOf, useFetch } from '../server/server';
import { formatView, initial } from '../view/view';
import { countOrSuppressed, useLabels, windowQuery } from '../text/labels';
import { Waiting } from '../components/Status';

const most = 6;

export function Teams({ place }: { place: string }) {
  const view = useView();
  const labels = useLabels();
  const { t, count, meta } = labels;
  const { data } = useFetch<Answer>(
    urlOf('/api/v1/coverage', { by: 'team', parent: place, ...windowQuery(view, meta) }),
    meta.version,
  );
  if (!data)
    return (
      <section className="teams">
        <h3>{t('teams')}</h3>
        <Waiting />
      </section>
    );
  const serving = data.rows.filter((row) => (row.serves?.length ?? 0) > 0);
  const teams = [...serving].sort((a, b) => (a.coverage ?? 2) - (b.coverage ?? 2));
  return (
    <section className="teams" data-testid="teams">
      <h3>
        {t('teams')} <small>{count(teams.length)}</small>
      </h3>
      {teams.length === 0 && <p className="note">{t('teamsNone')}</p>}
      <ol>
        {teams.slice(0, most).map((team) => (
          <li key={team.key} data-code={team.key}>
            <span className="name">{team.name}</span>
            <span className="value">
              <Rate value={team.coverage} whole={team.households} digits={0} />
            </span>
            <Bar rate={team.coverage} colour={team.coverage === null ? '' : colourOf(team.coverage, 'coverage')} />
            <small>
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
      </ol>
      {teams.length > most && (
        <a
          className="more"
          href={formatView({ ...initial, lang: view.lang, period: view.period, place, page: 'teams' })}>
          {t('teamsAll', { count: teams.length, replace: { count: count(teams.length) } })}
        </a>
      )}
    </section>
  );
}
