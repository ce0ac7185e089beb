import { describe, expect, it } from 'vitest';
import { labelsOf, shortName } from './shapes';

const shape = (code: string, name: string, x: number, y: number) => ({
  code,
  name,
  path: '',
  at: [x, y] as [number, number],
});

describe('names on the sketch', () => {
  it('are what differs between a hamlet and its neighbours', () => {
    expect(['Tổ dân phố 12', 'Thôn Phú Sơn 3', 'An Ngãi Đông', 'Thôn'].map(shortName)).toEqual([
      '12',
      'Phú Sơn 3',
      'An Ngãi Đông',
      'Thôn',
    ]);
  });
  it('never lie upon each other: the one that matters more stays', () => {
    const shapes = [shape('a', 'Thôn 1', 500, 500), shape('b', 'Thôn 2', 505, 510), shape('c', 'Thôn 3', 505, 545)];
    expect(labelsOf({ width: 1000, shapes }, ['b', 'a', 'c']).map(({ code, text }) => [code, text])).toEqual([
      ['b', '2'],
      ['c', '3'],
    ]);
    expect(labelsOf({ width: 1000, shapes }, []).map(({ code }) => code)).toEqual(['a', 'c']);
  });
  it('do not leave the sketch', () => {
    expect(labelsOf({ width: 1000, shapes: [shape('a', 'Thôn An Ngãi Đông', 20, 500)] }, ['a'])).toEqual([]);
  });
});
