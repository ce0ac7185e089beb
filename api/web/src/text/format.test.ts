import { describe, expect, it } from 'vitest';
import { ago, compareNames, count, date, percent, readDay, writeDay } from './format';

describe('numbers', () => {
  it('are grouped as the language does', () => {
    expect(count(48102, 'vi')).toBe('48.102');
    expect(count(48102, 'en')).toBe('48,102');
    expect(count(0, 'vi')).toBe('0');
  });
});

describe('rates', () => {
  const cases: [number, 0 | 1, string, string][] = [
    [0.2349, 1, '23,5\u00a0%', '23.5%'],
    [0.2349, 0, '23\u00a0%', '23%'],
    [0, 1, '0,0\u00a0%', '0.0%'],
    [1, 1, '100,0\u00a0%', '100.0%'],
    [1, 0, '100\u00a0%', '100%'],
    // Rounding must not turn something into nothing, nor nearly all into all.
    [0.0004, 1, '<\u202f0,1\u00a0%', '<\u202f0.1%'],
    [0.0005, 1, '0,1\u00a0%', '0.1%'],
    [0.9996, 1, '>\u202f99,9\u00a0%', '>\u202f99.9%'],
    [0.004, 0, '<\u202f1\u00a0%', '<\u202f1%'],
    [0.996, 0, '>\u202f99\u00a0%', '>\u202f99%'],
    [1.2, 1, '120,0\u00a0%', '120.0%'],
  ];
  for (const [rate, digits, vi, en] of cases) {
    it(`${rate} with ${digits} digits reads ${vi}`, () => {
      expect(percent(rate, 'vi', digits)).toBe(vi);
      expect(percent(rate, 'en', digits)).toBe(en);
    });
  }
});

describe('days', () => {
  it('are written as the language does, whatever the time zone of the browser', () => {
    expect(date('2026-03-01', 'vi')).toBe('01/03/2026');
    expect(date('2026-03-01', 'en')).toBe('1 Mar 2026');
  });
  it('are counted from another day', () => {
    expect(ago('2026-11-21', '2026-11-21', 'en')).toBe('today');
    expect(ago('2026-11-12', '2026-11-21', 'en')).toBe('9 days ago');
    expect(ago('2026-11-12', '2026-11-21', 'vi')).toBe('9 ngày trước');
    expect(ago('2026-11-20', '2026-11-21', 'vi')).toBe('hôm qua');
    expect(ago('2026-05-21', '2026-11-21', 'en')).toBe('6 months ago');
    expect(ago('2023-11-21', '2026-11-21', 'en')).toBe('3 years ago');
  });
});

it('names sort by the numbers in them and by Vietnamese letters', () => {
  const names = ['Tổ 10', 'Tổ 2', 'Đông', 'Dương', 'An', 'Ân'];
  expect(names.toSorted((a, b) => compareNames(a, b, 'vi'))).toEqual(['An', 'Ân', 'Dương', 'Đông', 'Tổ 2', 'Tổ 10']);
});

describe('days that are typed', () => {
  it.each([
    ['01/03/2026', '2026-03-01'],
    ['1/3/2026', '2026-03-01'],
    ['1.3.2026', '2026-03-01'],
    [' 01-03-2026 ', '2026-03-01'],
    ['01032026', '2026-03-01'],
    ['2026-03-01', '2026-03-01'],
    ['29/02/2024', '2024-02-29'],
    ['29/02/2026', null],
    ['31/04/2026', null],
    ['3/2026', null],
    ['12/31/2026', null],
    ['', null],
    ['1/3/26', null],
  ])('%s', (text, day) => expect(readDay(text)).toBe(day));
  it('are read as they are written', () => expect(readDay(writeDay('2026-11-21'))).toBe('2026-11-21'));
});
