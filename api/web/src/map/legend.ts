// What colours and textures mean, in words: for the legend on the page, in the table and on the picture.
import { compact } from '../text/format';
import type { VisibleFeatures } from './visibleFeatures';
import { scaleOf, spotClasses, type Scale, type Subject } from '../symbology/scale';
import type { Texture } from '../symbology/symbols';
import { skillOf, type By, type Measure } from '../view/view';
import { releaseText, type Labels } from '../text/labels';

export interface Class {
  colour: string;
  /** The class in words: 10–20 %. */
  text: string;
  /** How many visible places are in it; null while not counted. */
  count: number | null;
}

export interface TextureClass {
  texture: Texture;
  text: string;
  count: number | null;
}

export function classesOf(
  measure: Measure,
  subject: Subject,
  visible: VisibleFeatures | null,
  labels: Labels,
): Class[] {
  const scale = scaleOf(measure, subject);
  return scale.colours.map((colour, index) => ({
    colour,
    text: classText(scale, index, labels),
    count: visible ? (visible.classes[index] ?? 0) : null,
  }));
}

export function texturesOf(measure: Measure, by: By, visible: VisibleFeatures | null, labels: Labels): TextureClass[] {
  const { t, meta } = labels;
  const shown: [Texture, string][] = [['no_data', t(measure === 'spots' ? 'noSpots' : 'noData')]];
  if (measure === 'days') shown.push(['never', t('neverVisited')]);
  if (skillOf(measure)) shown.push(['too_few', t('tooFew')]);
  if (!meta.households) shown.push(['suppressed', releaseText('fewerLegend', labels)]);
  if (by !== 'cells' && measure !== 'spots') shown.push(['no_team', t('noTeam')]);
  return shown.map(([texture, text]) => ({ texture, text, count: visible ? (visible.textures[texture] ?? 0) : null }));
}

/** A bound as it is written between two classes: 20, +10, 1.000. */
export function boundText(value: number, { unit }: Pick<Scale, 'unit'>, { count, lang }: Labels): string {
  switch (unit) {
    case 'rate':
      return count(Math.round(value * 100));
    case 'points':
      return `${value > 0 ? '+' : value < 0 ? '−' : ''}${count(Math.abs(Math.round(value * 100)))}`;
    default:
      return value >= 10_000 ? compact(value, lang) : count(value);
  }
}

function classText(scale: Scale, index: number, labels: Labels): string {
  const { t } = labels;
  const { unit, breaks, colours } = scale;
  if (unit === 'class') return t(`spot_${spotClasses[index]}`);
  const suffix =
    unit === 'rate'
      ? labels.lang === 'vi'
        ? '\u00a0%'
        : '%'
      : unit === 'points'
        ? `\u00a0${t('points')}`
        : unit === 'days'
          ? `\u00a0${t('daysShort')}`
          : '';
  const low = index > 0 ? boundText(breaks[index - 1]!, scale, labels) : null;
  const high = index < colours.length - 1 ? boundText(breaks[index]!, scale, labels) : null;
  if (low === null) return t('below', { value: high + suffix });
  if (high === null) return t('atLeast', { value: low + suffix });
  return t('between', { low, high }) + suffix;
}
