import { describe, expect, it } from 'vitest';
import type { Row } from '../server/contract';
import { badgesOf } from '../map/badges';
import { initial, type View } from '../view/view';
import { sortRows } from './Children';
import { rowOf } from './Pointer';

const blank = rowOf({ code: '1', name: 'A' }, ['payment']);
const row = (change: Partial<Row>): Row => ({ ...blank, ...change });

describe('a tile as a row', () => {
  it('has the rates of its counts, not the rounded ones', () => {
    const got = rowOf(
      {
        h3: '8a1',
        households: 3,
        attempted: 2,
        reached: 1,
        coverage: 0.3333,
        assessed_payment: 3,
        shown_payment: 2,
        flags: 'stale;low_uptake:payment',
      },
      ['payment'],
    );
    expect(got.key).toBe('8a1');
    expect(got.coverage).toBe(1 / 3);
    expect(got.attempt_rate).toBe(2 / 3);
    expect(got.uptake.payment).toEqual({ assessed: 3, shown: 2, rate: 2 / 3, low: null, high: null });
    expect(got.flags).toEqual(['stale', 'low_uptake:payment']);
  });
  it('has null, never nought, for what is hidden and for rates over nothing', () => {
    const got = rowOf({ h3: '8a1', suppressed: true, households: 0 }, ['payment']);
    expect([got.reached, got.coverage, got.uptake.payment!.rate, got.last_visit]).toEqual([null, null, null, null]);
    expect(got.suppressed).not.toEqual([]);
  });
});

describe('hamlets in the order in which somebody should go', () => {
  const rows = [
    row({ key: 'good', name: 'Thôn 1', coverage: 0.9 }),
    row({ key: 'stale', name: 'Thôn 2', coverage: 0.8, flags: ['stale'] }),
    row({ key: 'team', name: 'Thôn 3', coverage: 0.7, flags: ['no_team', 'stale'] }),
    row({ key: 'barely', name: 'Thôn 4', coverage: 0.1, flags: ['barely_visited'] }),
    row({ key: 'none', name: 'Thôn 5', coverage: 0, flags: ['no_team', 'unvisited', 'stale'] }),
    row({ key: 'unknown', name: 'Thôn 6', coverage: null }),
    row({ key: 'fair', name: 'Thôn 10', coverage: 0.4 }),
  ];
  const keys = (order: Parameters<typeof sortRows>[1]) => sortRows(rows, order, 'coverage', 'vi').map(({ key }) => key);
  it('unvisited, barely visited, without a team, stale, then the least covered', () => {
    expect(keys('urgent')).toEqual(['none', 'barely', 'team', 'stale', 'fair', 'good', 'unknown']);
  });
  it('by rate, what has none at the end', () => expect(keys('rate').at(-1)).toBe('unknown'));
  it('by name, numbers by value', () => expect(keys('name').at(-1)).toBe('fair'));
});

describe('badges of communes', () => {
  const view = (change: Partial<View>): View => ({ ...initial, ...change });
  const communes = [
    row({ key: 'a', hamlets_flagged: { no_team: 2, unvisited: 5 } }),
    row({ key: 'b', hamlets_flagged: { 'low_uptake:payment': 3, 'low_uptake:local': 7 }, flags: ['low_uptake:local'] }),
    row({ key: 'c', flags: ['no_team'] }),
    row({ key: 'd', hamlets_flagged: { low_coverage: 9 } }),
  ];
  it('show the most severe flag that is switched on and how many hamlets have it', () => {
    expect(badgesOf(communes, view({}), String)).toEqual({
      icons: { a: 'badge-no_team', b: 'badge-low_uptake', c: 'badge-no_team' },
      counts: { a: '\u20092', b: '\u20097', c: '' },
    });
  });
  it('leave out flags that are switched off', () => {
    expect(badgesOf(communes, view({ flags: ['unvisited'] }), String).icons).toEqual({ a: 'badge-unvisited' });
    expect(badgesOf(communes, view({ flags: [] }), String).icons).toEqual({});
  });
  it('mean the skill that is shown', () => {
    expect(badgesOf(communes, view({ measure: 'uptake:payment' }), String).counts.b).toBe('\u20093');
  });
});
