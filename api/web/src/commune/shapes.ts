// The outlines of a commune and its hamlets as paths to draw: no map library, which a phone
// would have to fetch and which does not print.
import type { Polygon, MultiPolygon, Position } from 'geojson';

export interface Outline {
  code: string;
  name: string;
  geometry: Polygon | MultiPolygon | null;
}

export interface Shape {
  code: string;
  path: string;
  /** The middle of the largest part, where its name stands. */
  at: [number, number];
  label: string | null;
}

export interface Sketch {
  width: number;
  height: number;
  /** The outline of the commune; empty where it has none. */
  ground: string;
  shapes: Shape[];
}

/** Wide enough for steps of a few metres; coordinates are whole numbers of it. */
const width = 1000;
const margin = 14;
const tallest = 1.3;
const labelSize = { letter: 17, line: 30 };

/** Draws outlines into a box as wide as the sketch, north above. first are the codes whose names
 * matter most: where two would lie upon each other the later one is left out. */
export function sketch(commune: Polygon | MultiPolygon | null, hamlets: readonly Outline[], first: readonly string[]): Sketch | null {
  const drawn = hamlets.filter((hamlet) => hamlet.geometry !== null);
  // People live in a part of some communes: the sketch is of the hamlets, where there are any.
  const all = drawn.length > 0 ? drawn.flatMap(({ geometry }) => ringsOf(geometry)) : ringsOf(commune);
  if (all.length === 0) return null;
  const lons = all.flatMap((ring) => ring.map(([lon]) => lon!));
  const lats = all.flatMap((ring) => ring.map(([, lat]) => lat!));
  const [west, east, south, north] = [least(lons), most(lons), least(lats), most(lats)];
  const narrowing = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const across = Math.max((east - west) * narrowing, 1e-6);
  const up = Math.max(north - south, 1e-6);
  const room = width - 2 * margin;
  const scale = Math.min(room / across, (room * tallest) / up);
  const left = (width - across * scale) / 2;
  const point = ([lon, lat]: Position): [number, number] =>
    [Math.round(left + (lon! - west) * narrowing * scale), Math.round(margin + (north - lat!) * scale)];

  const shapes = drawn.map(({ code, geometry, name }) => {
    const rings = ringsOf(geometry).map((ring) => ring.map(point));
    return { code, path: rings.map(pathOf).join(''), at: middleOf(rings), label: shortName(name) as string | null };
  });
  const rank = new Map(first.map((code, index) => [code, index]));
  placeLabels([...shapes].sort((a, b) => (rank.get(a.code) ?? Infinity) - (rank.get(b.code) ?? Infinity)));
  return { width, height: Math.round(up * scale + 2 * margin), ground: ringsOf(commune).map((ring) => pathOf(ring.map(point))).join(''), shapes };
}

function ringsOf(geometry: Polygon | MultiPolygon | null): Position[][] {
  if (!geometry) return [];
  return geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();
}

/** A closed path in steps, without those that lead nowhere at this scale. */
function pathOf(ring: readonly [number, number][]): string {
  let path = '';
  let [x, y] = [Number.NaN, Number.NaN];
  for (const [nextX, nextY] of ring) {
    if (nextX === x && nextY === y) continue;
    path += path === '' ? `M${nextX} ${nextY}` : `l${nextX - x} ${nextY - y}`;
    [x, y] = [nextX, nextY];
  }
  return path && `${path}z`;
}

/** The centroid of the largest ring, by its area. */
function middleOf(rings: readonly (readonly [number, number][])[]): [number, number] {
  let largest = -1;
  let at: [number, number] = [0, 0];
  for (const ring of rings) {
    let [twice, x, y] = [0, 0, 0];
    for (let i = 0; i + 1 < ring.length; i++) {
      const [[x0, y0], [x1, y1]] = [ring[i]!, ring[i + 1]!];
      const cross = x0 * y1 - x1 * y0;
      twice += cross;
      x += (x0 + x1) * cross;
      y += (y0 + y1) * cross;
    }
    if (Math.abs(twice) <= largest) continue;
    largest = Math.abs(twice);
    at = twice === 0 ? [...ring[0]!] : [Math.round(x / (3 * twice)), Math.round(y / (3 * twice))];
  }
  return at;
}

/** Tổ dân phố 12 → 12, Thôn Phú Sơn → Phú Sơn: what tells a hamlet from its neighbours. */
export function shortName(name: string): string {
  return name.replace(/^(tổ dân phố|khu dân cư|khu phố|khối phố|thôn|khóm|ấp|bản|làng|xóm|buôn)\s+/i, '');
}

/** Takes the label from each shape on whose place one already lies. */
function placeLabels(shapes: readonly Shape[]): void {
  const taken: [number, number, number, number][] = [];
  for (const shape of shapes) {
    const half = (shape.label!.length * labelSize.letter) / 2;
    const [x, y] = shape.at;
    const box: [number, number, number, number] = [x - half, y - labelSize.line / 2, x + half, y + labelSize.line / 2];
    if (box[0] < 0 || box[2] > width || taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) {
      shape.label = null;
      continue;
    }
    taken.push(box);
  }
}

/** Math.min of many numbers would overflow the stack. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b));
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b));
}
