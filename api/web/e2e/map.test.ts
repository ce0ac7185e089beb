import type { Request } from '@playwright/test';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { moment } from '../src/text/format';
import { expect, expectAccessible, idle, ninetyDays, open, plain, server, site, test, vi } from './fixture';
import { freePort, isReady } from './server';

test('draws the map, says that the data are a sample, and asks no other host', async ({ map }) => {
  await open(map);
  await expect(map.getByTestId('sample')).toContainText('Dữ liệu mẫu');
  await expect(map).toHaveTitle('Từng Nhà');
  // What is drawn: colours of the ramp within the province, not one flat ground.
  const shot = await map.locator('.map').screenshot();
  expect(await coloursOf(map, shot)).toBeGreaterThan(20);
});

test('what the head has asked for in advance is what the page asks for, and nothing twice', async ({ map }) => {
  const commune = (await server.coverage(`by=area&level=commune&${await ninetyDays()}`)).rows[0]!.key;
  for (const url of [
    '/',
    `/?period=ever&place=${commune}`,
    `/?period=..${(await server.meta()).last_visit!.slice(0, 7)}`,
  ]) {
    const html = await (await fetch(site() + url)).text();
    const announced = [...html.matchAll(/as="fetch" crossorigin href="([^"]+)"/g)].map(([, address]) =>
      address!.replaceAll('&amp;', '&'),
    );
    expect(announced.length, url).toBeGreaterThan(2);
    const asked: string[] = [];
    const listen = (request: Request) => {
      if (request.url().includes('/api/')) asked.push(request.url().replace(site(), ''));
    };
    map.on('request', listen);
    await open(map, url);
    await expect(map.getByTestId('children')).toBeVisible();
    map.off('request', listen);
    for (const address of announced)
      expect(
        asked.filter((one) => one === address),
        `${url}: ${address}`,
      ).toHaveLength(1);
    expect(new Set(asked).size, asked.join('\n')).toBe(asked.length);
    expect(
      await map.evaluate(
        () => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/meta')).length,
      ),
    ).toBe(1);
  }
});

test('the numbers on the screen are the numbers of the API', async ({ map }) => {
  await open(map);
  const { total } = await server.coverage(`by=area&${await ninetyDays()}`);
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.reached!));
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.households!));
  await expect(map.getByTestId('attempted')).toContainText(vi.format(total.attempted!));
  const percent = vi.format(Math.round(total.coverage! * 1000) / 10).replace(/^(\d+)$/, '$1,0');
  await expect(map.getByTestId('coverage')).toHaveText(`${percent}\u00a0%`);
  const payment = total.uptake.payment!;
  await expect(map.getByTestId('uptake-payment')).toContainText(
    `${vi.format(payment.shown!)} trên ${vi.format(payment.assessed!)}`,
  );
});

test('goes down from the programme to a commune to a hamlet, and back up', async ({ map }) => {
  await open(map);
  const days = await ninetyDays();
  const list = map.getByTestId('children');
  const communes = await server.coverage(`by=area&${days}`);
  const commune = communes.rows.find((row) => (row.households ?? 0) > 1000)!;

  await list.locator(`[data-code="${commune.key}"] button`).click();
  await expect(map.locator('h1')).toContainText(commune.name);
  await expect(map).toHaveURL(new RegExp(`place=${commune.key}`));
  const own = await server.area(commune.key, days);
  await expect(map.getByTestId('reached')).toContainText(vi.format(own.record.reached!));

  const hamlets = await server.coverage(`by=area&parent=${commune.key}&${days}`);
  const hamlet = hamlets.rows.find((row) => (row.reached ?? 0) > 20)!;
  await list.locator(`[data-code="${hamlet.key}"] button`).press('Enter');
  await expect(map.locator('h1')).toContainText(hamlet.name);
  await expect(map.locator('h1')).toBeFocused();
  expect(await map.locator('.body').evaluate((body) => body.scrollTop)).toBe(0);
  await expect(map.getByTestId('reached')).toContainText(vi.format(hamlet.reached!));
  await expect(list).toHaveCount(0);

  await map.locator('.trail').getByRole('button', { name: commune.name }).click();
  await expect(map.locator('h1')).toContainText(commune.name);
  await map.goBack();
  await expect(map.locator('h1')).toContainText(hamlet.name);
  await map.goBack();
  await expect(map.locator('h1')).toContainText(commune.name);
  await map.goBack();
  await expect(map).not.toHaveURL(/place=/);
  await idle(map);
});

