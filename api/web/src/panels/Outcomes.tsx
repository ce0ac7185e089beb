// How far the teams got with each household: four parts that make up all of them.
import { HouseholdIcon } from '../components/components';
import type { Row } from '../server/contract';
import { householdSymbols, type HouseholdState } from '../symbology/symbols';
import { useLabels } from '../text/labels';

const parts: readonly [name: string, symbol: HouseholdState][] = [
  ['reached', 'reached'],
  ['met', 'contacted'],
  ['called', 'attempted'],
  ['none', 'unvisited'],
];

/** The parts in order; null where a count that they are computed from is suppressed. */
export function outcomesOf({ households, attempted, contacted, reached }: Row): number[] | null {
  if (households === null || attempted === null || contacted === null || reached === null) return null;
  return [reached, contacted - reached, attempted - contacted, households - attempted];
}

export function Outcomes({ row }: { row: Row }) {
  const { t, count, percent } = useLabels();
  const counts = outcomesOf(row);
  if (!counts || !row.households) return null;
  return (
    <section className="outcomes" data-testid="outcomes">
      <h3>{t('outcomes')}</h3>
      <div className="stack" aria-hidden="true">
        {parts.map(([name, symbol], index) => (
          <span key={name} style={{ flexGrow: counts[index], background: householdSymbols[symbol].colour }} />
        ))}
      </div>
      <ul>
        {parts.map(([name, symbol], index) => (
          <li key={name} data-outcome={name}>
            <HouseholdIcon state={symbol} />
            <span>{t(`outcome_${name}`)}</span>
            <b>{count(counts[index]!)}</b>
            <small>{percent(counts[index]! / row.households!)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
