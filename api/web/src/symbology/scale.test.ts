import { describe, expect, it } from 'vitest';
import { breaks, classOf, colourOf, ramps, resolutionAt, scaleOf, type Subject } from './scale';
import type { Measure } from '../view/view';

const communes: Subject = { kind: 'communes' };

describe('classes', () => {
  const cases: [number, number][] = [
    [0, 0],
    [0.0999, 0],
    [0.1, 1],
    [0.2, 2],
    [0.3499, 2],
    [0.35, 3],
    [0.5, 4],
    [0.65, 5],
    [0.7999, 5],
    [0.8, 6],
    [1, 6],
  ];
  for (const [rate, index] of cases) it(`${rate} is in class ${index}`, () => expect(classOf(rate)).toBe(index));

  const measures: Measure[] = ['coverage', 'attempts', 'uptake:payment', 'households', 'days', 'change', 'spots'];
  for (const measure of measures) {
    it(`of ${measure} are one more than their bounds, which rise`, () => {
      for (let resolution = 3; resolution <= 11; resolution++) {
        const scale = scaleOf(measure, { kind: 'cells', resolution });
        expect(scale.colours).toHaveLength(scale.breaks.length + 1);
        expect([...scale.breaks].sort((a, b) => a - b)).toEqual(scale.breaks);
      }
    });
  }
  it('begin where flags do', () => {
    expect(breaks).toEqual(expect.arrayContaining([0.2, 0.5]));
    expect(scaleOf('days', communes).breaks).toContain(90);
  });
  it('of change lie on both sides of nothing, the middle one around it', () => {
    const { breaks: bounds } = scaleOf('change', communes);
    expect(bounds.map((bound) => -bound).reverse()).toEqual([...bounds]);
    expect(classOf(0, bounds)).toBe(3);
  });
  it('of households grow with what is counted', () => {
    const first = (subject: Subject) => scaleOf('households', subject).breaks[0]!;
    expect(first({ kind: 'cells', resolution: 7 })).toBeGreaterThan(first({ kind: 'cells', resolution: 9 }));
    expect(first(communes)).toBeGreaterThan(first({ kind: 'hamlets' }));
  });
  it('are of cells no finer than those that are published', () => {
    expect([12, 13, 14, 18].map((zoom) => resolutionAt(zoom, 9))).toEqual([8, 9, 9, 9]);
  });
  it('go by the resolution of each zoom', () => {
    expect([3, 8.9, 10, 11.99, 13, 16, 18].map((zoom) => resolutionAt(zoom))).toEqual([3, 5, 7, 8, 9, 11, 11]);
  });
});

const sequential = ['coverage', 'attempts', 'uptake', 'households', 'days'] as const;

describe('ramps', () => {
  for (const name of sequential) {
    const ramp = ramps[name];
    it(`${name} darkens in equal steps`, () => {
      const steps = ramp.slice(1).map((colour, i) => lightness(ramp[i]!) - lightness(colour));
      for (const step of steps) expect(Math.abs(step - 0.1)).toBeLessThan(0.012);
    });
  }
  it('change darkens alike to both sides', () => {
    const light = ramps.change.map(lightness);
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(light[i]! - light[6 - i]!)).toBeLessThan(0.012);
      expect(light[i + 1]! - light[i]!).toBeGreaterThan(0.15);
    }
  });
  for (const [name, ramp] of Object.entries(ramps)) {
    for (const blindness of ['protan', 'deutan', 'tritan'] as const) {
      it(`${name} keeps its classes apart to ${blindness} eyes`, () => {
        const seen = ramp.map((colour) => oklab(simulate(linear(colour), blindness)));
        for (let i = 0; i < seen.length; i++) {
          for (let k = i + 1; k < seen.length; k++) {
            const [a, b] = [seen[i]!, seen[k]!];
            expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(0.07);
          }
        }
      });
    }
  }
  it('differ between measures', () => {
    const colours = (
      ['coverage', 'attempts', 'uptake:payment', 'households', 'days', 'change', 'spots'] as Measure[]
    ).map((measure) => scaleOf(measure, communes).colours);
    expect(new Set(colours).size).toBe(7);
    expect(colourOf(0.55, 'coverage')).toBe(ramps.coverage[4]);
  });
});

it('measures have the names that tiles give them', () => {
  expect(
    (['coverage', 'attempts', 'uptake:payment', 'days', 'change', 'spots'] as Measure[]).map(
      (measure) => scaleOf(measure, communes).property,
    ),
  ).toEqual(['coverage', 'attempt_rate', 'uptake_payment', 'days_since_visit', 'coverage_change', 'hotspot']);
});

type Three = [number, number, number];

function linear(hex: string): Three {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

// Björn Ottosson, "A perceptual color space for image processing", 2020.
function oklab([r, g, b]: Three): Three {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function lightness(hex: string): number {
  return oklab(linear(hex))[0];
}

// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color
// vision deficiency", 2009, at full severity.
function simulate([r, g, b]: Three, kind: 'protan' | 'deutan' | 'tritan'): Three {
  const rows: Record<typeof kind, [Three, Three, Three]> = {
    protan: [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    deutan: [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    tritan: [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  };
  return rows[kind].map(([x, y, z]) => Math.min(1, Math.max(0, x * r + y * g + z * b))) as Three;
}
