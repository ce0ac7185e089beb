// All flags, the most severe first.
import { useMemo, useState } from 'react';
import type { Flagged, Row } from '../server/contract';
import { useView } from '../view/location';
import { Failure, Waiting } from '../components/Status';
import { FlagIcon } from '../components/components';
import { lastVisitOf, Rate } from '../components/Shown';
import { urlOf, useFetch } from '../server/server';
import { flagKinds, formatView, initial } from '../view/view';
import {
  flagName,
  kindOf,
  periodName,
  placeName,
  skillName,
  useLabels,
  windowQuery,
  type Labels,
} from '../text/labels';
import { Grid } from './Grid';
import { commonBeginning, finder, formatSort, parseSort, type Column } from './rows';
import {
  CommuneChoice,
  Count,
  Empty,
  MapLink,
  PeriodChoice,
  setPageParams,
  TextFilter,
  Tools,
  useCommunes,
} from './shared';

const allLevels = ['hamlet', 'commune', 'team'] as const;
type Level = (typeof allLevels)[number];
/** As many as the server gives; the files have them all. */
const limit = 20000;
const ofTeams = ['understaffed', 'overloaded'];

interface Line extends Row {
  /** Its place in the server's order, which is by severity. */
  order: number;
}

export function Flags() {
  const view = useView();
  const labels = useLabels();
  const { t, count, meta } = labels;
  const [attempt, setAttempt] = useState(0);
  const levels = meta.public ? (['hamlet', 'commune'] as const) : allLevels; // rows of teams are not published
  const level = levels.find((name) => name === view.pageParams.level) ?? 'hamlet';
  const days = windowQuery(view, meta);
  const answer = useFetch<Flagged>(
    urlOf('/api/v1/flags', { ...days, level, kind: view.pageParams.sign, parent: view.place, limit }),
    meta.version,
    attempt,
  );
  const communes = useCommunes(days.to);
  const names = useMemo(() => new Map(communes.map(({ code, name }) => [code, name])), [communes]);
  const rows = useMemo(
    () => (answer.data?.rows ?? []).filter((row) => row.key !== '').map((row, order): Line => ({ ...row, order })),
    [answer.data],
  );
  const common = useMemo(
    () => (level === 'team' ? commonBeginning(rows.map((row) => row.name)).length : 0),
    [level, rows],
  );
  const columns = useMemo(
    () => columnsOf(level, common, names, view.pageParams.sign ?? null, labels),
    [level, common, names, view.pageParams.sign, labels],
  );
  const find = useMemo(
    () => finder(rows.map((row) => `${placeName(row, labels.lang)} ${row.key} ${names.get(row.parent ?? '') ?? ''}`)),
    [rows, names, labels.lang],
  );
  const shown = useMemo(() => {
    const found = find(view.pageParams.q ?? '');
    return rows.filter((_, i) => found[i]);
  }, [rows, find, view.pageParams.q]);
  const sort = parseSort(view.pageParams.sort, columns, { key: 'flags', down: false });
  if (answer.error && !answer.data) return <Failure error={answer.error} retry={() => setAttempt(attempt + 1)} />;
  const kinds = Object.entries(answer.data?.kinds ?? {})
    .filter(([flag]) =>
      level === 'team' ? ofTeams.includes(flag) : (flagKinds as readonly string[]).includes(kindOf(flag)),
    )
    .sort(([a], [b]) => meta.flags.indexOf(a) - meta.flags.indexOf(b));
  return (
    <>
      <header className="bar-head">
        <div>
          <h1>{t('page_flags')}</h1>
          <p className="when">
            {periodName(view.period, labels)}
            {view.place && ` · ${names.get(view.place) ?? view.place}`}
          </p>
        </div>
        <div className="facets">
          <label className="choice">
            <span>{t('by')}</span>
            <select
              value={level}
              onChange={(event) => setPageParams(view, { level: event.target.value, sign: null, sort: null })}>
              {levels.map((name) => (
                <option key={name} value={name}>
                  {t(`flagsOf_${name}`)}
                </option>
              ))}
            </select>
          </label>
          <TextFilter label={t('filter')} />
          <CommuneChoice communes={communes} />
          <PeriodChoice />
          <Tools
            layer={level === 'team' ? 'teams' : 'flags'}
            query={level === 'team' ? {} : { level, kind: view.pageParams.sign }}
          />
        </div>
        <div className="chips" role="group" aria-label={t('flagsColumn')}>
          {kinds.map(([flag, number]) => (
            <button
              key={flag}
              type="button"
              data-flag={flag}
              aria-pressed={view.pageParams.sign === flag}
              title={flagName(flag, labels)}
              onClick={() => setPageParams(view, { sign: view.pageParams.sign === flag ? null : flag })}>
              <FlagIcon kind={kindOf(flag)} />
              {flag.includes(':') ? (
                <span>
                  <span className="hidden">{t(`flag_${kindOf(flag)}`)}: </span>
                  {skillName(flag.split(':')[1]!, labels)}
                </span>
              ) : (
                <span>{t(`flag_${flag}`)}</span>
              )}
              <b>{count(number)}</b>
            </button>
          ))}
        </div>
        <p className="tally-line" role="status" data-testid="shown">
          {t('shownOfRows', { shown: count(shown.length), all: count(answer.data?.matched ?? 0) })}
          {answer.data &&
            answer.data.matched > answer.data.rows.length &&
            ` ${t('moreInFile', { count: answer.data.matched - answer.data.rows.length, replace: { count: count(answer.data.matched - answer.data.rows.length) } })}`}
        </p>
      </header>
      {!answer.data ? (
        <Waiting />
      ) : (
        <Grid
          label={t('page_flags')}
          rows={shown}
          columns={columns}
          sort={sort}
          keyOf={(row) => row.key}
          onSort={(next) => setPageParams(view, { sort: formatSort(next) }, 'replace')}
          onOpen={(row) => {
            window.location.href = addressOf(row, level, view.pageParams.sign ?? null, view);
          }}
          empty={
            <Empty filtered={Boolean(view.pageParams.q) || Boolean(view.pageParams.sign)} what={t('noFlaggedPlaces')} />
          }
        />
      )}
    </>
  );
}

