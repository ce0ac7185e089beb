// From a rate to a colour. Each ramp has seven steps of equal lightness (in OKLab, from 0.93
// down to 0.33), so that equal steps look equal, also in print and to colour-blind eyes; the
// hue only helps. A test holds the ramps to that.
import { skillOf, type Measure } from './view';

/** The lower bounds of the classes above the first. 0.2 and 0.5 are where flags begin. */
export const breaks = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8] as const;

export const ramps = {
  coverage: ['#f3e9b8', '#b4d39e', '#71b99a', '#379a9a', '#107796', '#185286', '#1e2f6d'],
  attempts: ['#dbebf2', '#adcddc', '#81afc7', '#5691b3', '#3c7198', '#24537d', '#0f3562'],
  uptake: ['#f9dfef', '#e1b9d9', '#c594c7', '#a472bb', '#8050b0', '#5d3692', '#3d1c74'],
} as const;

export type Ramp = readonly string[];

export function rampOf(measure: Measure): Ramp {
  if (skillOf(measure)) return ramps.uptake;
  return measure === 'attempts' ? ramps.attempts : ramps.coverage;
}

/** Which class a rate falls into: a bound belongs to the class above it. */
export function classOf(rate: number): number {
  let index = 0;
  while (index < breaks.length && rate >= breaks[index]!) index++;
  return index;
}

export function colourOf(rate: number, measure: Measure): string {
  return rampOf(measure)[classOf(rate)]!;
}

/** The name under which tiles carry the rate of a measure. */
export function propertyOf(measure: Measure): string {
  const skill = skillOf(measure);
  if (skill) return `uptake_${skill}`;
  return measure === 'attempts' ? 'attempt_rate' : 'coverage';
}
