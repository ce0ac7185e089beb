import { describe, expect, test } from 'vitest';
import { commonBeginning, finder, formatSort, moved, parseSort, sortRows, windowOf } from './rows';

const byName = { value: (row: { name: string | null }) => row.name };
const names = (texts: (string | null)[], down = false) =>
  sortRows(
    texts.map((name) => ({ name })),
    byName,
    down,
  ).map(({ name }) => name);

describe('order', () => {
  test('is that of the Vietnamese alphabet, with numbers by value', () => {
    expect(names(['Tổ 10', 'Đông', 'Dương', 'Tổ 2', 'Ân', 'An', 'Ăn', 'Ơn', 'Ôn', 'On'])).toEqual([
      'An',
      'Ăn',
      'Ân',
      'Dương',
      'Đông',
      'On',
      'Ôn',
      'Ơn',
      'Tổ 2',
      'Tổ 10',
    ]);
  });
  test('puts what is not known last, either way', () => {
    expect(names(['b', null, 'a'])).toEqual(['a', 'b', null]);
    expect(names(['b', null, 'a'], true)).toEqual(['b', 'a', null]);
  });
  test('leaves equal rows as they came, and the input alone', () => {
    const rows = [
      { n: 1, at: 0 },
      { n: 1, at: 1 },
      { n: 0, at: 2 },
    ];
    expect(sortRows(rows, { value: (row) => row.n }, true).map((row) => row.at)).toEqual([0, 1, 2]);
    expect(rows.map((row) => row.at)).toEqual([0, 1, 2]);
  });
  test('is written and read', () => {
    const columns = [{ key: 'name' }, { key: 'visits' }];
    const otherwise = { key: 'name', down: false };
    for (const sort of [{ key: 'visits', down: true }, otherwise])
      expect(parseSort(formatSort(sort), columns, otherwise)).toEqual(sort);
    for (const text of [undefined, '', '-', 'none', '--visits'])
      expect(parseSort(text, columns, otherwise)).toEqual(otherwise);
  });
});

test('finds words in any order, without their marks', () => {
  const find = finder(['Tổ dân phố 1 Phường Hòa Khánh', 'Thôn Đông', '']);
  expect(find('hoa to dan')).toEqual([true, false, false]);
  expect(find('đông')).toEqual([false, true, false]);
  expect(find('dong')).toEqual([false, true, false]);
  expect(find('  ')).toEqual([true, true, true]);
});

test('draws the visible rows and some more', () => {
  expect(windowOf(1000, 48, 0, 480, 12)).toEqual({ first: 0, end: 22 });
  expect(windowOf(1000, 48, 4800, 480, 12)).toEqual({ first: 88, end: 122 });
  expect(windowOf(1000, 48, 1e9, 480, 12)).toEqual({ first: 1000, end: 1000 });
  expect(windowOf(0, 48, 0, 480)).toEqual({ first: 0, end: 0 });
  expect(windowOf(5, 48, 0, 0)).toEqual({ first: 0, end: 5 });
});

test('keys move within the rows', () => {
  expect(moved('ArrowDown', -1, 3, 10)).toBe(0);
  expect(moved('ArrowUp', 0, 3, 10)).toBe(0);
  expect(moved('PageDown', 0, 30, 10)).toBe(10);
  expect(moved('PageDown', 25, 30, 10)).toBe(29);
  expect(moved('PageUp', 5, 30, 10)).toBe(0);
  expect(moved('End', 3, 30, 10)).toBe(29);
  expect(moved('Home', 3, 30, 10)).toBe(0);
  expect(moved('x', 3, 30, 10)).toBeNull();
  expect(moved('End', 0, 0, 10)).toBeNull();
});

test('names are shortened to what is not common to all', () => {
  expect(commonBeginning(['Tổ công nghệ Thôn 1', 'Tổ công nghệ Thôn 2'])).toBe('Tổ công nghệ ');
  expect(commonBeginning(['Thôn 1', 'Thôn 2'])).toBe('');
  expect(commonBeginning(['Tổ công nghệ Thôn 1', 'Tổ công nghệ Tổ 2'])).toBe('Tổ công nghệ ');
  expect(commonBeginning(['Tổ công nghệ', 'Tổ công nghệ Tổ 2'])).toBe('Tổ công ');
  expect(commonBeginning(['Tổ', 'Đội'])).toBe('');
  expect(commonBeginning(['Tổ một'])).toBe('');
  expect(commonBeginning(['Tổ 1 ', 'Tổ 1 a'])).toBe('');
});
