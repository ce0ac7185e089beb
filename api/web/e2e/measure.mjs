// How fast the map is, in a browser, against a server that runs already:
//   node e2e/measure.mjs http://127.0.0.1:8080
// First map: from the navigation until all of its tiles are drawn, five times with an empty cache.
// Frames: the times between them while months play and while the map is panned.
import { chromium } from '@playwright/test';

const site = process.argv[2] ?? 'http://127.0.0.1:8080';
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const open = async (path) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(site + path);
  await page.waitForFunction(() => performance.getEntriesByName('map').length > 0);
  return page;
};

const first = [];
for (let i = 0; i < 5; i++) {
  const page = await open('/');
  first.push(Math.round(await page.evaluate(() => performance.getEntriesByName('map')[0].startTime)));
  if (i === 4) {
    const files = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map(({ name, transferSize }) => ({ kind: name.includes('/tiles/') ? 'tiles' : name.includes('/api/') ? 'figures' : /woff2$/.test(name) ? 'fonts' : /\.css$/.test(name) ? 'styles' : /\.m?js$/.test(name) ? name.replace(/.*\/(.*)-[\w-]{8}\.(m?js)$/, '$1.$2') : 'page', size: transferSize })));
    const sizes = Map.groupBy ? Object.fromEntries([...Map.groupBy(files, ({ kind }) => kind)].map(([kind, all]) => [kind, all.reduce((sum, { size }) => sum + size, 0)]))
      : files.reduce((sums, { kind, size }) => ({ ...sums, [kind]: (sums[kind] ?? 0) + size }), {});
    for (const [kind, size] of Object.entries(sizes)) console.log(`loaded ${kind} ${(size / 1000).toFixed(1)} kB`);
  }
  await page.context().close();
}
console.log(`first map ${middle(first)} ms (${first.join(', ')})`);

/** Times between frames while something goes on, in milliseconds. */
async function frames(page, goOn) {
  await page.evaluate(() => {
    globalThis.times = [];
    let last = performance.now();
    const step = (now) => { globalThis.times.push(now - last); last = now; globalThis.ticking = requestAnimationFrame(step); };
    globalThis.ticking = requestAnimationFrame(step);
  });
  await goOn();
  const times = await page.evaluate(() => { cancelAnimationFrame(globalThis.ticking); return globalThis.times.slice(1); });
  const at = (part) => Math.round([...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))]);
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms, of ${times.length} frames`;
}

const months = (last, back) => {
  const [year, month] = last.split('-').map(Number);
  const at = year * 12 + month - 1 - back;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
};
const { last_visit: last } = await (await fetch(`${site}/api/v1/meta`)).json();
for (const by of ['communes', 'cells&at=16.0,108.1,10.5']) {
  const page = await open(`/?period=..${months(last, 8)}&by=${by}`);
  await page.waitForTimeout(1500);
  console.log(`months play, ${by.split('&')[0]}: ${await frames(page, async () => {
    await page.getByTestId('timeline').getByRole('button').first().click();
    await page.waitForFunction((end) => document.querySelector('.timeline').dataset.shown === end, last.slice(0, 7), { timeout: 60_000 });
  })}`);
  await page.context().close();
}
const page = await open('/?by=cells&at=16.0,108.1,11');
await page.waitForTimeout(1500);
console.log(`panning, cells: ${await frames(page, async () => {
  await page.mouse.move(800, 500);
  await page.mouse.down();
  for (let i = 0; i < 40; i++) await page.mouse.move(800 - i * 8, 500 - i * 4);
  await page.mouse.up();
  await page.waitForTimeout(500);
})}`);
await browser.close();
