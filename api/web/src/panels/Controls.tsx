// What to show: measure, grouping, period, and what to compare it with.
import type { Boundaries } from '../server/contract';
import { Segments } from '../components/components';
import { WindowSegments } from '../components/Published';
import { isComparable } from '../view/calendar';
import { go, useView } from '../view/location';
import { useFetch } from '../server/server';
import {
  addDays,
  bys,
  daysOf,
  earlierDays,
  monthOf,
  plainMeasures,
  skillOf,
  spans,
  type Earlier,
  type Measure,
  type Period,
} from '../view/view';
import { DayInput } from './DayInput';
import { daysName, measureName, skillName, useLabels, versionName } from '../text/labels';

export function Controls() {
  const view = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const skill = skillOf(view.measure);
  const firstSkill = meta.skills[0]?.key;
  const comparable = !meta.public || isComparable(view.period, view.earlier, meta.today, meta.public.windows);
  const measures: { value: string; text: string }[] = plainMeasures
    .filter((value) => !meta.public || (value !== 'days' && (comparable || value !== 'change')))
    .map((value) => ({ value, text: measureName(value, labels) }));
  if (firstSkill) measures.splice(2, 0, { value: 'skill', text: t('skills') });
  const measureTo = (value: string): Measure => (value === 'skill' ? `uptake:${firstSkill}` : (value as Measure));

  return (
    <div className="controls">
      <Segments
        legend={t('measure')}
        name="measure"
        value={skill ? 'skill' : view.measure}
        options={measures}
        onChange={(value) =>
          // To the public a change is not compared with another.
          go({ measure: measureTo(value), ...(meta.public && value === 'change' ? { beside: null } : {}) })
        }>
        {skill && (
          <select
            aria-label={t('skills')}
            value={skill}
            onChange={(event) => go({ measure: `uptake:${event.target.value}` })}>
            {meta.skills.map(({ key }) => (
              <option key={key} value={key}>
                {skillName(key, labels)}
              </option>
            ))}
          </select>
        )}
      </Segments>
      {view.measure === 'spots' ? (
        <p className="hint">{t('spotsByCells')}</p>
      ) : (
        <Segments
          legend={t('by')}
          name="by"
          value={view.by}
          options={bys.map((value) => ({ value, text: t(value) }))}
          onChange={(by) => go({ by })}>
          {view.by === 'hamlets' && <p className="hint">{t('fromAfar')}</p>}
        </Segments>
      )}
      {meta.public ? <WindowSegments /> : <PeriodField />}
      {!meta.public ? (
        <CompareField />
      ) : comparable ? (
        <PublicCompareField />
      ) : (
        <p className="hint">{t('compareOnlyClosed')}</p>
      )}
    </div>
  );
}

function PeriodField() {
  const { period } = useView();
  const { t, meta } = useLabels();
  const isRange = typeof period !== 'string';
  const choose = (value: string) => {
    const { from, to } = daysOf(period, meta.today);
    if (value === 'month') go({ period: `..${(meta.last_visit ?? meta.today).slice(0, 7)}` as Period });
    else if (value === 'range') go({ period: { from: from ?? meta.first_visit ?? to, to } });
    else go({ period: value as Period });
  };
  return (
    <Segments
      legend={t('period')}
      name="period"
      value={isRange ? 'range' : monthOf(period) ? 'month' : period}
      options={[...spans, 'month' as const, 'range' as const].map((value) => ({ value, text: t(value) }))}
      onChange={choose}>
      {isRange && (
        <RangeInputs key={`${period.from}${period.to}`} days={period} onChange={(days) => go({ period: days })} />
      )}
    </Segments>
  );
}

