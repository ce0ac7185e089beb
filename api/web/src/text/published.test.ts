import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { lastVisitOf } from '../components/Shown';
import { rowOf } from '../panels/Pointer';
import type { Meta } from '../server/contract';
import type { Lang } from '../view/view';
import { en } from './en';
import * as format from './format';
import { boundariesDay, countOrSuppressed, partOfHouseholds, releaseText, windowName, type Labels } from './labels';
import { published } from './published';
import { vi } from './vi';

const text = i18next.createInstance();
await text.init({
  resources: { vi: { translation: vi }, en: { translation: en } },
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
});

const rules = {
  release: '2026-11-23',
  next_release: '2026-11-30',
  boundaries: '2026-11-23',
  max_resolution: 9,
  minimum: 10,
  rounding: 5,
  windows: [],
};

function labels(lang: Lang, rest: Partial<Meta> = { public: rules }): Labels {
  return {
    t: text.getFixedT(lang),
    lang,
    meta: { today: '2026-11-22', public: null, ...rest } as Meta,
    count: (value) => format.count(value, lang),
    percent: (rate, digits = 1) => format.percent(rate, lang, digits),
    date: (day) => format.date(day, lang),
  };
}

describe('what is published', () => {
  it('is of a day, by a rule, in both languages', () => {
    expect(`${releaseText('publishedOn', labels('vi'))} ${releaseText('publishedRule', labels('vi'))}`).toBe(
      'Số liệu công bố ngày 23/11/2026, kỳ sau 30/11/2026. Số đếm làm tròn đến 5, dưới 10 được che; các số có thể không cộng khớp.',
    );
    expect(releaseText('publishedOn', labels('en'))).toBe('Figures published on 23 Nov 2026, the next on 30 Nov 2026.');
  });
  it('leaves no blank in any sentence', () => {
    for (const lang of ['vi', 'en'] as const)
      for (const key of Object.keys(published[lang]).filter((name) => name.startsWith('published')))
        expect(releaseText(key, labels(lang)), key).not.toMatch(/\{\{|undefined/);
  });
  it('is of the boundaries of the release, whatever the window', () => {
    expect(boundariesDay('2026-03-31', labels('vi').meta)).toBe('2026-11-23');
    expect(boundariesDay('2026-03-31', labels('vi', {}).meta)).toBe('2026-03-31');
  });
});

describe('windows', () => {
  const cases: [key: string, from: string | null, to: string, vi: string, en: string][] = [
    ['all', null, '2026-11-22', 'Tất cả đến 22/11/2026', 'Everything until 22 Nov 2026'],
    ['90d', '2026-08-25', '2026-11-22', '90 ngày đến 22/11/2026', '90 days until 22 Nov 2026'],
    ['2026-10', '2026-10-01', '2026-10-31', 'Tháng 10/2026', 'October 2026'],
    ['2026-Q3', '2026-07-01', '2026-09-30', 'Quý III/2026', 'Quarter 3 of 2026'],
  ];
  for (const [key, from, to, inVietnamese, inEnglish] of cases)
    it(`${key} has a name`, () => {
      expect(windowName({ key, from, to }, labels('vi'))).toBe(inVietnamese);
      expect(windowName({ key, from, to }, labels('en'))).toBe(inEnglish);
    });
});

describe('figures of the public', () => {
  // A tile leaves out what is hidden.
  const row = (properties: object) => rowOf({ code: '1', suppressed: true, ...properties }, []);
  it('have hidden counts in words, none as 0', () => {
    expect(countOrSuppressed(row({}).visits, labels('vi'))).toBe('dưới 10');
    expect(countOrSuppressed(row({}).reached, labels('en'))).toBe('fewer than 10');
    expect(countOrSuppressed(0, labels('vi', {}))).toBe('0');
  });
  it('say of a hidden part what it is of, and of a hidden whole no more', () => {
    const part = row({ households: 120 });
    expect(partOfHouseholds(part, 'reached', labels('vi'))).toBe('dưới 10 trên 120 hộ đã được hướng dẫn xong');
    // "dưới 10 trên dưới 10 hộ" would read "of about 10 households"
    expect(partOfHouseholds(row({}), 'reached', labels('vi'))).toBe('Có dưới 10 hộ.');
  });
  it('have the month of the latest visit, and where that is hidden no "never"', () => {
    expect(lastVisitOf('2026-10', labels('vi'))).toEqual({ at: 'tháng 10/2026', ago: null });
    expect(lastVisitOf('2026-10', labels('en'))).toEqual({ at: 'October 2026', ago: null });
    expect(typeof lastVisitOf(null, labels('vi')).at).toBe('object');
    expect(lastVisitOf(null, labels('vi', {})).at).toBe('chưa từng');
    expect(lastVisitOf('2026-11-21', labels('vi', {}))).toEqual({ at: '21/11/2026', ago: 'hôm qua' });
  });
});
