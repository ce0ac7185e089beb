// Tiles, read by an independent decoder, must add up to the figures of the API.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { expect, ninetyDays, server, site, test } from './fixture';

const counts = ['households', 'attempted', 'contacted', 'reached', 'revisit_due'] as const;

/** Zoom and the H3 resolution of its cells. */
const resolutions: [number, number][] = [
  [6, 4],
  [8, 5],
  [10, 7],
  [12, 8],
];

for (const [zoom, resolution] of resolutions) {
  test(`cells of zoom ${zoom} add up to the API's answer at resolution ${resolution}`, async () => {
    const { meta, days, whole } = await programme();
    const rows = new Map(
      (await server.coverage(`by=cell&resolution=${resolution}&${days}`)).rows.map((row) => [row.key, row]),
    );
    const seen = await featuresOf('cells', 'cells', zoom, 'h3', meta.bounds!, `${days}&v=${meta.version}`);
    expect([...seen.keys()].sort()).toEqual([...rows.keys()].sort());
    for (const [key, properties] of seen) {
      const row = rows.get(key)!;
      for (const name of counts) expect(properties[name] ?? null, `${key} ${name}`).toBe(row[name]);
      // Tiles have rates to four decimals.
      if (row.coverage === null) expect(properties.coverage, `${key} coverage`).toBeUndefined();
      else
        expect(Math.abs(Number(properties.coverage) - row.coverage), `${key} coverage`).toBeLessThanOrEqual(0.00005001);
    }
    // Counts that are kept back are missing from both; with none, the sum is the whole.
    const kept = [...rows.values()].some((row) => row.households === null);
    const sum = [...seen.values()].reduce((total, properties) => total + Number(properties.households ?? 0), 0);
    if (kept) expect(sum).toBeLessThanOrEqual(whole.households!);
    else expect(sum).toBe(whole.households);
  });
}

for (const [zoom, level] of [
  [8, 'commune'],
  [12, 'commune'],
  [12, 'hamlet'],
] as const) {
  test(`${level}s of zoom ${zoom} are the API's, one name each`, async () => {
    const { meta, days, whole } = await programme();
    const rows = (await server.coverage(`by=area&level=${level}&${days}`)).rows.filter(
      (row) => row.key !== '' && row.households !== 0,
    );
    const query = `${days}&v=${meta.version}`;
    const areas = await featuresOf('areas', 'areas', zoom, 'code', meta.bounds!, query);
    const labels = await featuresOf('areas', 'area_labels', zoom, 'code', meta.bounds!, query, true);
    let sum = 0;
    for (const row of rows) {
      const properties = areas.get(row.key);
      expect(properties, `${row.key} ${row.name}`).toBeDefined();
      for (const name of counts) expect(properties![name] ?? null, `${row.key} ${name}`).toBe(row[name]);
      expect(String(properties!.flags ?? ''), row.key).toBe(row.flags.join(';'));
      expect(labels.has(row.key), `name of ${row.name}`).toBe(true);
      sum += row.households ?? 0;
    }
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThanOrEqual(whole.households!);
    if (level === 'commune') expect(sum).toBe(whole.households);
  });
}

async function programme() {
  const [meta, days] = [await server.meta(), await ninetyDays()];
  const { total: whole } = await server.coverage(`by=area&${days}`);
  return { meta, days, whole };
}

type Properties = Record<string, string | number | boolean>;

/** The features of all tiles within the box, by their identity. A feature that is in
 * several tiles must be the same in each; one that may be in one only, must. */
async function featuresOf(
  tiles: string,
  layer: string,
  zoom: number,
  key: string,
  [west, south, east, north]: [number, number, number, number],
  query: string,
  once = false,
): Promise<Map<string, Properties>> {
  const found = new Map<string, Properties>();
  const addresses: string[] = [];
  for (let x = column(west, zoom) - 1; x <= column(east, zoom) + 1; x++) {
    for (let y = line(north, zoom) - 1; y <= line(south, zoom) + 1; y++) {
      addresses.push(`${site()}/tiles/${tiles}/${zoom}/${x}/${y}.mvt?${query}`);
    }
  }
  // An island far out makes the box wide: thousands of tiles, most of them empty.
  const atOnce = 16;
  for (let i = 0; i < addresses.length; i += atOnce) {
    for (const tile of await Promise.all(addresses.slice(i, i + atOnce).map(layersOf))) {
      const decoded = tile[layer];
      for (let j = 0; decoded && j < decoded.length; j++) {
        const { properties } = decoded.feature(j);
        const name = String(properties[key]);
        const before = found.get(name);
        if (before) {
          expect(once, `${name} stands in two tiles`).toBe(false);
          expect(properties).toEqual(before);
        }
        found.set(name, { ...properties } as Properties);
      }
    }
  }
  return found;
}

async function layersOf(address: string): Promise<VectorTile['layers']> {
  const response = await fetch(address);
  if (response.status !== 200) {
    expect([204, 404], address).toContain(response.status); // 404: beyond the programme
    return {};
  }
  expect(response.headers.get('content-type')).toBe('application/vnd.mapbox-vector-tile');
  return new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers;
}

function column(lon: number, zoom: number): number {
  return Math.floor(((lon + 180) / 360) * 2 ** zoom);
}

function line(lat: number, zoom: number): number {
  const radians = (lat * Math.PI) / 180;
  return Math.floor(((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * 2 ** zoom);
}
