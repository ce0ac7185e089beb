// What a figure, a flag or a place is called in a sentence.
import type { TFunction } from 'i18next';
import { createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Meta, Row } from './contract';
import * as format from './format';
import { useView } from './location';
import { daysOf, skillOf, type Lang, type Measure, type Period, type View } from './view';

/** The words, numbers and days of the language and server in use. */
export interface Words {
  t: TFunction;
  lang: Lang;
  meta: Meta;
  count: (value: number) => string;
  percent: (rate: number, digits?: 0 | 1) => string;
  date: (day: string) => string;
}

export const MetaContext = createContext<Meta | null>(null);

export function useWords(): Words {
  const meta = useContext(MetaContext);
  if (!meta) throw new Error('useWords outside of MetaContext');
  const { lang } = useView();
  const { t } = useTranslation();
  return useMemo(() => ({
    t, lang, meta,
    count: (value) => format.count(value, lang),
    percent: (rate, digits = 1) => format.percent(rate, lang, digits),
    date: (day) => format.date(day, lang),
  }), [t, lang, meta]);
}

/** A count, or words that say that it is kept back. */
export function countOrHidden(value: number | null, { count, t }: Words): string {
  return value === null ? t('hidden') : count(value);
}

/** With a capital letter: skills are written in lower case in settings. */
export function skillName(key: string, { meta, lang }: Words): string {
  const skill = meta.skills.find((candidate) => candidate.key === key);
  const name = skill?.[lang] || key;
  return name.charAt(0).toLocaleUpperCase(lang) + name.slice(1);
}

export function measureName(measure: Measure, words: Words): string {
  const skill = skillOf(measure);
  return skill ? skillName(skill, words) : words.t(measure);
}

export function measureUnit(measure: Measure, { t }: Words): string {
  if (skillOf(measure)) return t('uptakeUnit');
  return measure === 'attempts' ? t('attemptsUnit') : t('coverageUnit');
}

/** The rate of a row that a measure shows; null where there is none. */
export function rateOf(row: Row, measure: Measure): number | null {
  const skill = skillOf(measure);
  if (skill) return row.uptake[skill]?.rate ?? null;
  return measure === 'attempts' ? row.attempt_rate : row.coverage;
}

/** Whether a skill's figures of a row are too few to say anything. */
export function tooFew(row: Row, measure: Measure): boolean {
  const skill = skillOf(measure);
  return skill !== null && row.flags.includes(`too_few_data:${skill}`);
}

export function periodName(period: Period, { t, date, meta }: Words): string {
  const { from, to } = daysOf(period, meta.today);
  return from ? t('fromTo', { from: date(from), to: date(to) }) : t('until', { to: date(to) });
}

const kindsInEnglish: Record<string, string> = {
  'Tỉnh': 'Province', 'Thành phố': 'City', 'Quận': 'Urban district', 'Huyện': 'District', 'Thị xã': 'Town',
  'Phường': 'Ward', 'Xã': 'Commune', 'Thị trấn': 'Township', 'Đặc khu': 'Special zone',
  'Thôn': 'Hamlet', 'Tổ dân phố': 'Residential group', 'Khu phố': 'Quarter', 'Khóm': 'Quarter', 'Ấp': 'Hamlet', 'Bản': 'Village',
};

export function kindName(kind: string, lang: Lang): string {
  return lang === 'en' ? (kindsInEnglish[kind] ?? kind) : kind;
}

/** Phường Hải Châu; Thôn 3 stays as it is, for its name says what it is already. In English
 * the kind follows and the name keeps its letters: Hải Châu Ward. */
export function placeName(place: { name: string; kind?: string | undefined }, lang: Lang): string {
  const { name, kind } = place;
  if (!kind || name.toLowerCase().startsWith(kind.toLowerCase())) return name;
  return lang === 'en' ? `${name} ${kindName(kind, lang)}` : `${kind} ${name}`;
}

/** low_uptake:payment → low_uptake. */
export function kindOf(flag: string): string {
  return flag.split(':')[0]!;
}

/** What a list of places with a flag is headed. */
export function flagName(flag: string, words: Words): string {
  const [kind, skill] = flag.split(':');
  const name = words.t(`flag_${kind}`);
  return skill ? `${name}: ${skillName(skill, words)}` : name;
}

export interface Reason {
  kind: string;
  name: string;
  why: string;
}

/** The flags of a row in words, the most urgent first. Flags of several skills are one. */
export function reasonsOf(row: Pick<Row, 'flags' | 'registry_completeness'>, order: readonly string[], words: Words): Reason[] {
  const { t, percent, count, meta } = words;
  const limits = meta.thresholds;
  const kinds = new Set(row.flags.map(kindOf));
  return order.filter((kind) => kinds.has(kind)).map((kind) => {
    let why = '';
    switch (kind) {
      case 'barely_visited': why = t('why_barely_visited', { limit: percent(limits.barely_visited, 0) }); break;
      case 'low_coverage': why = t('why_low_coverage', { limit: percent(limits.low_coverage, 0) }); break;
      case 'stale': why = t('why_stale', { days: count(limits.stale_days) }); break;
      case 'low_uptake': {
        const skills = row.flags.filter((flag) => kindOf(flag) === kind).map((flag) => skillName(flag.split(':')[1]!, words));
        why = t('why_low_uptake', { limit: percent(limits.low_uptake, 0), skills: skills.join('; ') });
        break;
      }
      case 'registry_gap':
        why = row.registry_completeness === undefined
          ? t('why_registry_gap_plain')
          : t('why_registry_gap', { rate: percent(row.registry_completeness) });
        break;
      default: why = t(`why_${kind}`);
    }
    return { kind, name: t(`flag_${kind}`), why };
  });
}

/** What a query about the view's period carries. */
export function windowQuery(view: View, meta: Meta): { from: string | null; to: string } {
  return daysOf(view.period, meta.today);
}