test('a click on the map opens the commune that lies there', async ({ map }) => {
  await open(map, '/?by=communes');
  const { rows } = await server.coverage('by=area');
  const { left, right, top, bottom } = await map.evaluate(() => {
    const rail = document.querySelector('.rail')!.getBoundingClientRect();
    const panel = document.querySelector('.panel')!.getBoundingClientRect();
    return { left: rail.right, right: panel.left, top: 0, bottom: window.innerHeight };
  });
  // Somewhere near the middle there is land; the sea answers nothing.
  for (const [x, y] of [
    [0.4, 0.5],
    [0.35, 0.45],
    [0.3, 0.55],
    [0.5, 0.5],
    [0.25, 0.5],
  ] as const) {
    await map.mouse.move(left + (right - left) * x, top + (bottom - top) * y);
    await map.mouse.click(left + (right - left) * x, top + (bottom - top) * y);
    if (
      await map.waitForURL(/place=/, { timeout: 3000 }).then(
        () => true,
        () => false,
      )
    )
      break;
  }
  const code = new URL(map.url()).searchParams.get('place');
  const row = rows.find((candidate) => candidate.key === code);
  expect(row, `place ${code}`).toBeDefined();
  await expect(map.locator('h1')).toContainText(row!.name);
  await idle(map);
});

test('hovering spells out what is there', async ({ map }) => {
  await open(map, '/?by=communes&lang=en');
  const middle = await map.evaluate(() => {
    const rail = document.querySelector('.rail')!.getBoundingClientRect();
    const panel = document.querySelector('.panel')!.getBoundingClientRect();
    return { x: rail.right + (panel.left - rail.right) * 0.35, y: window.innerHeight / 2 };
  });
  await map.mouse.move(middle.x, middle.y);
  const card = map.getByTestId('pointer');
  await expect(card).toContainText('households reached');
  const name = (await card.locator('h3').innerText()).replace(/ (Commune|Ward|Special zone)$/, '');
  const { areas } = await server.areas(`q=${encodeURIComponent(name)}&level=commune`);
  const { record } = await server.area(areas[0]!.code, await ninetyDays());
  const en = new Intl.NumberFormat('en-GB');
  await expect(card).toContainText(
    `${en.format(record.reached!)} of ${en.format(record.households!)} households reached`,
  );
});

test('finds a place whose name is typed without its marks', async ({ map }) => {
  await open(map);
  const { rows } = await server.coverage('by=area');
  const commune = rows.find((row) => plain(row.name) !== row.name.toLowerCase())!;
  const field = map.getByRole('combobox').first();
  await field.fill(plain(commune.name));
  const option = map.getByRole('option').filter({ hasText: commune.name }).first();
  await expect(option).toBeVisible();
  await field.press('Enter');
  await expect(map.locator('h1')).toContainText(commune.name);
  await expect(map).toHaveURL(new RegExp(`place=${commune.key}`));

  await field.fill('zzzz qqqq');
  await expect(map.locator('.suggestions')).toContainText('Không tìm thấy');
});

test('changes its language, and the numbers with it', async ({ map }) => {
  await open(map);
  const { total } = await server.coverage(`by=area&${await ninetyDays()}`);
  await expect(map.locator('html')).toHaveAttribute('lang', 'vi');
  await map.getByRole('button', { name: 'Xem bằng tiếng Anh' }).click();
  await expect(map.locator('html')).toHaveAttribute('lang', 'en');
  await expect(map.getByTestId('reached')).toContainText(new Intl.NumberFormat('en-GB').format(total.reached!));
  await expect(map.getByTestId('sample')).toContainText('Sample data');
  await expect(map).toHaveURL(/lang=en/);
  await map.getByRole('button', { name: 'Read in Vietnamese' }).click();
  await expect(map).not.toHaveURL(/lang=/);
});

