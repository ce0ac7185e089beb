// From a figure to a colour. Each ramp has seven steps of equal lightness (in OKLab, from 0.93
// down to 0.33), so that equal steps look equal, also in print and to colour-blind eyes; the
// hue only helps. Those of change go from the middle, lightest, to both sides. A test checks
// the ramps.
import { skillOf, type Measure } from '../view/view';

export const ramps = {
  coverage: ['#f3e9b8', '#b4d39e', '#71b99a', '#379a9a', '#107796', '#185286', '#1e2f6d'],
  attempts: ['#dbebf2', '#adcddc', '#81afc7', '#5691b3', '#3c7198', '#24537d', '#0f3562'],
  uptake: ['#f9dfef', '#e1b9d9', '#c594c7', '#a472bb', '#8050b0', '#5d3692', '#3d1c74'],
  households: ['#ece9d2', '#d1c89c', '#b6a871', '#9a884e', '#7e6935', '#614d22', '#433215'],
  days: ['#f3e7ce', '#e6c092', '#d99763', '#c56e4c', '#a84a44', '#852d3b', '#5c192f'],
  change: ['#7e3a06', '#bc662f', '#e3a480', '#ebe8df', '#86bbe3', '#3b87bc', '#005582'],
  spots: ['#c36c36', '#e7e4dd', '#2675a9'],
} as const;

/** What is coloured: cells of an H3 resolution, or areas of a level. */
export type Subject = { kind: 'cells'; resolution: number } | { kind: 'hamlets' | 'communes' };

export interface Scale {
  /** The name under which tiles carry the figure. */
  property: string;
  /** The lower bounds of the classes above the first; a bound belongs to the class above it. */
  breaks: readonly number[];
  colours: readonly string[];
  /** How a bound is written. */
  unit: 'rate' | 'points' | 'days' | 'number' | 'class';
}

/** 0.2 and 0.5 are where flags begin. */
export const breaks = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8] as const;
const dayBreaks = [7, 30, 60, 90, 180, 365];
const changeBreaks = [-0.2, -0.1, -0.02, 0.02, 0.1, 0.2];
/** 1, 2, 5, 10 …: bounds of numbers begin with the one that fits what is counted. */
const sizes = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
];
const smallest = { hamlets: 4, communes: 8, cells: [13, 13, 13, 13, 12, 10, 8, 6, 4, 2, 1, 0] } as const;

export function scaleOf(measure: Measure, subject: Subject): Scale {
  const skill = skillOf(measure);
  if (skill) return { property: `uptake_${skill}`, breaks, colours: ramps.uptake, unit: 'rate' };
  switch (measure) {
    case 'attempts':
      return { property: 'attempt_rate', breaks, colours: ramps.attempts, unit: 'rate' };
    case 'days':
      return { property: 'days_since_visit', breaks: dayBreaks, colours: ramps.days, unit: 'days' };
    case 'change':
      return { property: 'coverage_change', breaks: changeBreaks, colours: ramps.change, unit: 'points' };
    // The server classifies hot spots; a cell is in the first, second or third class.
    case 'spots':
      return { property: 'hotspot', breaks: [1, 2], colours: ramps.spots, unit: 'class' };
    case 'households': {
      const from = subject.kind === 'cells' ? smallest.cells[subject.resolution]! : smallest[subject.kind];
      return { property: 'households', breaks: sizes.slice(from, from + 6), colours: ramps.households, unit: 'number' };
    }
    default:
      return { property: 'coverage', breaks, colours: ramps.coverage, unit: 'rate' };
  }
}

export const spotClasses = ['cold', 'not_significant', 'hot'] as const;

/** Which class a figure falls into. */
export function classOf(value: number, bounds: readonly number[] = breaks): number {
  let index = 0;
  while (index < bounds.length && value >= bounds[index]!) index++;
  return index;
}

/** The colour of a rate of the measure: in lists, whose figures are rates of areas. */
export function colourOf(value: number, measure: Measure, subject: Subject = { kind: 'communes' }): string {
  const { colours, breaks } = scaleOf(measure, subject);
  return colours[classOf(value, breaks)]!;
}

/** The H3 resolution of the cells in tiles of each zoom. */
const resolutions = [3, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 10, 11];

/** finest is that of the viewer: deeper zooms show it too. */
export function resolutionAt(zoom: number, finest = 11): number {
  return Math.min(finest, resolutions[Math.min(16, Math.max(0, Math.floor(zoom)))]!);
}

/** The zoom from which cells have each resolution. */
export const resolutionZooms: readonly [zoom: number, resolution: number][] = resolutions.flatMap((resolution, zoom) =>
  resolution !== resolutions[zoom - 1] ? [[zoom, resolution] as [number, number]] : [],
);
