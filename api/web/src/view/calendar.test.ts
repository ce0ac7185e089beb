import { describe, expect, it } from 'vitest';
import {
  isComparable,
  nearestWindow,
  periodOfWindow,
  publishedMonths,
  publishedView,
  type PublishedWindow,
} from './calendar';
import { addDays, addMonths, daysOf, earlierDays, formatView, initial, parseView, quarterOf, type View } from './view';

/** As /api/v1/meta gives it for the release of 23 November 2026. */
const window = (key: string, from: string | null, to: string): PublishedWindow => ({ key, from, to });
const month = (key: string) => window(key, `${key}-01`, addDays(`${addMonths(key, 1)}-01`, -1));
const today = '2026-11-22';
const windows = [
  window('all', null, today),
  window('90d', '2026-08-25', today),
  ...['2026-10', '2026-09', '2026-08', '2026-07', '2026-06', '2026-05'].map(month),
  window('2026-Q3', '2026-07-01', '2026-09-30'),
  window('2026-Q2', '2026-04-01', '2026-06-30'),
];
const view = (change: Partial<View>): View => ({ ...initial, ...change });
const published = (change: Partial<View>) => publishedView(view(change), today, windows);

describe('periods in the address', () => {
  it('have exactly the days of their windows', () => {
    for (const { key, from, to } of windows) {
      const period = periodOfWindow({ key, from, to });
      expect(daysOf(period, today), key).toEqual({ from, to });
      expect(parseView('/', formatView(view({ period })).slice(1)).period, key).toBe(period);
    }
  });
  it('have quarters, of which only four are one', () => {
    expect(['2026-Q1', '2026-Q4'].map((text) => quarterOf(text as never))).toEqual(['2026-01', '2026-10']);
    for (const text of ['2026-Q0', '2026-Q5', '2026-Q', '26-Q1', '2026-Q11'])
      expect(parseView('/', `?period=${text}`).period, text).toBe('90d');
  });
  it('of quarters follow each other', () => {
    expect(earlierDays('before', '2026-Q3', today)).toEqual({ from: '2026-04-01', to: '2026-06-30' });
    expect(earlierDays('before', '2026-Q1', today)).toEqual({ from: '2025-10-01', to: '2025-12-31' });
  });
  it('play the closed months, the earliest first', () => {
    expect(publishedMonths(windows)).toEqual(['2026-05', '2026-06', '2026-07', '2026-08', '2026-09', '2026-10']);
  });
});

describe('the nearest window', () => {
  const cases: [string | null, string, string][] = [
    [null, today, 'all'],
    [null, '2026-10-31', 'all'], // everything up to a month
    ['2026-08-25', today, '90d'],
    ['2026-08-31', '2026-11-28', '90d'], // 90 days of another day
    ['2026-10-24', '2026-11-22', '2026-10'], // 30 days
    ['2026-10-02', '2026-10-30', '2026-10'],
    ['2026-07-01', '2026-09-29', '2026-Q3'],
    ['2026-11-01', today, '2026-10'], // a month that has not ended
    ['2020-01-01', '2020-12-31', '2026-05'], // before there were any
    ['2026-04-01', '2026-11-22', 'all'],
  ];
  for (const [from, to, key] of cases)
    it(`of ${from ?? '…'} to ${to} is ${key}`, () => expect(nearestWindow({ from, to }, windows).key).toBe(key));
});

describe('what the public sees in place of a view', () => {
  it('is the view itself where all of it is published', () => {
    for (const change of [
      {},
      { period: 'ever' },
      { period: '2026-Q3', measure: 'change' },
      { period: '2026-10', beside: 'period' },
      { period: '2026-10', measure: 'attempts', place: '20194', table: true },
    ] satisfies Partial<View>[]) {
      const own = view(change);
      expect(publishedView(own, today, windows)).toBe(own);
    }
  });
  it('is published itself, whatever was asked', () => {
    const periods = ['30d', '365d', 'year', '..2026-09', '2026-11', '2027-03', '2026-Q4'] as const;
    const free = { from: '2026-10-03', to: '2026-10-09' };
    for (const period of [...periods, free])
      for (const measure of ['coverage', 'change', 'days'] as const)
        for (const beside of ['period', { boundaries: '2025-06-30' }, null] as const)
          for (const earlier of ['before', 'year', free] as const) {
            const got = published({ period, measure, beside, earlier });
            expect(publishedView(got, today, windows)).toBe(got);
            expect(windows).toContainEqual(expect.objectContaining(daysOf(got.period, today)));
          }
  });
  it('has no boundaries of another day, and no other days to compare with', () => {
    expect(published({ beside: { boundaries: '2025-06-30' } }).beside).toBeNull();
    expect(published({ period: '2026-10', earlier: { from: '2026-01-01', to: '2026-01-02' } }).earlier).toBe('before');
  });
  it('compares only two windows of the calendar', () => {
    expect(published({ measure: 'change' }).measure).toBe('coverage'); // 90 days before 90 days
    expect(published({ measure: 'change', period: '2026-05' }).measure).toBe('coverage'); // nothing is before
    expect(published({ measure: 'change', period: '2026-06' }).measure).toBe('change');
    expect(published({ beside: 'period', period: 'ever' }).beside).toBeNull();
    expect(published({ beside: 'period', measure: 'change', period: '2026-06' }).beside).toBeNull(); // a third
    expect(isComparable('2026-10', 'year', today, windows)).toBe(false);
  });
  it('has no days since a visit', () => expect(published({ measure: 'days' }).measure).toBe('coverage'));
});
