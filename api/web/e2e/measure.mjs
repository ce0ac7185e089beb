// How fast the pages are, in a browser, against a server that runs already:
//   node e2e/measure.mjs http://127.0.0.1:8080 [first] [months] [pan] [commune]     all, or some
// First map: from the navigation until all of its tiles are drawn, five times in a browser started
// anew with an empty profile, with what it cost all processes of the browser. Frames: the times between
// them while months play and while the map is panned, with what a frame cost. The commune chair's
// page: on a phone of 360 pixels over slow 3G.
// Without a graphics card Chromium draws pages itself and WebGL by SwiftShader, if it is allowed to:
// that is how it is started here. CHROMIUM_FLAGS replaces these flags.
import { chromium } from '@playwright/test';

const [site = 'http://127.0.0.1:8080', ...parts] = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const flags = (process.env.CHROMIUM_FLAGS ?? '--enable-unsafe-swiftshader').split(' ').filter(Boolean);

async function start(options = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...flags,
    ],
  });
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })).newPage();
  await page.goto('about:blank');
  await page.waitForTimeout(500); // until the browser itself has started
  const whole = await browser.newBrowserCDPSession();
  /** Milliseconds that the cores worked so far for the renderers, the GPU's process and all. */
  const cpu = async () => {
    const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
    const of = (wanted) => processInfo.reduce((sum, { type, cpuTime }) => sum + (wanted(type) ? cpuTime * 1000 : 0), 0);
    return { renderer: of((type) => type === 'renderer'), gpu: of((type) => type === 'GPU'), all: of(() => true) };
  };
  return { browser, page, cpu };
}

const at = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

async function untilMap(page, path) {
  await page.goto(site + path, { waitUntil: 'commit' });
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => {
          if (list.getEntriesByName('map').length) resolve();
        }).observe({ type: 'mark', buffered: true });
      }),
  );
}

/** What was fetched up to a moment, or to the end of loading. */
const fetched = (page, end = Infinity) =>
  page.evaluate(
    (last) =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(({ responseEnd }) => responseEnd <= last)
        .map(({ name, transferSize }) => ({ path: new URL(name).pathname, size: transferSize })),
    end === Infinity ? Number.MAX_VALUE : end,
  );

const kindOf = (path) =>
  path.startsWith('/tiles/')
    ? 'tiles'
    : /^\/api\/|sketch/.test(path)
      ? 'figures'
      : path.endsWith('.woff2')
        ? 'fonts'
        : path.endsWith('.css')
          ? 'styles'
          : /\.m?js$/.test(path)
            ? path.replace(/.*\/(.*)-[\w-]{8}\.(m?js)$/, '$1.$2')
            : 'page';

function logSizes(files) {
  const sums = new Map();
  for (const { path, size } of files) sums.set(kindOf(path), (sums.get(kindOf(path)) ?? 0) + size);
  for (const [kind, size] of [...sums].sort((a, b) => b[1] - a[1])) console.log(`  ${kind} ${kB(size)}`);
}

if (wants('first')) {
  const rounds = [];
  for (let i = 0; i < 5; i++) {
    const { browser, page, cpu } = await start();
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const before = await cpu();
    await untilMap(page, '/');
    const after = await cpu();
    const { metrics } = await session.send('Performance.getMetrics');
    const metric = (name) => metrics.find((one) => one.name === name).value * 1000;
    const map = await page.evaluate(() => performance.getEntriesByName('map')[0].startTime);
    rounds.push({
      map,
      all: after.all - before.all,
      renderer: after.renderer - before.renderer,
      gpu: after.gpu - before.gpu,
      task: metric('TaskDuration'),
      script: metric('ScriptDuration'),
      layout: metric('LayoutDuration') + metric('RecalcStyleDuration'),
      files: await fetched(page, map),
    });
    await browser.close();
  }
  const middle = (name) =>
    Math.round(
      at(
        rounds.map((round) => round[name]),
        0.5,
      ),
    );
  console.log(`first map ${middle('map')} ms (${rounds.map(({ map }) => Math.round(map)).join(', ')})`);
  console.log(
    `first map, cores ${middle('all')} ms, of which renderer ${middle('renderer')}, GPU process ${middle('gpu')}`,
  );
  console.log(
    `first map, by the clock of the page's thread: tasks ${middle('task')} ms, of which script ${middle('script')}, style and layout ${middle('layout')}`,
  );
  const { files } = rounds.at(-1);
  console.log(
    `first map, loaded before it ${kB(files.reduce((sum, { size }) => sum + size, 0))} in ${files.length} requests`,
  );
  logSizes(files);
}

