// The page of a commune's chair, on a phone of 360 pixels.
import type { Page } from '@playwright/test';
import jsQR from 'jsqr';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { expect, expectAccessible, ninetyDays, server, site, test, vi } from './fixture';

test.use({ viewport: { width: 360, height: 800 }, hasTouch: true, isMobile: true });

const order = ['unvisited', 'barely_visited', 'no_team', 'stale'];

/** The commune with the most hamlets that nobody visited. */
async function worst(): Promise<string> {
  const { rows } = await server.coverage(`by=area&level=commune&${await ninetyDays()}`);
  const unvisited = (row: (typeof rows)[number]) => row.hamlets_flagged?.unvisited ?? 0;
  return rows.reduce((a, b) => (unvisited(b) > unvisited(a) ? b : a)).key;
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(site() + path);
  await expect(page.locator('.commune')).toHaveAttribute('data-state', 'idle');
}

test('lists the hamlets in the order in which somebody should go, with the figures of the API', async ({ map }) => {
  const code = await worst();
  await open(map, `/communes/${code}`);
  const { total, rows } = await server.coverage(`by=area&parent=${code}&${await ninetyDays()}`);
  const teams = (await server.coverage(`by=team&parent=${code}&${await ninetyDays()}`)).rows;
  await expect(map.locator('h1')).toContainText(total.name);
  await expect(map.getByTestId('reached').first()).toContainText(vi.format(total.reached!));
  await expect(map.getByTestId('reached').first()).toContainText(vi.format(total.households!));

  const shown = await map
    .getByTestId('hamlets')
    .locator('li')
    .evaluateAll((items) =>
      items.map((item) => ({
        code: item.getAttribute('data-code')!,
        households: item.querySelector('.households b')!.textContent,
        reached: item.querySelector('.reached b')!.textContent,
        last: item.querySelector('.last b')!.textContent,
        team: item.querySelector('.team b')?.textContent ?? null,
      })),
    );
  expect(shown.map((item) => item.code).sort()).toEqual(rows.map((row) => row.key).sort());
  const told = (value: number | null) => (value === null ? 'ẩn' : vi.format(value));
  for (const item of shown) {
    const row = rows.find((candidate) => candidate.key === item.code)!;
    expect(item, row.name).toEqual({
      code: row.key,
      households: told(row.households),
      reached: told(row.reached),
      last: row.last_visit ? row.last_visit.split('-').reverse().join('/') : 'chưa từng',
      team:
        row.key === ''
          ? null
          : teams
              .filter((team) => team.serves!.includes(row.key))
              .map((team) => team.name)
              .join('; ') || 'chưa có tổ',
    });
  }
  const ranks = shown.map((item) => {
    const row = rows.find((candidate) => candidate.key === item.code)!;
    const rank = order.findIndex((flag) => row.flags.includes(flag));
    return row.key === '' || rank < 0 ? order.length : rank;
  });
  expect(ranks[0]).toBe(0);
  expect(ranks).toEqual([...ranks].sort());
  expect(await map.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  expect(
    await map.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('maplibre'))),
  ).toBe(false);
  await expectAccessible(map);
});

test('opens a hamlet, its team and what to do next, and finds the way back', async ({ map }) => {
  const code = await worst();
  await open(map, `/communes/${code}?lang=en`);
  const first = map.getByTestId('hamlets').locator('li a').first();
  const name = await first.textContent();
  await first.tap();
  await expect(map.getByRole('heading', { level: 2, name: name! })).toBeFocused();
  expect(new URL(map.url()).searchParams.get('place')).toBeTruthy();
  await expect(map.getByTestId('hamlet')).toContainText('Send a team here first');
  await expectAccessible(map);
  await map.goBack();
  await expect(map.getByTestId('hamlet')).toHaveCount(0);
  await expect(first).toBeVisible();
  await expectAccessible(map);
});

test('says so where there is no such commune', async ({ page }) => {
  const answer = await page.goto(`${site()}/communes/nowhere`);
  expect(answer!.status()).toBe(404);
  await expect(page.getByRole('alert')).toContainText('Không có địa bàn nào mang mã “nowhere”');
  await expectAccessible(page);
});

test('is read with few bytes, also by who sees the sketch', async ({ map }) => {
  const code = await worst();
  let bytes = 0;
  const asked: string[] = [];
  map.on('request', (request) => asked.push(request.url()));
  const session = await map.context().newCDPSession(map);
  await session.send('Network.enable');
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await open(map, `/communes/${code}`);
  await expect(map.getByTestId('sketch')).toBeVisible();
  console.log(`first use: ${Math.round(bytes / 1000)} kB`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(300_000);
  // What the HTML preloads is what the script requests, once.
  const figures = asked.filter((url) => url.includes('/api/v1/coverage'));
  expect(figures).toHaveLength(2);
  expect(new Set(figures).size).toBe(2);
});

test('opens again without network, says how old it is, and forgets that when the network is back', async ({
  page,
  context,
}) => {
  const code = await worst();
  await open(page, `/communes/${code}?lang=en`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  const kept = () =>
    page.evaluate(async () => {
      const [pages, answers, files] = await Promise.all(
        ['pages', 'answers', 'files'].map(async (name) =>
          (await (await caches.open(`tungnha-${name}`)).keys()).map(({ url }) => url),
        ),
      );
      const used = performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter((name) => name.includes('/assets/'));
      return [
        pages!.length === 1,
        answers!.length >= 4,
        used.length >= 5,
        used.every((name) => files!.includes(name)),
      ].every(Boolean);
    });
  await expect.poll(kept).toBe(true);
  const before = await page.getByTestId('hamlets').innerText();

  // Data that only the device has: it has to be shown without network, and never with it.
  const reached = (await page.getByTestId('reached').first().textContent())!;
  await page.evaluate(async () => {
    const cache = await caches.open('tungnha-answers');
    const key = (await cache.keys()).find(({ url }) => url.includes('by=area'))!;
    const answer = (await cache.match(key))!;
    const body = (await answer.json()) as { total: { reached: number } };
    body.total.reached = 4321;
    await cache.put(key, new Response(JSON.stringify(body), { headers: answer.headers }));
  });

  const name = await page.locator('h1').innerText();
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByTestId('reached').first()).toContainText('4,321');
  await expect(page.locator('.commune')).toHaveAttribute('data-state', 'idle');
  const now = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeZone: 'Asia/Ho_Chi_Minh' }).format(new Date());
  await expect(page.getByTestId('kept')).toContainText(
    `No network. These are the figures kept on this device at ${now}`,
  );
  expect(await page.getByTestId('hamlets').innerText()).toBe(before);
  await expect(page.getByTestId('sketch')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Get Excel' })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('radio', { name: '30 days' }).check();
  await expect(page.getByRole('alert')).toContainText('not kept on this device');
  await expect(page.locator('h1')).toHaveText(name);
  await page.goBack();

  // What is kept is never shown while the server answers.
  await context.setOffline(false);
  await page.reload();
  await expect(page.getByTestId('reached').first()).toContainText(reached);
  await expect(page.getByTestId('kept')).toHaveCount(0);
});

