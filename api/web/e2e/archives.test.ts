// Archives of tiles: other readers and a map on a static host open those that are written here, and a basemap of
// another program is drawn below the map.
import { execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open as openFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { PMTiles, type RangeResponse, type Source } from 'pmtiles';
import { expect, ninetyDays, server, site, test } from './fixture';
import { freePort, isReady } from './server';

const run = promisify(execFile);
const program = path.resolve(process.env.TUNGNHA_BIN ?? '');
let folder: string;

test.beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tungnha-archives-'));
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes an archive of the last 90 days with the program. */
async function write(layer: string, ...more: string[]): Promise<string> {
  const file = path.join(folder, `${layer}.pmtiles`);
  const days = new URLSearchParams(await ninetyDays());
  const window = more.includes('--suppress') // whose windows are those of the release
    ? []
    : ['--from', days.get('from')!, '--to', days.get('to')!];
  await run(program, ['export', layer, '--db', process.env.TUNGNHA_E2E_DB!, ...window, '-o', file, ...more]);
  return file;
}

/** A file as a source of the npm reader. */
class FileSource implements Source {
  constructor(private readonly file: string) {}
  getKey(): string {
    return this.file;
  }
  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    const handle = await openFile(this.file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) as ArrayBuffer };
    } finally {
      await handle.close();
    }
  }
}

type Properties = Record<string, string | number | boolean>;

/** The features of a layer at a zoom, by id, and how many tiles contain any. */
async function featuresOf(
  archive: PMTiles,
  layer: string,
  zoom: number,
): Promise<{ found: Map<number, Properties>; tiles: number }> {
  const { minLon, minLat, maxLon, maxLat } = await archive.getHeader();
  const found = new Map<number, Properties>();
  let tiles = 0;
  const column = (lon: number) => Math.floor(((lon + 180) / 360) * 2 ** zoom);
  const line = (lat: number) =>
    Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** zoom);
  const last = 2 ** zoom - 1;
  for (let x = Math.max(0, column(minLon) - 1); x <= Math.min(last, column(maxLon) + 1); x++) {
    for (let y = Math.max(0, line(maxLat) - 1); y <= Math.min(last, line(minLat) + 1); y++) {
      const tile = await archive.getZxy(zoom, x, y);
      if (!tile) continue;
      tiles++;
      const decoded = new VectorTile(new PbfReader(new Uint8Array(tile.data))).layers[layer];
      for (let i = 0; decoded && i < decoded.length; i++) {
        const { id, properties } = decoded.feature(i);
        const before = found.get(id!);
        if (before) expect(properties, `${id} in two tiles`).toEqual(before);
        found.set(id!, { ...properties } as Properties);
      }
    }
  }
  return { found, tiles };
}

test('the npm reader finds the figures of the API in the archives', async () => {
  const meta = await server.meta();
  const days = await ninetyDays();
  const { total } = await server.coverage(`by=area&${days}`);
  const cells = new PMTiles(new FileSource(await write('cells', '--max-zoom', '12')));
  const header = await cells.getHeader();
  expect(header).toMatchObject({
    specVersion: 3,
    clustered: true,
    tileType: 1,
    tileCompression: 2,
    minZoom: 0,
    maxZoom: 12,
  });
  let sum = 0;
  for (let zoom = 0; zoom <= 12; zoom++) {
    const { found, tiles } = await featuresOf(cells, 'cells', zoom);
    sum += tiles;
    let households = 0,
      reached = 0;
    for (const properties of found.values()) {
      households += Number(properties.households);
      reached += Number(properties.reached);
    }
    expect({ zoom, households, reached }).toEqual({ zoom, households: total.households, reached: total.reached });
  }
  expect(header.numAddressedTiles).toBe(sum);
  const said = (await cells.getMetadata()) as {
    attribution: string;
    vector_layers: { id: string }[];
    tungnha: Record<string, unknown>;
  };
  expect(said.vector_layers.map((layer) => layer.id)).toEqual(['cells']);
  expect(said.attribution).toBe(meta.programme);
  expect(said.tungnha).toMatchObject({
    ...Object.fromEntries(new URLSearchParams(days)),
    definition: meta.definition,
    total: { households: total.households },
  });

  const areas = new PMTiles(new FileSource(await write('areas', '--max-zoom', '12')));
  const hamlets = await server.coverage(`by=area&level=hamlet&${days}`);
  const { found } = await featuresOf(areas, 'areas', 12);
  const drawn = [...found.values()].filter((properties) => properties.level === 'hamlet');
  const rows = hamlets.rows.filter((row) => row.key !== '' && row.households !== 0);
  expect(new Set(drawn.map((properties) => properties.code))).toEqual(new Set(rows.map((row) => row.key)));
});