/** Times between frames while something goes on, and what a frame cost the cores. */
async function frames(page, cpu, goOn) {
  const before = await cpu();
  await page.evaluate(() => {
    globalThis.times = [];
    let last = performance.now();
    const step = (now) => {
      globalThis.times.push(now - last);
      last = now;
      globalThis.ticking = requestAnimationFrame(step);
    };
    globalThis.ticking = requestAnimationFrame(step);
  });
  await goOn();
  const times = await page.evaluate(() => {
    cancelAnimationFrame(globalThis.ticking);
    return globalThis.times.slice(1);
  });
  const after = await cpu();
  return {
    text: `p50 ${Math.round(at(times, 0.5))} ms, p95 ${Math.round(at(times, 0.95))} ms, longest ${Math.round(at(times, 1))} ms, of ${times.length} frames`,
    cores: after.all - before.all,
    count: times.length,
  };
}

const months = (last, back) => {
  const [year, month] = last.split('-').map(Number);
  const whole = year * 12 + month - 1 - back;
  return `${Math.floor(whole / 12)}-${String((whole % 12) + 1).padStart(2, '0')}`;
};

if (wants('months')) {
  const { last_visit: last } = await (await fetch(`${site}/api/v1/meta`)).json();
  const steps = 8;
  for (const by of ['hamlets', 'communes', 'cells&at=16.0,108.1,10.5']) {
    const { browser, page, cpu } = await start();
    await untilMap(page, `/?period=..${months(last, steps)}&by=${by}`);
    await page.waitForTimeout(1500);
    const { text, cores } = await frames(page, cpu, async () => {
      await page.getByTestId('timeline').getByRole('button').first().click();
      await page.waitForFunction((end) => document.querySelector('.timeline').dataset.shown === end, last.slice(0, 7), {
        timeout: 120_000,
      });
    });
    console.log(`months play, ${by.split('&')[0]}: frames ${text}; cores ${Math.round(cores / steps)} ms a month`);
    await browser.close();
  }
}

if (wants('pan')) {
  for (const by of ['hamlets&at=16.0,108.1,9', 'hamlets&at=16.05,108.2,12', 'cells&at=16.0,108.1,11']) {
    const { browser, page, cpu } = await start();
    await untilMap(page, `/?by=${by}`);
    await page.waitForTimeout(1500);
    const moves = 60;
    const { text, cores, count } = await frames(page, cpu, async () => {
      await page.mouse.move(1000, 600);
      await page.mouse.down();
      for (let i = 0; i < moves; i++) {
        await page.mouse.move(1000 - i * 8, 600 - i * 4);
        await page.waitForTimeout(16); // a hand moves as often as a screen is drawn
      }
      await page.mouse.up();
    });
    const [kind, place] = by.split('&at=');
    console.log(
      `panning, ${kind} at zoom ${place.split(',')[2]}: frames ${text}; cores ${Math.round(cores / count)} ms a frame`,
    );
    await browser.close();
  }
}

if (wants('commune')) {
  const { rows } = await (await fetch(`${site}/api/v1/coverage?by=area&level=commune`)).json();
  const { key } = rows.reduce((a, b) => (a.households > b.households ? a : b));
  const { browser, page } = await start({
    viewport: { width: 360, height: 800 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: 400_000 / 8,
    uploadThroughput: 400_000 / 8,
  });
  await page.goto(`${site}/communes/${key}`, { waitUntil: 'commit' });
  await page.locator('.commune[data-state="idle"]').waitFor({ timeout: 60_000 });
  const ms = await page.evaluate(() => performance.now());
  const files = await fetched(page);
  console.log(
    `commune's page, slow 3G (400 kbit/s, 400 ms), 360 px: first use after ${(ms / 1000).toFixed(1)} s, ${kB(files.reduce((sum, { size }) => sum + size, 0))} in ${files.length} requests`,
  );
  logSizes(files);
  await browser.close();
}
