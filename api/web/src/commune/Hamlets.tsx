// The hamlets by priority of a visit: cards on a phone, rows of a table on wide screens and on paper.
import type { MouseEvent } from 'react';
import type { Row } from '../server/contract';
import { go, useView } from '../view/location';
import { FlagIcon } from '../components/components';
import { lastVisitOf } from '../components/Shown';
import { formatView } from '../view/view';
import { kindOf, placeName, shortCount, useLabels } from '../text/labels';
import { HatchSwatch } from './HamletMap';
import { stateOf, type Group } from './order';

export function Hamlets({ groups, teams }: { groups: readonly Group[]; teams: ReadonlyMap<string, Row[]> | null }) {
  const { t, count, meta } = useLabels();
  return (
    <div className={meta.public ? 'groups no-teams' : 'groups'} data-testid="hamlets">
      <div className="columns" aria-hidden="true">
        <span>{t('chairHamlet')}</span>
        <span>{t('households')}</span>
        <span>{t('reached')}</span>
        <span>{t('lastVisit')}</span>
        {!meta.public && <span>{t('chairTeam')}</span>}
        <span className="on-paper">{t('chairNotes')}</span>
      </div>
      {groups.map(({ state, rows, hamlets }) => (
        <section key={state} id={state} className={`group ${state}`} aria-labelledby={`${state}-title`}>
          <h3 id={`${state}-title`}>
            <HatchSwatch state={state} />
            {t(state === 'going' ? 'chairGoing' : `flag_${state}`)} <small>{count(hamlets)}</small>
          </h3>
          <ol>
            {rows.map((row) => (
              <Hamlet key={row.key} row={row} teams={teams?.get(row.key) ?? (teams ? [] : null)} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

const signs = ['no_team', 'stale', 'low_uptake', 'registry_gap'];

function Hamlet({ row, teams }: { row: Row; teams: Row[] | null }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, meta } = labels;
  const last = lastVisitOf(row.last_visit, labels);
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go({ place: row.key });
  };
  // The other flags: the heading has the most severe one.
  const others = signs.filter((kind) => kind !== stateOf(row) && row.flags.some((flag) => kindOf(flag) === kind));
  return (
    <li data-code={row.key} className={view.place === row.key ? 'chosen' : undefined}>
      <p className="name">
        {row.key === '' ? (
          t('noHamlet')
        ) : (
          <a href={formatView({ ...view, place: row.key })} onClick={open}>
            {placeName(row, lang)}
          </a>
        )}
        <span className="signs">
          {others.map((kind) => (
            <span key={kind} title={t(`flag_${kind}`)}>
              <FlagIcon kind={kind} />
              <span className="hidden">; {t(`flag_${kind}`)}</span>
            </span>
          ))}
        </span>
      </p>
      <p className="households">
        <span>{t('households')} </span>
        <b>{shortCount(row.households, labels)}</b>
      </p>
      <p className="reached">
        <span>{t('reached')} </span>
        <b>{shortCount(row.reached, labels)}</b>
      </p>
      <p className="last">
        <span>{t('lastVisit')} </span>
        <b>{last.at}</b>
        {last.ago && <small> {last.ago}</small>}
      </p>
      {!meta.public && (
        <p className="team">
          <span>{t('chairTeam')} </span>
          {row.key !== '' && (
            <b>
              {teams === null ? '…' : teams.length === 0 ? t('chairNoTeam') : teams.map((team) => team.name).join('; ')}
            </b>
          )}
        </p>
      )}
      <p className="on-paper" />
    </li>
  );
}
