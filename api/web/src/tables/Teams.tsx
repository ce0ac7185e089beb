// The teams: how much each has to do, what it did, and how well.
import { useMemo, useState } from 'react';
import type { Answer, Row } from '../server/contract';
import { useView } from '../view/location';
import { Failure, Waiting } from '../components/Status';
import { Bar } from '../components/components';
import { Rate } from '../components/Shown';
import { colourOf } from '../symbology/scale';
import { urlOf, useFetch } from '../server/server';
import { formatView, initial } from '../view/view';
import { periodName, useLabels, windowQuery, type Labels } from '../text/labels';
import { Grid } from './Grid';
import { commonBeginning, finder, formatSort, parseSort, type Column } from './rows';
import { Team } from './Team';
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

const signs = ['understaffed', 'overloaded'] as const;

export function Teams() {
  return useLabels().meta.public ? <NotPublished /> : <AllTeams />;
}

function AllTeams() {
  const view = useView();
  const labels = useLabels();
  const { t, count, meta } = labels;
  const [attempt, setAttempt] = useState(0);
  const days = windowQuery(view, meta);
  const answer = useFetch<Answer>(
    urlOf('/api/v1/coverage', { by: 'team', ...days, parent: view.place }),
    meta.version,
    attempt,
  );
  const communes = useCommunes(days.to);
  const names = useMemo(() => new Map(communes.map(({ code, name }) => [code, name])), [communes]);
  const rows = answer.data?.rows ?? none;
  const common = useMemo(() => commonBeginning(rows.map((row) => row.name)), [rows]);
  const columns = useMemo(() => columnsOf(names, common.length, labels), [names, common, labels]);
  const find = useMemo(
    () => finder(rows.map((row) => `${row.name} ${row.key} ${names.get(row.parent ?? '') ?? ''}`)),
    [rows, names],
  );
  const shown = useMemo(() => {
    const found = find(view.pageParams.q ?? '');
    return rows.filter((row, i) => found[i] && (!view.pageParams.sign || row.flags.includes(view.pageParams.sign)));
  }, [rows, find, view.pageParams.q, view.pageParams.sign]);
  const sort = parseSort(view.pageParams.sort, columns, { key: 'coverage', down: false });
  if (answer.error && !answer.data) return <Failure error={answer.error} retry={() => setAttempt(attempt + 1)} />;
  return (
    <>
      <header className="bar-head">
        <div>
          <h1>{t('teams')}</h1>
          <p className="when">
            {periodName(view.period, labels)}
            {view.place && ` · ${names.get(view.place) ?? view.place}`}
          </p>
        </div>
        <div className="facets">
          <TextFilter label={t('filterTeams')} />
          <CommuneChoice communes={communes} />
          <PeriodChoice />
          <Tools layer="teams" query={{}} />
        </div>
        <div className="chips" role="group" aria-label={t('flagsColumn')}>
          {signs.map((sign) => (
            <button
              key={sign}
              type="button"
              aria-pressed={view.pageParams.sign === sign}
              onClick={() => setPageParams(view, { sign: view.pageParams.sign === sign ? null : sign })}>
              <span>{t(`flag_${sign}`)}</span>
              <b>{count(rows.filter((row) => row.flags.includes(sign)).length)}</b>
            </button>
          ))}
        </div>
        <p className="tally-line" role="status" data-testid="shown">
          {t('shownOfRows', { shown: count(shown.length), all: count(rows.length) })}
        </p>
      </header>
      <div className="split">
        {!answer.data ? (
          <Waiting />
        ) : (
          <Grid
            label={t('page_teams')}
            rows={shown}
            columns={columns}
            sort={sort}
            keyOf={(row) => row.key}
            active={view.pageParams.team ?? null}
            onSort={(next) => setPageParams(view, { sort: formatSort(next) }, 'replace')}
            onOpen={(row) => setPageParams(view, { team: row.key })}
            empty={<Empty filtered={rows.length > 0} what={t('teamsNoneAtAll')} />}
          />
        )}
        {view.pageParams.team && <Team key={view.pageParams.team} id={view.pageParams.team} names={names} />}
      </div>
      <p className="legend-line">{t('teamsWhy')}</p>
    </>
  );
}

/** Why the public sees no teams, and where to go on. */
function NotPublished() {
  const { lang, period, place } = useView();
  const { t } = useLabels();
  return (
    <div className="papers">
      <header className="bar-head">
        <h1>{t('teams')}</h1>
      </header>
      <section className="paper" data-testid="not-published">
        <p>{t('operatorOnlyTeams')}</p>
        <p>
          <a href={formatView({ ...initial, lang, period, place })}>{t('toMap')}</a> ·{' '}
          <a href={`${formatView({ ...initial, lang, page: 'data' })}#published`}>{t('publishedTitle')}</a>
        </p>
      </section>
    </div>
  );
}

