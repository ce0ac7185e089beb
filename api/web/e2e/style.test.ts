// /style.json in a MapLibre map that is not ours: nothing but the library and the address.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Map as MapLibre } from 'maplibre-gl';
import { expect, server, site, test } from './fixture';

const library = path.resolve('node_modules/maplibre-gl/dist');

declare global {
  interface Window {
    shown: MapLibre;
    failed: string[];
  }
}

test('the style draws every layer, with glyphs and sprite from here', async ({ map: page }) => {
  const meta = await server.meta();
  const asked = new Set<string>();
  page.on('response', (response) => {
    if (response.ok()) asked.add(new URL(response.url()).pathname.split('/')[1]!);
  });
  await page.route(`${site()}/other/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice('/other/'.length);
    if (name === 'map.html') {
      await route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="./maplibre-gl.css"><body style="margin:0"><div id="map" style="height:100vh"></div>
        <script type="module">
          import * as maplibregl from './maplibre-gl.mjs';
          window.failed = [];
          window.shown = new maplibregl.Map({ container: 'map', style: '/style.json?lang=vi', fadeDuration: 0 });
          window.shown.on('error', ({ error }) => window.failed.push(String(error)));
        </script>`,
      });
    } else {
      await route.fulfill({
        contentType: name.endsWith('.css') ? 'text/css' : 'text/javascript',
        body: await readFile(path.join(library, name)),
      });
    }
  });
  await page.goto(`${site()}/other/map.html`);
  await page.waitForFunction(() => window.shown?.loaded(), undefined, { timeout: 40_000 });
  const [west, south, east, north] = meta.bounds!;
  const center: [number, number] = await densest([(west + east) / 2, (south + north) / 2]);
  const drawn = new Set<string>();
  for (const zoom of [5, 8, 10, 13, 14.5]) {
    const layers = await page.evaluate(
      async ({ center, zoom }) => {
        window.shown.jumpTo({ center, zoom });
        await new Promise((resolve) => window.shown.once('idle', resolve));
        return [...new Set(window.shown.queryRenderedFeatures().map((feature) => feature.layer.id))];
      },
      { center, zoom },
    );
    layers.forEach((layer) => drawn.add(layer));
  }
  expect(await page.evaluate(() => window.failed)).toEqual([]);
  const wanted = [
    'land',
    'cells-coverage',
    'cells-outline',
    'commune-line',
    'province-line',
    'commune-names',
    'hamlet-names',
    'flags',
  ];
  if (meta.households) wanted.push('households', 'households-thinned');
  for (const layer of wanted) expect(drawn, `drawn: ${[...drawn].join(', ')}`).toContain(layer);
  expect([...asked]).toEqual(expect.arrayContaining(['glyphs', 'sprite.json', 'sprite.png']));
});

/** The middle of the commune with the most households. */
async function densest(otherwise: [number, number]): Promise<[number, number]> {
  const { rows } = await server.coverage('by=area&level=commune');
  const most = rows.reduce((a, b) => ((b.households ?? 0) > (a.households ?? 0) && b.key ? b : a));
  const { center } = await server.area(most.key);
  return center ?? otherwise;
}
