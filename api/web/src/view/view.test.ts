import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  daysOf,
  earlierDays,
  formatView,
  initial,
  isDay,
  monthsBetween,
  parseView,
  type View,
} from './view';

const parse = (url: string): View => {
  const { pathname, search } = new URL(url, 'http://map.example');
  return parseView(pathname, search);
};

describe('a view and its URL', () => {
  const views: Record<string, Partial<View>> = {
    'as it is initially': {},
    'a camera': { camera: { lat: 16.05, lng: 108.2, zoom: 10.5 } },
    'a camera south and west of nought': { camera: { lat: -16.05123, lng: -108.20007, zoom: 3 } },
    'attempts by commune': { measure: 'attempts', by: 'communes' },
    'a skill by hexagon': { measure: 'uptake:public_services', by: 'cells' },
    'each span': { period: 'year' },
    ever: { period: 'ever' },
    'two dates': { period: { from: '2026-01-01', to: '2026-03-01' } },
    'a place with a zero in front': { place: '00123' },
    'a place with letters that URLs keep for themselves': { place: 'a&b=c d/é' },
    'a commune page': { commune: '20194', place: '20194' },
    'a hamlet on a commune page': { commune: '20194', place: '20194-03' },
    'the whole programme': { place: null },
    'each other measure': { measure: 'days' },
    'hot spots': { measure: 'spots' },
    'a month': { period: '2026-03' },
    'all up to the end of a month': { period: '..2026-03' },
    'change against a year before': { measure: 'change', earlier: 'year' },
    'change against two dates': { measure: 'change', earlier: { from: '2025-01-01', to: '2025-03-31' } },
    'two periods side by side': { beside: 'period' },
    'two sets of boundaries side by side': { beside: { boundaries: '2025-06-30' } },
    'a table': { table: true },
    'no flags': { flags: [] },
    'other flags': { flags: ['no_team', 'stale', 'registry_gap'] },
    'a list': { list: 'low_uptake:payment' },
    English: { lang: 'en' },
    'everything at once': {
      camera: { lat: 10.1, lng: 106.7, zoom: 14.25 },
      measure: 'uptake:payment',
      by: 'communes',
      period: { from: '2025-12-31', to: '2026-02-28' },
      place: '26740',
      flags: ['unvisited'],
      list: 'unvisited',
      lang: 'en',
    },
  };
  for (const [name, change] of Object.entries(views)) {
    it(`comes back the same: ${name}`, () => {
      const view = { ...initial, ...change };
      expect(parse(formatView(view))).toEqual(view);
    });
  }

  it('is short where nothing was chosen', () => {
    expect(formatView(initial)).toBe('/');
    expect(formatView({ ...initial, commune: '20194', place: '20194' })).toBe('/communes/20194');
  });

  it('can be read by people', () => {
    const view: View = {
      ...initial,
      camera: { lat: 16.05, lng: 108.2, zoom: 11 },
      measure: 'uptake:payment',
      lang: 'en',
    };
    expect(formatView(view)).toBe('/?at=16.05,108.2,11&measure=uptake:payment&lang=en');
  });

  const broken: Record<string, string> = {
    'a camera of two numbers': '/?at=16.05,108.2',
    'a camera of words': '/?at=here,there,9',
    'a camera with a gap': '/?at=,108,9',
    'a camera beyond the pole': '/?at=96.05,108.2,9',
    'an unknown measure': '/?measure=length',
    'a measure with a script': '/?measure=uptake:%3Cscript%3E',
    'an unknown grouping': '/?by=street',
    'an unknown period': '/?period=7d',
    'the 13th month': '/?period=2026-13',
    'the end of a month that is none': '/?period=..2026-00',
    'an unknown earlier period': '/?earlier=never',
    'something unknown beside it': '/?beside=mars',
    'an unknown way to show it': '/?show=globe',
    'a period that ends before it begins': '/?period=2026-03-01..2026-01-01',
    'the 31st of February': '/?period=2026-02-31..2026-03-01',
    'three dates': '/?period=2026-01-01..2026-02-01..2026-03-01',
    'an unknown list': '/?list=nice',
    'an unknown language': '/?lang=fr',
    'a path with a broken percent sign': '/communes/%E0%A4%A',
    'another path': '/nowhere/else',
  };
  for (const [name, url] of Object.entries(broken)) {
    it(`falls back where a URL has ${name}`, () => expect(parse(url)).toEqual(initial));
  }

  it('drops unknown flags and keeps the known, in their order', () => {
    expect(parse('/?flags=stale,nonsense,no_team').flags).toEqual(['no_team', 'stale']);
  });
});