test('a link shows somebody else the same view', async ({ map, browser }) => {
  await open(map);
  await map.getByRole('radio', { name: 'Xã, phường' }).check();
  await map.getByRole('radio', { name: 'Kỹ năng số' }).check();
  await map.locator('.field select').selectOption('payment');
  await map.getByRole('radio', { name: '1 năm' }).check();
  await map.getByRole('checkbox', { name: 'Lâu chưa trở lại' }).check();
  await idle(map);
  await map.getByRole('button', { name: 'Phóng to' }).click();
  await expect(map).toHaveURL(/at=[\d.,]+/);
  await idle(map);
  const link = map.url();
  expect(link).toMatch(/measure=uptake:payment/);
  expect(link).toMatch(/by=communes/);
  expect(link).toMatch(/period=365d/);
  expect(link).toMatch(/flags=no_team,unvisited,barely_visited,low_uptake,stale/);

  const other = await browser.newPage({ viewport: { width: 1280, height: 760 } });
  await other.goto(link);
  await idle(other);
  expect(other.url()).toBe(link);
  await expect(other.locator('.field select')).toHaveValue('payment');
  await expect(other.getByRole('checkbox', { name: 'Lâu chưa trở lại' })).toBeChecked();
  await other.close();
});

test('another period asks for other tiles and other figures', async ({ map }) => {
  await open(map);
  const before = await map.getByTestId('reached').innerText();
  const tile = map.waitForRequest(
    (request) => request.url().includes('/tiles/areas/') && !request.url().includes('from='),
  );
  await map.getByRole('radio', { name: 'Tất cả' }).check();
  await tile;
  const { total } = await server.coverage('by=area');
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.reached!));
  expect(await map.getByTestId('reached').innerText()).not.toBe(before);
  await idle(map);
});

test('new data are drawn without being asked for', async ({ map }) => {
  await open(map);
  const meta = await server.meta();
  const version = `${meta.version}-newer`;
  await map.route('**/api/v1/meta', (route) => route.fulfill({ json: { ...meta, version } }));
  const tile = map.waitForRequest(
    (request) => request.url().includes('/tiles/areas/') && request.url().endsWith(`v=${version}`),
  );
  const figures = map.waitForRequest((request) => request.url().includes('/api/v1/coverage'));
  await map.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))); // the page is visible again
  await Promise.all([tile, figures]);
  await idle(map);
});

test('says so when the server is gone, and keeps what it has', async ({ page }) => {
  await open(page);
  const before = await page.getByTestId('reached').innerText();
  await page.route('**/api/**', (route) => route.abort());
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(page.getByRole('status').filter({ hasText: 'Không kết nối được' })).toBeVisible();
  expect(await page.getByTestId('reached').innerText()).toBe(before);
});

test('says how old the figures are while the database is away', async ({ map }) => {
  await open(map);
  await expect(map.getByTestId('stale')).toHaveCount(0);
  await map.route('**/api/v1/meta', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, headers: { ...answer.headers(), age: '5400' } });
  });
  await map.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  const stale = map.getByTestId('stale');
  const told = (minutesAgo: number) => moment(new Date(Date.now() - minutesAgo * 60_000).toISOString(), 'vi');
  await expect(stale).toContainText(
    new RegExp([told(90), told(91)].map((text) => text.replace(/[/.]/g, '\\$&')).join('|')),
  );
  await expectAccessible(map);
  await map.goto(`${site()}/teams`);
  await expect(stale).toContainText('Số liệu đang hiện là của lúc');
  await map.unroute('**/api/v1/meta');
  await map.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(stale).toHaveCount(0);
});

test('the whole goes by the name of its province', async ({ map }) => {
  const { roots } = await server.meta();
  expect(roots).toHaveLength(1);
  await open(map);
  await expect(map.locator('h1')).toContainText(roots[0]!.name);
  const { rows } = await server.coverage('by=area');
  await open(map, `/?place=${rows[0]!.key}`);
  await expect(map.locator('.trail button')).toHaveText([new RegExp(roots[0]!.name)]);
});

test('days are typed and read the same way whatever the language of the browser', async ({ map }) => {
  await open(map, '/?period=2026-01-01..2026-03-31');
  const to = map.getByRole('textbox', { name: 'Đến ngày' });
  await expect(to).toHaveValue('31/03/2026');
  await to.fill('30/02/2026');
  await to.press('Enter');
  await expect(to).toHaveAttribute('aria-invalid', 'true');
  await to.fill('1.5.2026');
  await to.press('Enter');
  await expect(map).toHaveURL(/period=2026-01-01\.\.2026-05-01/);
  const { total } = await server.coverage('by=area&from=2026-01-01&to=2026-05-01');
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.reached!));
  await expect(map.locator('.when')).toHaveText('01/01/2026 – 01/05/2026');
});

