// Hamlets by priority of a visit: unvisited, barely visited, without a team, not visited lately, all others.
import type { Row } from '../server/contract';
import { compareNames } from '../text/format';
import type { Lang } from '../view/view';

export const hamletStates = ['unvisited', 'barely_visited', 'no_team', 'stale', 'going'] as const;
/** The most severe state of a hamlet; "going": no flag that calls for a visit. */
export type HamletState = (typeof hamletStates)[number];

export interface Group {
  state: HamletState;
  rows: Row[];
  hamlets: number; // of the rows: households of no hamlet are none
}

export function stateOf(row: Pick<Row, 'flags'>): HamletState {
  return hamletStates.find((state) => row.flags.includes(state)) ?? 'going';
}

/** The hamlets grouped by their most severe state, without empty groups; within a group by the number of households
 * that are not reached, largest first. Households of no hamlet are a row without a key: it is the last. */
export function groupsOf(rows: readonly Row[], lang: Lang): Group[] {
  const compare = (a: Row, b: Row) =>
    Number(a.key === '') - Number(b.key === '') || missing(b) - missing(a) || compareNames(a.name, b.name, lang);
  const sorted = [...rows].sort(compare);
  return hamletStates
    .map((state) => ({ state, rows: sorted.filter((row) => (row.key === '' ? 'going' : stateOf(row)) === state) }))
    .filter((group) => group.rows.length > 0)
    .map((group) => ({ ...group, hamlets: group.rows.filter((row) => row.key !== '').length }));
}

/** Households not reached, as far as it is known: a suppressed count is below ten. */
function missing(row: Row): number {
  return row.households === null ? 0 : row.households - (row.reached ?? 0);
}

/** The teams that serve each hamlet, by its code. */
export function teamsByHamlet(teams: readonly Row[]): Map<string, Row[]> {
  const serving = new Map<string, Row[]>();
  for (const team of teams)
    for (const code of team.serves ?? []) serving.set(code, [...(serving.get(code) ?? []), team]);
  return serving;
}
