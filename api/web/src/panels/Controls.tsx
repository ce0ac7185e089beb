// What to show: measure, grouping, period.
import { useState } from 'react';
import { Segments } from '../parts';
import { go, useView } from '../location';
import { bys, daysOf, isDay, skillOf, spans, type Measure, type Period } from '../view';
import { skillName, useWords } from '../words';

export function Controls() {
  const view = useView();
  const words = useWords();
  const { t, meta } = words;
  const skill = skillOf(view.measure);
  const firstSkill = meta.skills[0]?.key;
  const measures = [
    { value: 'coverage', text: t('coverage') },
    { value: 'attempts', text: t('attempts') },
    ...(firstSkill ? [{ value: 'skill', text: t('skills') }] : []),
  ];
  const measureTo = (value: string): Measure => (value === 'skill' ? `uptake:${firstSkill}` : (value as Measure));

  return (
    <div className="controls">
      <Segments legend={t('measure')} name="measure" value={skill ? 'skill' : view.measure} options={measures}
        onChange={(value) => go({ measure: measureTo(value) })}>
        {skill && (
          <select aria-label={t('skills')} value={skill} onChange={(event) => go({ measure: `uptake:${event.target.value}` })}>
            {meta.skills.map(({ key }) => <option key={key} value={key}>{skillName(key, words)}</option>)}
          </select>
        )}
      </Segments>
      <Segments legend={t('by')} name="by" value={view.by} options={bys.map((value) => ({ value, text: t(value) }))}
        onChange={(by) => go({ by })}>
        {view.by === 'hamlets' && <p className="hint">{t('fromAfar')}</p>}
      </Segments>
      <PeriodField />
    </div>
  );
}

function PeriodField() {
  const { period } = useView();
  const { t, meta } = useWords();
  const isRange = typeof period !== 'string';
  const choose = (value: string) => {
    if (value !== 'range') return go({ period: value as Period });
    const { from, to } = daysOf(period, meta.today);
    go({ period: { from: from ?? meta.first_visit ?? to, to } });
  };
  return (
    <Segments legend={t('period')} name="period" value={isRange ? 'range' : period}
      options={[...spans, 'range' as const].map((value) => ({ value, text: t(value) }))} onChange={choose}>
      {isRange && <RangeInputs key={`${period.from}${period.to}`} from={period.from} to={period.to} />}
    </Segments>
  );
}

/** Two dates. While one is being typed it is nobody's but the field's. */
function RangeInputs({ from, to }: { from: string; to: string }) {
  const { t, meta } = useWords();
  const [draft, setDraft] = useState({ from, to });
  const commit = () => {
    if (!isDay(draft.from) || !isDay(draft.to)) return;
    const ordered = draft.from <= draft.to ? draft : { from: draft.to, to: draft.from };
    go({ period: ordered });
  };
  const input = (side: 'from' | 'to') => (
    <label>
      {t(side)}
      <input type="date" value={draft[side]} max={meta.today} onBlur={commit}
        onChange={(event) => setDraft({ ...draft, [side]: event.target.value })}
        onKeyDown={(event) => { if (event.key === 'Enter') commit(); }} />
    </label>
  );
  return <div className="range">{input('from')}{input('to')}</div>;
}
