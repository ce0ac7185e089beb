// Names of figures, flags and places for sentences.
import type { TFunction } from 'i18next';
import { createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { measures } from './measures.gen';
import type { Meta, Row } from '../server/contract';
import * as format from './format';
import { useView } from '../view/location';
import { daysOf, earlierDays, skillOf, type Lang, type Measure, type Period, type View } from '../view/view';

/** The words, numbers and days of the language and server in use. */
export interface Labels {
  t: TFunction;
  lang: Lang;
  meta: Meta;
  count: (value: number) => string;
  percent: (rate: number, digits?: 0 | 1) => string;
  date: (day: string) => string;
}

export const MetaContext = createContext<Meta | null>(null);

export function useLabels(): Labels {
  const meta = useContext(MetaContext);
  if (!meta) throw new Error('useLabels outside of MetaContext');
  const { lang } = useView();
  const { t } = useTranslation();
  return useMemo(
    () => ({
      t,
      lang,
      meta,
      count: (value) => format.count(value, lang),
      percent: (rate, digits = 1) => format.percent(rate, lang, digits),
      date: (day) => format.date(day, lang),
    }),
    [t, lang, meta],
  );
}

/** A count, or a text that it is suppressed. */
export function countOrSuppressed(value: number | null, { count, t }: Labels): string {
  return value === null ? t('hidden') : count(value);
}

/** A count where there is no room for a sentence. */
export function shortCount(value: number | null, { count, t }: Labels): string {
  return value === null ? t('keptBack') : count(value);
}

/** A rate; a dash where its denominator is zero, a word where it is suppressed. */
export function rateOrSuppressed(
  rate: number | null | undefined,
  whole: number | null | undefined,
  { percent, t }: Labels,
  digits: 0 | 1 = 1,
): string {
  if (typeof rate === 'number') return percent(rate, digits);
  return whole === 0 || whole === undefined ? '–' : t('keptBack');
}

/** With a capital letter: skills are written in lower case in settings. */
export function skillName(key: string, { meta, lang }: Labels): string {
  const skill = meta.skills.find((candidate) => candidate.key === key);
  const name = skill?.[lang] || key;
  return name.charAt(0).toLocaleUpperCase(lang) + name.slice(1);
}

/** The label that the registry of measures has for a count or a rate: exported files use the same. */
export function registryLabel(key: (typeof measures)[number]['key'], lang: Lang): string {
  return measures.find((measure) => measure.key === key)!.label[lang];
}

export function measureName(measure: Measure, labels: Labels): string {
  const skill = skillOf(measure);
  if (skill) return skillName(skill, labels);
  return measure === 'households' ? registryLabel(measure, labels.lang) : labels.t(measure);
}

export function measureUnit(view: Pick<View, 'measure' | 'earlier' | 'period'>, labels: Labels): string {
  const { t, meta } = labels;
  if (skillOf(view.measure)) return t('uptakeUnit');
  if (view.measure === 'change')
    return t('changeUnit', { days: daysName(earlierDays(view.earlier, view.period, meta.today), labels) });
  return t(`${view.measure}Unit`);
}

/** The rate of a row by which lists are ranked while a measure is shown; null where there is
 * none. What is no rate is ranked by coverage. */
export function rateOf(row: Row, measure: Measure): number | null {
  const skill = skillOf(measure);
  if (skill) return row.uptake[skill]?.rate ?? null;
  return measure === 'attempts' ? row.attempt_rate : row.coverage;
}

/** The measure whose rate rateOf returns. */
export function rateMeasure(measure: Measure): Measure {
  return skillOf(measure) || measure === 'attempts' ? measure : 'coverage';
}

/** Whether a row has too few assessments of the skill for a rate. */
export function tooFew(row: Row, measure: Measure): boolean {
  const skill = skillOf(measure);
  return skill !== null && row.flags.includes(`too_few_data:${skill}`);
}

export function periodName(period: Period, labels: Labels): string {
  return daysName(daysOf(period, labels.meta.today), labels);
}

export function daysName({ from, to }: { from: string | null; to: string }, { t, date }: Labels): string {
  return from ? t('fromTo', { from: date(from), to: date(to) }) : t('until', { to: date(to) });
}

/** The validity of boundaries, from and to, in words. */
export function versionName({ from, to }: { from: string | null; to: string | null }, { t, date }: Labels): string {
  const begin = from ? t('boundariesFrom', { from: date(from) }) : to ? '' : t('boundariesNow');
  return [begin, to ? t('boundariesUntil', { to: date(to) }) : ''].filter(Boolean).join(' ');
}

const kindsInEnglish: Record<string, string> = {
  Tỉnh: 'Province',
  'Thành phố': 'City',
  Quận: 'Urban district',
  Huyện: 'District',
  'Thị xã': 'Town',
  Phường: 'Ward',
  Xã: 'Commune',
  'Thị trấn': 'Township',
  'Đặc khu': 'Special zone',
  Thôn: 'Hamlet',
  'Tổ dân phố': 'Residential group',
  'Khu phố': 'Quarter',
  Khóm: 'Quarter',
  Ấp: 'Hamlet',
  Bản: 'Village',
};

export function kindName(kind: string, lang: Lang): string {
  return lang === 'en' ? (kindsInEnglish[kind] ?? kind) : kind;
}

/** Phường Hải Châu; Thôn 3 stays as it is, for its name contains the kind. In English
 * the kind follows and the name keeps its letters: Hải Châu Ward. */
export function placeName(place: { name: string; kind?: string | undefined }, lang: Lang): string {
  const { name, kind } = place;
  if (!kind || name.toLowerCase().startsWith(kind.toLowerCase())) return name;
  return lang === 'en' ? `${name} ${kindName(kind, lang)}` : `${kind} ${name}`;
}

/** Name of the whole programme: its province where there is one, else a general text. */
export function wholeName({ meta, lang, t }: Labels): string {
  const [root, another] = meta.roots;
  return root && !another ? placeName(root, lang) : t('everything');
}

/** low_uptake:payment → low_uptake. */
export function kindOf(flag: string): string {
  return flag.split(':')[0]!;
}

/** Heading of a list of places with a flag. */
export function flagName(flag: string, labels: Labels): string {
  const [kind, skill] = flag.split(':');
  const name = labels.t(`flag_${kind}`);
  return skill ? `${name}: ${skillName(skill, labels)}` : name;
}

export interface Reason {
  kind: string;
  name: string;
  why: string;
}

/** The flags of a row in words, the most urgent first. Flags of several skills are one. */
export function reasonsOf(
  row: Pick<Row, 'flags' | 'registry_completeness'>,
  order: readonly string[],
  labels: Labels,
): Reason[] {
  const { t, percent, count, meta } = labels;
  const limits = meta.thresholds;
  const kinds = new Set(row.flags.map(kindOf));
  return order
    .filter((kind) => kinds.has(kind))
    .map((kind) => {
      let why = '';
      switch (kind) {
        case 'barely_visited':
          why = t('why_barely_visited', { limit: percent(limits.barely_visited, 0) });
          break;
        case 'low_coverage':
          why = t('why_low_coverage', { limit: percent(limits.low_coverage, 0) });
          break;
        case 'stale':
          why = t('why_stale', { days: count(limits.stale_days) });
          break;
        case 'low_uptake': {
          const skills = row.flags
            .filter((flag) => kindOf(flag) === kind)
            .map((flag) => skillName(flag.split(':')[1]!, labels));
          why = t('why_low_uptake', { limit: percent(limits.low_uptake, 0), skills: skills.join('; ') });
          break;
        }
        case 'registry_gap':
          why =
            row.registry_completeness === undefined
              ? t('why_registry_gap_plain')
              : t('why_registry_gap', { rate: percent(row.registry_completeness) });
          break;
        default:
          why = t(`why_${kind}`);
      }
      return { kind, name: t(`flag_${kind}`), why };
    });
}

/** Query parameters of the view's period. */
export function windowQuery(view: View, meta: Meta): { from: string | null; to: string } {
  return daysOf(view.period, meta.today);
}

/** 0.034 → +3,4 điểm, +3.4 points. */
export function pointsText(change: number, { lang, t }: Labels): string {
  return `${format.points(change, lang)}\u00a0${t('points')}`;
}