/** Two published windows side by side, or the change between them: not both, which would need a third. */
function PublicCompareField() {
  const { beside, measure, earlier, period } = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const choices = (['before', 'year'] as const).filter((value) =>
    isComparable(period, value, meta.today, meta.public!.windows),
  );
  const earlierField = (
    <div className="earlier">
      <label>
        <span>{t('earlier')}</span>
        <select value={String(earlier)} onChange={(event) => go({ earlier: event.target.value as Earlier })}>
          {choices.map((value) => (
            <option key={value} value={value}>
              {t(`earlier_${value}`)}
            </option>
          ))}
        </select>
      </label>
      <p className="hint">{daysName(earlierDays(earlier, period, meta.today), labels)}</p>
    </div>
  );
  if (measure === 'change') return earlierField;
  return (
    <Segments
      legend={t('compare')}
      name="beside"
      value={beside ? 'besidePeriod' : 'besideNone'}
      options={['besideNone', 'besidePeriod'].map((value) => ({ value, text: t(value) }))}
      onChange={(value) => go({ beside: value === 'besidePeriod' ? 'period' : null })}>
      {beside && earlierField}
    </Segments>
  );
}

/** What the map is compared with, and for that and for change the earlier period. */
function CompareField() {
  const { beside, measure, earlier, period } = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const { data } = useFetch<Boundaries>('/api/v1/boundaries', meta.version);
  const shown = daysOf(period, meta.today).to;
  const others =
    data?.versions.filter(({ from, to }) => (from !== null && from > shown) || (to !== null && to < shown)) ?? [];
  const options = ['besideNone', 'besidePeriod', ...(others.length ? ['besideBoundaries'] : [])];
  const now = beside === null ? 'besideNone' : beside === 'period' ? 'besidePeriod' : 'besideBoundaries';
  const dayOf = ({ from, to }: Boundaries['versions'][number]) => to ?? from!;
  const choose = (value: string) =>
    go({
      beside:
        value === 'besideNone' ? null : value === 'besidePeriod' ? 'period' : { boundaries: dayOf(others.at(-1)!) },
    });
  const days = earlierDays(earlier, period, meta.today);
  const chooseEarlier = (value: string) =>
    go({
      earlier:
        value === 'range'
          ? { from: days.from ?? meta.first_visit ?? addDays(days.to, -89), to: days.to }
          : (value as Earlier),
    });
  return (
    <Segments
      legend={t('compare')}
      name="beside"
      value={now}
      options={options.map((value) => ({ value, text: t(value) }))}
      onChange={choose}>
      {typeof beside === 'object' && beside && others.length > 0 && (
        <select
          aria-label={t('besideBoundaries')}
          value={beside.boundaries}
          onChange={(event) => go({ beside: { boundaries: event.target.value } })}>
          {others.map((version) => (
            <option key={dayOf(version)} value={dayOf(version)}>
              {versionName(version, labels)}
            </option>
          ))}
        </select>
      )}
      {(beside === 'period' || measure === 'change') && (
        <div className="earlier">
          <label>
            <span>{t('earlier')}</span>
            <select
              value={typeof earlier === 'string' ? earlier : 'range'}
              onChange={(event) => chooseEarlier(event.target.value)}>
              {['before', 'year', 'range'].map((value) => (
                <option key={value} value={value}>
                  {t(`earlier_${value}`)}
                </option>
              ))}
            </select>
          </label>
          {typeof earlier === 'string' ? (
            <p className="hint">{daysName(days, labels)}</p>
          ) : (
            <RangeInputs
              key={`${earlier.from}${earlier.to}`}
              days={earlier}
              onChange={(range) => go({ earlier: range })}
            />
          )}
        </div>
      )}
    </Segments>
  );
}

/** Two dates, the earlier one first whichever was typed where. */
function RangeInputs({
  days,
  onChange,
}: {
  days: { from: string; to: string };
  onChange: (days: { from: string; to: string }) => void;
}) {
  const { t, meta } = useLabels();
  const change = (next: { from: string; to: string }) =>
    onChange(next.from <= next.to ? next : { from: next.to, to: next.from });
  const input = (side: 'from' | 'to') => (
    <DayInput label={t(side)} day={days[side]} max={meta.today} onDay={(day) => change({ ...days, [side]: day })} />
  );
  return (
    <div className="range">
      {input('from')}
      {input('to')}
    </div>
  );
}