test('small counts are kept back in an archive that is fit to publish', async () => {
  const archive = new PMTiles(
    new FileSource(await write('cells', '--suppress', '--min-zoom', '12', '--max-zoom', '13')),
  );
  const { found } = await featuresOf(archive, 'cells', 13);
  let hidden = 0;
  for (const properties of found.values()) {
    if (properties.suppressed) hidden++;
    const households = properties.households;
    if (households !== undefined)
      expect(Number(households) >= 10 && Number(households) % 5 === 0, `${households} households`).toBe(true);
  }
  expect(hidden).toBeGreaterThan(0);
});

/** A static host: files and ranges only. */
async function staticHost(files: Record<string, string>, asked: string[]): Promise<{ host: Server; url: string }> {
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.mjs': 'text/javascript',
    '.js': 'text/javascript',
    '.css': 'text/css',
  };
  const host = createServer((request, response) => {
    const file = files[request.url!];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    void stat(file).then(({ size }) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
      const [first, last] = range ? [Number(range[1]), Math.min(Number(range[2]), size - 1)] : [0, size - 1];
      asked.push(`${request.url} ${range ? `${last - first + 1} of ${size}` : 'whole'}`);
      response.writeHead(range ? 206 : 200, {
        'Content-Type': types[path.extname(file)] ?? 'application/octet-stream',
        'Content-Length': last - first + 1,
        'Accept-Ranges': 'bytes',
        ...(range ? { 'Content-Range': `bytes ${first}-${last}/${size}` } : {}),
      });
      createReadStream(file, { start: first, end: last }).pipe(response);
    });
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const address = host.address();
  return { host, url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` };
}

test('MapLibre draws an archive from a plain static host', async ({ page }) => {
  const { bounds, households } = await server.meta();
  expect(households).toBe(true);
  const page_ = path.join(folder, 'index.html');
  await writeFile(
    page_,
    `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/maplibre-gl.css">
    <div id="map" style="width:800px;height:600px"></div><script src="/pmtiles.js"></script><script type="module">
    import * as maplibre from '/maplibre-gl.mjs';
    maplibre.setWorkerUrl('/maplibre-gl-worker.mjs');
    maplibre.addProtocol('pmtiles', new pmtiles.Protocol().tile);
    const map = new maplibre.Map({ container: 'map', bounds: ${JSON.stringify(bounds)}, style: { version: 8,
      sources: { cells: { type: 'vector', url: 'pmtiles://' + location.origin + '/cells.pmtiles' } },
      layers: [{ id: 'cells', type: 'fill', source: 'cells', 'source-layer': 'cells', paint: { 'fill-color': '#107796' } }] } });
    map.on('error', (event) => { document.title = 'error: ' + event.error.message; });
    map.on('idle', () => { document.title = document.title || 'drawn ' + map.queryRenderedFeatures({ layers: ['cells'] }).length; });
  </script>`,
  );
  const dist = (name: string) => path.resolve('node_modules', name);
  const asked: string[] = [];
  const archive = await write('cells');
  const { host, url } = await staticHost(
    {
      '/': page_,
      '/cells.pmtiles': archive,
      '/pmtiles.js': dist('pmtiles/dist/pmtiles.js'),
      ...Object.fromEntries(
        ['maplibre-gl.css', 'maplibre-gl.mjs', 'maplibre-gl-worker.mjs', 'maplibre-gl-shared.mjs'].map((name) => [
          `/${name}`,
          dist(`maplibre-gl/dist/${name}`),
        ]),
      ),
    },
    asked,
  );
  try {
    await page.goto(url + '/');
    await expect(page).toHaveTitle(/^(drawn [1-9]|error)/);
    expect(Number((await page.title()).replace('drawn ', ''))).toBeGreaterThan(50);
    const ranges = asked.filter((line) => line.startsWith('/cells.pmtiles'));
    expect(ranges.length).toBeGreaterThan(1);
    expect(ranges.filter((line) => line.endsWith('whole'))).toEqual([]);
  } finally {
    host.close();
  }
});

test('a basemap of another program lies under the map, with whose it is', async ({ page }) => {
  test.setTimeout(120_000); // a second server, and two maps
  const { bounds } = await server.meta();
  const [west, south, east, north] = bounds!;
  const across = (name: string, properties: object, geometry: object) =>
    writeFile(
      path.join(folder, `${name}.geojson`),
      JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties, geometry }] }),
    );
  await across(
    'transportation',
    { class: 'primary' },
    {
      type: 'LineString',
      coordinates: [
        [west, south],
        [east, north],
      ],
    },
  );
  await across(
    'water',
    { class: 'lake' },
    {
      type: 'Polygon',
      coordinates: [
        [
          [west, south],
          [east, south],
          [east, north],
          [west, north],
          [west, south],
        ],
      ],
    },
  );
  await across(
    'place',
    { class: 'town', name: 'Thị trấn' },
    { type: 'Point', coordinates: [(west + east) / 2, (south + north) / 2] },
  );
  const gathered = path.join(folder, 'gathered.gpkg'),
    basemap = path.join(folder, 'basemap.mbtiles');
  for (const layer of ['transportation', 'water', 'place']) {
    await run('ogr2ogr', [
      '-f',
      'GPKG',
      '-update',
      '-append',
      gathered,
      path.join(folder, `${layer}.geojson`),
      '-nln',
      layer,
    ]);
  }
  await run('ogr2ogr', ['-f', 'MBTiles', basemap, gathered, '-dsco', 'MINZOOM=0', '-dsco', 'MAXZOOM=10']);

  const address = `127.0.0.1:${await freePort()}`;
  const own = spawn(
    program,
    [
      'serve',
      '--db',
      process.env.TUNGNHA_E2E_DB!,
      '--households',
      'show',
      '--addr',
      address,
      '--basemap',
      basemap,
      '--basemap-attribution',
      '© Sở Tài nguyên',
    ],
    { stdio: 'ignore', cwd: folder },
  );
  const ended = new Promise((resolve) => own.once('exit', resolve));
  try {
    await expect.poll(() => isReady(address)).toBe(true);
    const wrong: string[] = [],
      tiles: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
      if (/\/basemap\/\d+\//.test(response.url()) && response.status() === 200) tiles.push(response.url());
    });
    const drawn = async (base: string) => {
      await page.goto(`${base}/`);
      await expect(page.locator('.app')).toHaveAttribute('data-map', 'idle', { timeout: 40_000 });
      return page.locator('.map').screenshot();
    };
    const bare = await drawn(site());
    await expect(page.getByTestId('attribution')).toHaveCount(0);
    expect(tiles).toEqual([]);
    const wet = await drawn(`http://${address}`);
    await expect(page.getByTestId('attribution')).toHaveText('© Sở Tài nguyên');
    expect(tiles.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
    expect(wet.equals(bare)).toBe(false);
    expect(await blueOf(page, wet)).toBeGreaterThan((await blueOf(page, bare)) + 5000);
  } finally {
    own.kill();
    await ended;
  }
});

/** How many points of a picture have the colour of the basemap's water. */
function blueOf(page: import('@playwright/test').Page, picture: Buffer): Promise<number> {
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const { data: points } = context.getImageData(0, 0, image.width, image.height);
    let blue = 0;
    for (let i = 0; i < points.length; i += 4) {
      if (Math.abs(points[i]! - 0xcd) < 4 && Math.abs(points[i + 1]! - 0xdf) < 4 && Math.abs(points[i + 2]! - 0xe6) < 4)
        blue++;
    }
    return blue;
  }, picture.toString('base64'));
}
