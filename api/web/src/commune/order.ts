// In which order a chair sends people out: nobody came, hardly anybody came, nobody works
// there, nobody came for long, and then all others.
import type { Row } from '../server/contract';
import { compareNames } from '../text/format';
import type { Lang } from '../view/view';

export const hamletStates = ['unvisited', 'barely_visited', 'no_team', 'stale', 'going'] as const;
/** What a hamlet is foremost. "going": none of what calls for somebody to go there. */
export type HamletState = (typeof hamletStates)[number];

export interface Group {
  state: HamletState;
  rows: Row[];
  hamlets: number; // of the rows: households of no hamlet are none
}

export function stateOf(row: Pick<Row, 'flags'>): HamletState {
  return hamletStates.find((state) => row.flags.includes(state)) ?? 'going';
}

/** The hamlets by what they are foremost, groups without any left out; in each group where most
 * households are yet to be reached comes first. Households of no hamlet are a row without a key,
 * which nobody can be sent to: it ends the list. */
export function groupsOf(rows: readonly Row[], lang: Lang): Group[] {
  const compare = (a: Row, b: Row) =>
    Number(a.key === '') - Number(b.key === '') || missing(b) - missing(a) || compareNames(a.name, b.name, lang);
  const sorted = [...rows].sort(compare);
  return hamletStates
    .map((state) => ({ state, rows: sorted.filter((row) => (row.key === '' ? 'going' : stateOf(row)) === state) }))
    .filter((group) => group.rows.length > 0)
    .map((group) => ({ ...group, hamlets: group.rows.filter((row) => row.key !== '').length }));
}

/** Households not reached, as far as it is told: a count that is kept back is below ten. */
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
