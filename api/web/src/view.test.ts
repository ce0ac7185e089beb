import { describe, expect, it } from 'vitest';
import { addDays, daysOf, formatView, initial, isDay, parseView, type View } from './view';

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
    'ever': { period: 'ever' },
    'two dates': { period: { from: '2026-01-01', to: '2026-03-01' } },
    'a place with a zero in front': { place: '00123' },
    'a place with letters that URLs keep for themselves': { place: 'a&b=c d/é' },
    'a commune page': { commune: '20194', place: '20194' },
    'a hamlet on a commune page': { commune: '20194', place: '20194-03' },
    'the whole programme': { place: null },
    'no flags': { flags: [] },
    'other flags': { flags: ['no_team', 'stale', 'registry_gap'] },
    'a list': { list: 'low_uptake:payment' },
    'English': { lang: 'en' },
    'everything at once': {
      camera: { lat: 10.1, lng: 106.7, zoom: 14.25 }, measure: 'uptake:payment', by: 'communes',
      period: { from: '2025-12-31', to: '2026-02-28' }, place: '26740', flags: ['unvisited'], list: 'unvisited', lang: 'en',
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
    const view: View = { ...initial, camera: { lat: 16.05, lng: 108.2, zoom: 11 }, measure: 'uptake:payment', lang: 'en' };
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
  it('have no beginning for ever', () => expect(daysOf('ever', '2026-11-21')).toEqual({ from: null, to: '2026-11-21' }));
  it('begin with the year', () => expect(daysOf('year', '2026-11-21')).toEqual({ from: '2026-01-01', to: '2026-11-21' }));
  it('cross leap days', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2025-02-28', 1)).toBe('2025-03-01');
  });
  it('know which days there are', () => {
    expect(['2024-02-29', '2026-12-31'].every(isDay)).toBe(true);
    expect(['2026-02-29', '2026-13-01', '2026-1-1', '', 'today'].some(isDay)).toBe(false);
  });
});
