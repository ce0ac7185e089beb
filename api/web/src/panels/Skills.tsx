// What households can do: each skill's rate with its interval.
import { Bar } from '../components/components';
import { Rate } from '../components/Shown';
import type { Row } from '../server/contract';
import { useView } from '../view/location';
import { ramps } from '../symbology/scale';
import { shownOfAssessed, skillName, useLabels } from '../text/labels';

/** Each skill's rate with its interval as a whisker, against the limit of low uptake. */
export function Skills({ row }: { row: Row }) {
  const labels = useLabels();
  const { t, percent, count, meta } = labels;
  const { measure } = useView();
  if (meta.skills.every(({ key }) => !row.uptake[key] || row.uptake[key].assessed === 0)) {
    return (
      <section className="skills">
        <h3>{t('uptakeTitle')}</h3>
        <p className="note">{t('nothingAssessed')}</p>
      </section>
    );
  }
  const tooFew = row.flags
    .map((flag) => flag.split(':'))
    .filter(([kind, key]) => kind === 'too_few_data' && row.uptake[key!]?.assessed !== 0)
    .map(([, key]) => key!);
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
              <span className="name">{skillName(key, labels)}</span>
              <span className="value">
                <Rate value={rate} whole={uptake?.assessed} digits={0} />
              </span>
              <Bar
                rate={rate}
                colour={few ? 'var(--few)' : ramps.uptake[4]}
                low={uptake?.low}
                high={uptake?.high}
                tick={meta.thresholds.low_uptake}
              />
              <small>
                {uptake?.assessed === 0
                  ? t('notAssessed')
                  : shownOfAssessed({ shown: uptake?.shown ?? null, assessed: uptake?.assessed ?? null }, labels)}
                {few && uptake?.assessed !== 0 && (
                  <>
                    {' '}
                    · <em>{t('tooFew').toLocaleLowerCase()}</em>
                  </>
                )}
                {!few && uptake && uptake.low !== null && uptake.high !== null && (
                  <span className="interval">
                    {t('interval', { low: percent(uptake.low), high: percent(uptake.high) })}
                  </span>
                )}
              </small>
            </li>
          );
        })}
      </ul>
      {tooFew.length > 0 && (
        <p className="note">
          {t('tooFewSkills', {
            number: count(meta.thresholds.min_assessed),
            skills: tooFew.map((key) => skillName(key, labels)).join('; '),
          })}
        </p>
      )}
    </section>
  );
}