test('waits while the server reads its data', async ({ page }) => {
  const starting = { status: 503, title: 'Service Unavailable', detail: 'the data are still being read' };
  let asked = 0;
  await page.route('**/api/v1/meta', (route) =>
    asked++ < 1
      ? route.fulfill({ status: 503, contentType: 'application/problem+json', json: starting })
      : route.continue(),
  );
  await page.goto(site());
  await expect(page.getByRole('alert')).toContainText('Máy chủ đang đọc dữ liệu');
  await expect(page.getByTestId('coverage')).toBeVisible();
});

test('lists the places that need attention and flies there', async ({ map }) => {
  await open(map);
  const days = await ninetyDays();
  const flagged = await server.flags(`kind=unvisited&level=hamlet&${days}`);
  expect(flagged.matched).toBeGreaterThan(0);
  await map.getByRole('tab', { name: 'Cần chú ý' }).click();
  const list = map.getByTestId('flagged');
  const chip = list.getByRole('button', { name: /^Chưa ai đến/ }).first();
  await expect(chip).toContainText(vi.format(flagged.kinds.unvisited!));
  await chip.click();
  const first = flagged.rows[0]!;
  await expect(list.locator('li').first()).toContainText(first.name);
  await list.locator('li button').first().click();
  await expect(map).toHaveURL(new RegExp(`place=${first.key}`));
  await expect(map.locator('h1')).toContainText(first.name);
  await expect.poll(() => Number(/at=[^,]+,[^,]+,([\d.]+)/.exec(map.url())?.[1])).toBeGreaterThan(11);
  await idle(map);
  await map.goBack();
  await expect(list.locator('li').first()).toContainText(first.name);
  await idle(map);
});

test('everything can be reached from the keyboard', async ({ map }) => {
  await open(map);
  const reached: string[] = [];
  for (let i = 0; i < 40; i++) {
    await map.keyboard.press('Tab');
    reached.push(
      await map.evaluate(() => {
        const element = document.activeElement as HTMLElement | null;
        return element?.getAttribute('name') ?? element?.getAttribute('role') ?? element?.textContent ?? '';
      }),
    );
  }
  await expect(map.getByRole('region', { name: /^Bản đồ: Độ phủ, Tỉnh/ })).toHaveCount(1);
  for (const stop of ['measure', 'by', 'period', 'combobox', 'tab', 'English']) expect(reached).toContain(stop);
});

test('a place that is not there is said to be so', async ({ page }) => {
  await page.goto(`${site()}/?place=00000000`);
  await expect(page.getByRole('alert')).toContainText('00000000');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Toàn chương trình' }).click();
  await expect(page.getByTestId('coverage')).toBeVisible();
});

test('a programme without households says where to begin', async ({ page }) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tungnha-empty-'));
  const program = path.resolve(process.env.TUNGNHA_BIN!);
  const properties = { code: '98', name: 'Trống', kind: 'Tỉnh', level: 'province', parent: '' };
  const geometry = {
    type: 'Polygon',
    coordinates: [
      [
        [108, 15],
        [108.2, 15],
        [108.2, 15.2],
        [108, 15.2],
        [108, 15],
      ],
    ],
  };
  await writeFile(
    path.join(folder, 'areas.geojson'),
    JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties, geometry }] }),
  );
  await promisify(execFile)(program, [
    'import',
    path.join(folder, 'areas.geojson'),
    `--db=${path.join(folder, 'empty.gpkg')}`,
  ]);
  const address = `127.0.0.1:${await freePort()}`;
  const other = spawn(program, ['serve', `--db=${path.join(folder, 'empty.gpkg')}`, `--addr=${address}`], {
    stdio: 'ignore',
    cwd: folder,
  });
  try {
    await expect.poll(() => isReady(address), { timeout: 30_000 }).toBe(true);
    await page.goto(`http://${address}/`);
    await expect(page.locator('h1')).toHaveText('Chưa có hộ nào');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Mở trang Dữ liệu' }).click();
    await expect(page.getByTestId('drop')).toBeVisible();
  } finally {
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
});

/** How many colours a picture has, counted by the browser in steps of 16. */
async function coloursOf(page: import('@playwright/test').Page, png: Buffer): Promise<number> {
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height).data;
    const seen = new Set<number>();
    for (let i = 0; i < pixels.length; i += 4)
      seen.add(((pixels[i]! >> 4) << 8) | ((pixels[i + 1]! >> 4) << 4) | (pixels[i + 2]! >> 4));
    return seen.size;
  }, png.toString('base64'));
}