const none: Row[] = [];

function columnsOf(names: Map<string, string>, common: number, labels: Labels): Column<Row>[] {
  const { t, count, date, lang } = labels;
  const number = (key: keyof Row & string, head: string, width: number, hint?: string): Column<Row> => ({
    key,
    head,
    width,
    numeric: true,
    ...(hint ? { hint } : {}),
    value: (row) => (row[key] as number | null) ?? null,
    cell: (row) => (row[key] === undefined ? '–' : <Count value={row[key] as number | null} labels={labels} />),
  });
  const rate = (key: keyof Row & string, head: string, width: number, hint: string, whole: keyof Row): Column<Row> => ({
    key,
    head,
    width,
    hint,
    numeric: true,
    value: (row) => (row[key] as number | null) ?? null,
    cell: (row) => <Rate value={row[key] as number | null} whole={row[whole] as number | null} />,
  });
  return [
    {
      key: 'name',
      head: t('team'),
      width: 190,
      value: (row) => row.name ?? row.key,
      cell: (row) => <TeamLink row={row} commune={names.get(row.parent ?? '') ?? ''} />,
    },
    number('households', t('households'), 92, t('teamHouseholdsWhy')),
    number('reached', t('reached'), 66),
    {
      key: 'coverage',
      head: t('coverage'),
      width: 128,
      hint: t('teamCoverageWhy'),
      numeric: true,
      value: (row) => row.coverage,
      cell: (row) => (
        <span className="barred">
          <b>
            <Rate value={row.coverage} whole={row.households} />
          </b>
          <Bar rate={row.coverage} colour={row.coverage === null ? '' : colourOf(row.coverage, 'coverage')} />
        </span>
      ),
    },
    rate('success_rate', t('success'), 78, t('successWhy'), 'contacted'),
    number('visits', t('visits'), 66),
    number('visits_inside', t('visitsInside'), 80),
    number('visits_outside', t('visitsOutside'), 84),
    number('days_worked', t('daysWorked'), 78),
    {
      key: 'visits_per_day',
      head: t('visitsPerDay'),
      width: 70,
      numeric: true,
      value: (row) => row.visits_per_day ?? null,
      cell: (row) =>
        row.visits_per_day == null
          ? '–'
          : row.visits_per_day.toLocaleString(lang === 'vi' ? 'vi-VN' : 'en-GB', {
              maximumFractionDigits: 1,
              minimumFractionDigits: 1,
            }),
    },
    {
      key: 'last_visit',
      head: t('lastActive'),
      width: 104,
      numeric: true,
      value: (row) => (row.last_visit ? Date.parse(row.last_visit) : null),
      cell: (row) => (row.last_visit ? date(row.last_visit) : t('never')),
    },
    rate('revisit_effectiveness', t('revisitWorked'), 84, t('revisitWhy'), 'revisits'),
    number('members', t('members'), 84),
    {
      key: 'flags',
      head: t('flagsColumn'),
      width: 118,
      value: (row) =>
        signs
          .filter((sign) => row.flags.includes(sign))
          .map((sign) => t(`flag_${sign}`))
          .join() || null,
      cell: (row) => {
        const raised = signs.filter((sign) => row.flags.includes(sign));
        return raised.length ? (
          raised.map((sign) => (
            <span key={sign} className={`tag ${sign}`}>
              {t(`flag_${sign}`)}
            </span>
          ))
        ) : (
          <span className="muted">–</span>
        );
      },
    },
    {
      key: 'map',
      head: t('onMap'),
      width: 76,
      value: (row) => names.get(row.parent ?? '') ?? null,
      cell: (row) => (row.parent ? <MapLink place={row.parent} name={names.get(row.parent) ?? row.parent} /> : '–'),
    },
  ];

  function TeamLink({ row, commune }: { row: Row; commune: string }) {
    const view = useView();
    const url = formatView({ ...view, pageParams: { ...view.pageParams, team: row.key } });
    return (
      <>
        <a
          className="go"
          href={url}
          onClick={(event) => {
            event.preventDefault();
            setPageParams(view, { team: row.key });
          }}
          title={row.name}>
          {row.name.slice(common) || row.key}
        </a>
        <small>{commune || count(row.serves?.length ?? 0)}</small>
      </>
    );
  }
}
