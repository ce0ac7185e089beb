// The places that need attention, by sign; choosing one flies there.
import { useMemo } from 'react';
import { FlagIcon } from '../parts';
import type { Areas, Flagged as Answer } from '../contract';
import { go, useView } from '../location';
import { urlOf, useAnswer } from '../server';
import { flagKinds } from '../view';
import { flagName, kindOf, placeName, skillName, useWords, windowQuery } from '../words';
import { Child } from './Children';
import { rank } from './Figures';
import { Failure, Waiting } from './Status';

/** Enough to work from; the exports have them all. */
const limit = 200;

export function Flagged({ within }: { within: string | null }) {
  const view = useView();
  const words = useWords();
  const { t, count, lang, meta } = words;
  const wanted = view.list ?? 'no_team';
  const query = { ...windowQuery(view, meta), parent: within };
  const { data, error } = useAnswer<Answer>(urlOf('/api/v1/flags', { ...query, kind: wanted, level: 'hamlet', limit }), meta.version);
  const communes = useAnswer<Areas>(urlOf('/api/v1/areas', { level: 'commune', boundaries: query.to, limit: 10000 }), meta.version);
  const names = useMemo(
    () => new Map(communes.data?.areas.map((area) => [area.code, placeName(area, lang)])),
    [communes.data, lang],
  );
  if (error && !data) return <Failure error={error} />;
  if (!data) return <Waiting />;

  const kinds = Object.entries(data.kinds)
    .filter(([flag]) => (flagKinds as readonly string[]).includes(kindOf(flag)))
    .sort(([a], [b]) => rank(a, meta.skills) - rank(b, meta.skills));
  return (
    <section className="flagged" data-testid="flagged">
      <div className="chips" role="group" aria-label={t('needsAttention')}>
        {kinds.map(([flag, number]) => (
          <button key={flag} type="button" aria-pressed={flag === wanted} onClick={() => go({ list: flag })}>
            <FlagIcon kind={kindOf(flag)} />
            <span>{kindOf(flag) === 'low_uptake' ? skillName(flag.split(':')[1]!, words) : t(`flag_${flag}`)}</span>
            <b>{count(number)}</b>
          </button>
        ))}
      </div>
      <h3>{flagName(wanted, words)} <small>{t('placeCount', { count: data.matched, replace: { count: count(data.matched) } })}</small></h3>
      {data.rows.length === 0 && <p className="note">{t('noFlaggedPlaces')}</p>}
      <ol>{data.rows.map((row) => <Child key={row.key} row={row} under={row.parent ? names.get(row.parent) : undefined} />)}</ol>
    </section>
  );
}
