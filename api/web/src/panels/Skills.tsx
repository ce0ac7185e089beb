// What households can do: each skill's rate with its interval.
import { Bar } from '../parts';
import type { Row } from '../contract';
import { useView } from '../location';
import { ramps } from '../scale';
import { countOrHidden, kindOf, skillName, useWords } from '../words';

/** Each skill's rate with its interval as a whisker, against the limit of low uptake. */
export function Skills({ row }: { row: Row }) {
  const words = useWords();
  const { t, percent, count, meta } = words;
  const { measure } = useView();
  return (
    <section className="skills">
      <h3>{t('uptakeTitle')}</h3>
      <ul>
        {meta.skills.map(({ key }) => {
          const uptake = row.uptake[key];
          const few = row.flags.includes(`too_few_data:${key}`);
          const rate = uptake?.rate ?? null;
          return (
            <li key={key} className={measure === `uptake:${key}` ? 'chosen' : undefined} data-testid={`uptake-${key}`}>
              <span className="name">{skillName(key, words)}</span>
              <span className="value">{rate === null ? '–' : percent(rate, 0)}</span>
              <Bar rate={rate} colour={few ? 'var(--few)' : ramps.uptake[4]} low={uptake?.low} high={uptake?.high} tick={meta.thresholds.low_uptake} />
              <small>
                {uptake?.assessed === 0 ? t('notAssessed')
                  : t('shownOf', { shown: countOrHidden(uptake?.shown ?? null, words), assessed: countOrHidden(uptake?.assessed ?? null, words) })}
                {few && uptake?.assessed !== 0 && <> · <em>{t('tooFew').toLocaleLowerCase()}</em></>}
                {!few && uptake && uptake.low !== null && uptake.high !== null && (
                  <span className="interval">{t('interval', { low: percent(uptake.low), high: percent(uptake.high) })}</span>
                )}
              </small>
            </li>
          );
        })}
      </ul>
      {row.flags.some((flag) => kindOf(flag) === 'too_few_data') && (
        <p className="note">{t('tooFewSkills', {
          number: count(meta.thresholds.min_assessed),
          skills: row.flags.filter((flag) => kindOf(flag) === 'too_few_data').map((flag) => skillName(flag.split(':')[1]!, words)).join('; '),
        })}</p>
      )}
    </section>
  );
}