test('prints on A4 with every hamlet and the way back as a QR code', async ({ page }) => {
  const code = await worst();
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, `/communes/${code}?period=30d`);
  await expectAccessible(page);
  const { rows } = await server.coverage(`by=area&parent=${code}&from=2000-01-01&to=${(await server.meta()).today}`);
  const document = await getDocument({
    data: new Uint8Array(await page.pdf({ preferCSSPageSize: true, tagged: true })),
  }).promise;
  let text = '';
  for (let number = 1; number <= document.numPages; number++) {
    const sheet = await document.getPage(number);
    const { width, height } = sheet.getViewport({ scale: 1 });
    expect([Math.round(width), Math.round(height)]).toEqual([595, 842]);
    text += (await sheet.getTextContent()).items.map((item) => ('str' in item ? item.str : '')).join('');
  }
  expect(document.numPages).toBeLessThanOrEqual(1 + Math.ceil(rows.length / 25));
  // The PDF has the two subsets of a font as separate texts.
  const bare = (words: string) => words.normalize('NFC').replace(/\s/g, '');
  for (const { name } of rows) expect(bare(text)).toContain(bare(name));
  for (const words of ['Ghi chú', 'Tổ phụ trách', 'Chưa ai đến']) expect(bare(text)).toContain(bare(words));
  expect(bare(text)).not.toContain(bare('Tải Excel'));

  await page.emulateMedia({ media: 'print' });
  const { data, width, height } = await page.evaluate(
    async (picture) => {
      const image = await createImageBitmap(
        new Blob([Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))]),
      );
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
      canvas.drawImage(image, 0, 0);
      return {
        data: [...canvas.getImageData(0, 0, image.width, image.height).data],
        width: image.width,
        height: image.height,
      };
    },
    (await page.getByTestId('qr').screenshot()).toString('base64'),
  );
  expect(jsQR(Uint8ClampedArray.from(data), width, height)?.data).toBe(`${site()}/communes/${code}?period=30d`);
});

test('gives the file of its hamlets, and its link with a preview', async ({ map }) => {
  const code = await worst();
  await open(map, `/communes/${code}`);
  const [file] = await Promise.all([map.waitForEvent('download'), map.getByRole('link', { name: 'Tải Excel' }).tap()]);
  expect(file.suggestedFilename()).toMatch(/^tungnha-areas-.*\.xlsx$/);
  await map.evaluate(() => {
    Object.assign(navigator, {
      share: (what: ShareData) => {
        document.body.dataset.shared = `${what.title} ${what.url}`;
        return Promise.resolve();
      },
    });
  });
  const { total } = await server.coverage(`by=area&parent=${code}&${await ninetyDays()}`);
  await map.getByRole('button', { name: 'Chia sẻ' }).tap();
  await expect(map.locator('body')).toHaveAttribute(
    'data-shared',
    `${total.kind} ${total.name} · Từng Nhà ${site()}/communes/${code}`,
  );

  const head = await (await fetch(`${site()}/communes/${code}`)).text();
  const tag = (name: string) =>
    new RegExp(`<meta property="${name}" content="([^"]*)"`).exec(head)?.[1]?.replaceAll('&amp;', '&');
  expect(tag('og:title')).toBe(`${total.kind} ${total.name} · Từng Nhà`);
  expect(tag('og:description')).toContain(`${vi.format(total.reached!)} trên ${vi.format(total.households!)} hộ`);
  const picture = await fetch(tag('og:image')!);
  expect(picture.headers.get('content-type')).toBe('image/png');
});

test('the period is a step that Back undoes, chosen by keyboard, and brings the figures of its days', async ({
  map,
}) => {
  const code = await worst();
  await open(map, `/communes/${code}`);
  await map.getByRole('radio', { name: '90 ngày' }).focus();
  await map.keyboard.press('ArrowRight');
  await expect(map).toHaveURL(/period=365d/);
  const { today } = await server.meta();
  const from = new Date(`${today}T00:00:00Z`);
  from.setUTCDate(from.getUTCDate() - 364);
  const { total } = await server.coverage(`by=area&parent=${code}&from=${from.toISOString().slice(0, 10)}&to=${today}`);
  await expect(map.getByTestId('reached').first()).toContainText(vi.format(total.reached!));
  await map.goBack();
  await expect(map.getByRole('radio', { name: '90 ngày' })).toBeChecked();
});