/** Where a row leads: a place on the map, a team on its page. */
function addressOf(
  row: Row,
  level: Level,
  sign: string | null,
  { lang, period }: { lang: 'vi' | 'en'; period: typeof initial.period },
): string {
  if (level === 'team') return formatView({ ...initial, page: 'teams', lang, period, pageParams: { team: row.key } });
  return formatView({ ...initial, lang, period, place: row.key, list: sign });
}

function columnsOf(
  level: Level,
  common: number,
  names: Map<string, string>,
  sign: string | null,
  labels: Labels,
): Column<Line>[] {
  const { t, lang } = labels;
  const number = (key: 'households' | 'attempted' | 'reached' | 'visits', head: string): Column<Line> => ({
    key,
    head,
    width: 92,
    numeric: true,
    value: (row) => row[key],
    cell: (row) => <Count value={row[key]} labels={labels} />,
  });
  const rate = (key: 'coverage' | 'attempt_rate', head: string): Column<Line> => ({
    key,
    head,
    width: 96,
    numeric: true,
    value: (row) => row[key],
    cell: (row) => <Rate value={row[key]} whole={row.households} />,
  });
  const nameOf = (row: Row) => (level === 'team' ? row.name || row.key : placeName(row, lang));
  return [
    {
      key: 'name',
      head: t(level === 'team' ? 'team' : 'place'),
      width: 210,
      value: nameOf,
      cell: (row) => <PlaceLink row={row} />,
    },
    {
      key: 'flags',
      head: t('flagsColumn'),
      width: 320,
      hint: t('bySeverity'),
      value: (row) => row.order,
      cell: (row) => (
        <ul className="raised">
          {raisedOf(row, level).map((flag, i) => (
            <li key={flag} data-flag={flag} title={flagName(flag, labels)}>
              <FlagIcon kind={kindOf(flag)} />
              <span className={i > 0 && level !== 'team' ? 'hidden' : undefined}>{flagName(flag, labels)}</span>
            </li>
          ))}
        </ul>
      ),
    },
    number('households', t('households')),
    number('attempted', t('attempted')),
    number('reached', t('reached')),
    rate('coverage', t('coverage')),
    rate('attempt_rate', t('attemptRate')),
    {
      key: 'last_visit',
      head: t('lastVisit'),
      width: 112,
      numeric: true,
      value: (row) => (row.last_visit ? Date.parse(row.last_visit) : null),
      cell: (row) => lastVisitOf(row.last_visit, labels).at,
    },
    {
      key: 'map',
      head: t('onMap'),
      width: 80,
      value: (row) => names.get(row.parent ?? '') ?? null,
      cell: (row) =>
        level === 'team' ? (
          row.parent ? (
            <MapLink place={row.parent} name={names.get(row.parent) ?? row.parent} />
          ) : (
            '–'
          )
        ) : (
          <MapLink place={row.key} name={nameOf(row)} list={sign} />
        ),
    },
  ];

  function PlaceLink({ row }: { row: Row }) {
    const view = useView();
    return (
      <>
        <a className="go" href={addressOf(row, level, sign, view)} title={nameOf(row)}>
          {nameOf(row).slice(common)}
        </a>
        <small>{names.get(row.parent ?? '') ?? ''}</small>
      </>
    );
  }
}

/** The flags of a row that are shown, the most severe first, as the server sorts them. */
function raisedOf(row: Row, level: Level): string[] {
  return row.flags.filter((flag) =>
    level === 'team' ? ofTeams.includes(flag) : (flagKinds as readonly string[]).includes(kindOf(flag)),
  );
}
