// Names of figures, flags and places for sentences.
import type { TFunction } from 'i18next';
import { createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { measures } from './measures.gen';
import type { Meta, Row, Uptake } from '../server/contract';
import * as format from './format';
import type { PublishedWindow } from '../view/calendar';
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

/** The rules of what is published, for texts; without the public, whom nothing is hidden from, those of its default. */
export function releaseText(key: string, { t, date, count, meta }: Labels): string {
  const {
    minimum = 10,
    rounding = 5,
    release = meta.today,
    next_release = meta.today,
    boundaries = meta.today,
  } = meta.public ?? {};
  return t(key, {
    minimum: count(minimum),
    rounding: count(rounding),
    release: date(release),
    next: date(next_release),
    boundaries: date(boundaries),
  });
}

/** A count, or that it is below what is published. */
export function countOrSuppressed(value: number | null, labels: Labels): string {
  return value === null ? releaseText('fewer', labels) : labels.count(value);
}

/** A count where there is no room for words. */
export function shortCount(value: number | null, labels: Labels): string {
  return value === null ? releaseText('fewerShort', labels) : labels.count(value);
}

/** How many households of a place were reached or attempted, as a sentence. Of a hidden number of households nothing
 * else is known. */
export function partOfHouseholds(row: Row, part: 'reached' | 'attempted', labels: Labels): string {
  if (row.households === null) return releaseText('fewerHouseholds', labels);
  return labels.t(`${part}Of`, {
    [part]: countOrSuppressed(row[part], labels),
    households: labels.count(row.households),
  });
}

/** How many of the households that were assessed for a skill could do it, as a sentence. */
export function shownOfAssessed({ shown, assessed }: Pick<Uptake, 'shown' | 'assessed'>, labels: Labels): string {
  if (assessed === null) return releaseText('fewerAssessed', labels);
  return labels.t('shownOf', { shown: countOrSuppressed(shown, labels), assessed: labels.count(assessed) });
}

/** A window of the calendar: 90 ngày đến 22/11/2026, Tháng 10/2026, Quý III/2026. */
export function windowName({ key, from, to }: PublishedWindow, { t, lang, date }: Labels): string {
  const quarter = /^(\d{4})-Q(\d)$/.exec(key);
  if (quarter)
    return t('windowQuarter', {
      quarter: lang === 'vi' ? ['I', 'II', 'III', 'IV'][Number(quarter[2]) - 1] : quarter[2],
      year: quarter[1],
    });
  if (format.isMonth(key)) {
    const name = format.month(key, lang);
    return name.charAt(0).toLocaleUpperCase(lang) + name.slice(1);
  }
  if (from === null) return t('windowAll', { day: date(to) });
  return t('windowRecent', { days: (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1, day: date(to) });
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

/** The day whose boundaries are used in a window that ends on a day: the public has those of the release. */
export function boundariesDay(to: string, meta: Meta): string {
  return meta.public?.boundaries ?? to;
}

/** 0.034 → +3,4 điểm, +3.4 points. */
export function pointsText(change: number, { lang, t }: Labels): string {
  return `${format.points(change, lang)}\u00a0${t('points')}`;
}
