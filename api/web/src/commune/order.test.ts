import { describe, expect, it } from 'vitest';
import type { Row } from '../server/contract';
import { rowOf } from '../panels/Pointer';
import { groupsOf, stateOf, teamsByHamlet } from './order';

const blank = rowOf({ code: '1', name: 'A' }, []);
const row = (change: Partial<Row>): Row => ({ ...blank, ...change });
const keys = (rows: readonly Row[]) =>
  groupsOf(rows, 'vi').map(({ state, rows }) => [state, ...rows.map((one) => one.key)]);

describe('the order in which people are sent out', () => {
  it('is nobody came, hardly anybody, no team, not for long, and then the others', () => {
    const rows = ['', 'stale', 'no_team', 'barely_visited', 'unvisited'].map((flag) =>
      row({ key: flag || 'good', flags: flag ? [flag] : ['low_coverage'] }),
    );
    expect(keys(rows)).toEqual([
      ['unvisited', 'unvisited'],
      ['barely_visited', 'barely_visited'],
      ['no_team', 'no_team'],
      ['stale', 'stale'],
      ['going', 'good'],
    ]);
  });
  it('puts a hamlet where it is worst', () => {
    expect(stateOf(row({ flags: ['stale', 'no_team', 'unvisited'] }))).toBe('unvisited');
    expect(stateOf(row({ flags: ['stale', 'no_team'] }))).toBe('no_team');
  });
  it('begins each group where most households are yet to be reached, and takes names by their numbers', () => {
    const rows = [
      row({ key: 'c', name: 'Tổ 10', households: 50, reached: 0 }),
      row({ key: 'b', name: 'Tổ 2', households: 50, reached: 0 }),
      row({ key: 'a', name: 'Tổ 3', households: 300, reached: 250 }),
      row({ key: 'd', name: 'Tổ 1', households: 90, reached: null }),
      row({ key: 'e', name: 'Tổ 4', households: null, reached: null }),
    ];
    expect(keys(rows)).toEqual([['going', 'd', 'b', 'a', 'c', 'e']]);
  });
  it('ends with the households of no hamlet, whatever its flags, and counts them as no hamlet', () => {
    const rows = [row({ key: '', name: '', flags: ['unvisited'], households: 900 }), row({ key: 'a', households: 1 })];
    expect(keys(rows)).toEqual([['going', 'a', '']]);
    expect(groupsOf(rows, 'vi').map(({ hamlets }) => hamlets)).toEqual([1]);
  });
});

it('finds the teams of each hamlet', () => {
  const serving = teamsByHamlet([
    row({ key: 'T1', serves: ['a', 'b'] }),
    row({ key: 'T2', serves: ['b'] }),
    row({ key: 'T3' }),
  ]);
  expect([...serving].map(([code, teams]) => [code, ...teams.map((team) => team.key)])).toEqual([
    ['a', 'T1'],
    ['b', 'T1', 'T2'],
  ]);
});