describe('days of a period', () => {
  it('count both ends', () => {
    expect(daysOf('30d', '2026-03-01')).toEqual({ from: '2026-01-31', to: '2026-03-01' });
    expect(daysOf('90d', '2026-11-21')).toEqual({ from: '2026-08-24', to: '2026-11-21' });
    expect(daysOf('365d', '2024-12-31')).toEqual({ from: '2024-01-02', to: '2024-12-31' });
  });
  it('have no beginning for ever', () =>
    expect(daysOf('ever', '2026-11-21')).toEqual({ from: null, to: '2026-11-21' }));
  it('begin with the year', () =>
    expect(daysOf('year', '2026-11-21')).toEqual({ from: '2026-01-01', to: '2026-11-21' }));
  it('are those of a month, but none that are still to come', () => {
    expect(daysOf('2026-02', '2026-11-21')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
    expect(daysOf('2026-11', '2026-11-21')).toEqual({ from: '2026-11-01', to: '2026-11-21' });
    expect(daysOf('..2025-12', '2026-11-21')).toEqual({ from: null, to: '2025-12-31' });
  });
  it('cross leap days', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2025-02-28', 1)).toBe('2025-03-01');
  });
  it('know which days there are', () => {
    expect(['2024-02-29', '2026-12-31'].every(isDay)).toBe(true);
    expect(['2026-02-29', '2026-13-01', '2026-1-1', '', 'today'].some(isDay)).toBe(false);
  });
});

describe('the earlier period', () => {
  const today = '2026-11-21';
  it('is as long and ends right before', () => {
    expect(earlierDays('before', '30d', today)).toEqual({ from: '2026-09-23', to: '2026-10-22' });
    expect(earlierDays('before', { from: '2026-03-01', to: '2026-03-01' }, today)).toEqual({
      from: '2026-02-28',
      to: '2026-02-28',
    });
  });
  it('of a month is the month before, however long', () => {
    expect(earlierDays('before', '2026-03', today)).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  });
  it('of a year ago has the same days of the calendar', () => {
    expect(earlierDays('year', '90d', today)).toEqual({ from: '2025-08-24', to: '2025-11-21' });
    expect(earlierDays('year', { from: '2024-02-29', to: '2024-02-29' }, today)).toEqual({
      from: '2023-02-28',
      to: '2023-02-28',
    });
  });
  it('of ever is ever, a year ago', () => {
    expect(earlierDays('before', 'ever', today)).toEqual({ from: null, to: '2025-11-21' });
    expect(earlierDays('before', '..2026-03', today)).toEqual({ from: null, to: '2025-03-31' });
  });
  it('is what somebody chose', () => {
    const days = { from: '2025-01-01', to: '2025-01-31' };
    expect(earlierDays(days, '30d', today)).toBe(days);
  });
});

describe('months', () => {
  it('follow each other over the year', () => {
    expect(addMonths('2025-12', 1)).toBe('2026-01');
    expect(addMonths('2026-01', -1)).toBe('2025-12');
    expect(addMonths('2026-03', -15)).toBe('2024-12');
  });
  it('are all from the first day to the last', () => {
    expect(monthsBetween('2025-11-30', '2026-02-01')).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
  });
});
