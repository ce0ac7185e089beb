// The planner's page: measures, months, comparisons, tables, files. The screen is compared with the API.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { classOf, scaleOf } from '../src/symbology/scale';
import { date } from '../src/text/format';
import { addDays, earlierDays, type Lang, type Measure } from '../src/view/view';
import { expect, expectAccessible, idle, ninetyDays, open, server, test, vi } from './fixture';

const communes = { kind: 'communes' } as const;

/** Two days as the page writes them. */
function daysIn(lang: Lang, { from, to }: { from: string | null; to: string }): string {
  return `${date(from!, lang)} – ${date(to, lang)}`;
}

/** How many places the legend counts in each class, and in each texture. */
async function legend(page: Page): Promise<{ classes: number[]; textures: Record<string, number> }> {
  return page.getByTestId('legend').evaluate((element) => {
    const count = (item: Element) => Number(item.querySelector('b')!.textContent!.replace(/\D/g, ''));
    return {
      classes: [...element.querySelectorAll('[data-class]')]
        .sort((a, b) => Number(a.getAttribute('data-class')) - Number(b.getAttribute('data-class')))
        .map(count),
      textures: Object.fromEntries(
        [...element.querySelectorAll('[data-texture]')].map((item) => [item.getAttribute('data-texture'), count(item)]),
      ),
    };
  });
}

/** The classes that figures fall into. */
function classesOf(measure: Measure, values: (number | null)[]): number[] {
  const { breaks, colours } = scaleOf(measure, communes);
  const counts = colours.map(() => 0);
  for (const value of values) if (value !== null) counts[classOf(value, breaks)]!++;
  return counts;
}

test('the legend counts the places of each class, for every measure', async ({ map }) => {
  const meta = await server.meta();
  const days = await ninetyDays();
  const rows = async (query: string) =>
    (await server.coverage(`by=area&level=commune&${query}`)).rows.filter((row) => row.key !== '');
  const now = await rows(days);
  const earlier = earlierDays('before', '90d', meta.today);
  const before = new Map(
    (await rows(`from=${earlier.from}&to=${earlier.to}&boundaries=${meta.today}`)).map((row) => [
      row.key,
      row.coverage,
    ]),
  );
  const age = (day: string | null) => (day === null ? null : (Date.parse(meta.today) - Date.parse(day)) / 86_400_000);
  const expected: [Measure, (number | null)[]][] = [
    ['coverage', now.map((row) => row.coverage)],
    ['attempts', now.map((row) => row.attempt_rate)],
    [
      'uptake:payment',
      now.map((row) => (row.flags.includes('too_few_data:payment') ? null : row.uptake.payment!.rate)),
    ],
    ['households', now.map((row) => row.households)],
    ['days', now.map((row) => age(row.last_visit))],
    // Tiles round rates to four decimals, and so is a change.
    [
      'change',
      now.map((row) => (row.coverage === null ? null : Math.round((row.coverage - before.get(row.key)!) * 1e4) / 1e4)),
    ],
  ];
  await open(map, '/?by=communes');
  for (const [measure, values] of expected) {
    const name = {
      coverage: 'Độ phủ',
      attempts: 'Đã gõ cửa',
      'uptake:payment': 'Kỹ năng số',
      households: 'Số hộ',
      days: 'Lần đến cuối',
      change: 'Thay đổi',
    }[measure as string]!;
    await map.getByRole('radio', { name, exact: true }).check();
    if (measure === 'uptake:payment') await map.getByRole('combobox', { name: 'Kỹ năng số' }).selectOption('payment');
    await expect
      .poll(async () => (await legend(map)).classes, { message: measure })
      .toEqual(classesOf(measure, values));
  }
  await expect(map.getByTestId('in-window')).toContainText(vi.format(now.length));

  await map.getByRole('radio', { name: 'Điểm nóng, lạnh' }).check();
  const zoom = await map.evaluate(() => document.querySelector('[data-testid=in-window]')!.textContent);
  expect(zoom).toBeTruthy();
  await idle(map);
  const resolution = await shownResolution(map);
  const spots = await server.spots(`resolution=${resolution}&${days}`);
  await expect
    .poll(async () => (await legend(map)).classes)
    .toEqual([spots.cold, spots.cells - spots.hot - spots.cold, spots.hot]);
});

/** The H3 resolution of the visible cells: the link of the download contains it. */
async function shownResolution(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Tải xuống' }).click();
  const link = await page.getByRole('link', { name: 'Ô lục giác: CSV' }).getAttribute('href');
  await page.keyboard.press('Escape');
  return new URLSearchParams(link!.split('?')[1]).get('resolution')!;
}

test("months play one after the other, each complete, with the API's numbers", async ({ map }) => {
  const { last_visit: last } = await server.meta();
  const [year, month] = last!.split('-').map(Number) as [number, number];
  const name = (back: number) => {
    const at = year * 12 + month - 1 - back;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
  };
  await open(map, `/?by=communes&period=${name(3)}`);
  const timeline = map.getByTestId('timeline');
  await expect(timeline).toHaveAttribute('data-shown', name(3));
  // The next month is loaded before its turn.
  const asked: string[] = [];
  map.on('request', (request) => {
    if (request.url().includes('/tiles/areas/')) asked.push(request.url());
  });
  await timeline.getByRole('button', { name: 'Chạy qua các tháng' }).click();
  await expect(timeline).toHaveAttribute('data-shown', name(2));
  await expect.poll(() => asked.map((url) => /from=([\d-]+)/.exec(url)![1])).toContain(`${name(1)}-01`);
  await expect(timeline).toHaveAttribute('data-shown', name(0));
  await expect(timeline.getByRole('button', { name: 'Chạy qua các tháng' })).toBeVisible();

  const { total, rows } = await server.coverage(`by=area&level=commune&from=${name(0)}-01`);
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.reached!));
  await expect
    .poll(async () => (await legend(map)).classes)
    .toEqual(
      classesOf(
        'coverage',
        rows.filter((row) => row.key).map((row) => row.coverage),
      ),
    );

  await timeline.getByRole('slider').press('ArrowLeft');
  await expect(map).toHaveURL(new RegExp(`period=${name(1)}`));
  await timeline.getByRole('checkbox').check();
  await expect(map).toHaveURL(new RegExp(`period=\\.\\.${name(1)}`));
  const end = new Date(Date.UTC(Number(name(0).slice(0, 4)), Number(name(0).slice(5)) - 1, 0))
    .toISOString()
    .slice(0, 10);
  const soFar = await server.coverage(`by=area&to=${end}`);
  await expect(map.getByTestId('reached')).toContainText(vi.format(soFar.total.reached!));
  await expect(timeline).toHaveAttribute('data-shown', name(1));
  await expectAccessible(map);
});

test('two periods and two sets of boundaries stand side by side', async ({ map }) => {
  const { today } = await server.meta();
  const { versions } = await server.boundaries();
  await open(map, '/?by=communes');
  const earlier = earlierDays('before', '90d', today);
  const tiles = map.waitForRequest(
    (request) =>
      request.url().includes(`/tiles/areas/`) && request.url().includes(`from=${earlier.from}&to=${earlier.to}`),
  );
  await map.getByRole('radio', { name: 'Hai kỳ' }).check();
  await tiles;
  // A change is compared with the change before it.
  const before = earlierDays('before', { from: earlier.from!, to: earlier.to }, today);
  const changes = map.waitForRequest((request) =>
    request.url().includes(`from=${earlier.from}&to=${earlier.to}&earlier_from=${before.from}&earlier_to=${before.to}`),
  );
  await map.getByRole('radio', { name: 'Thay đổi' }).check();
  await changes;
  await map.getByRole('radio', { name: 'Độ phủ' }).check();
  const line = map.getByRole('slider', { name: 'Kéo vạch' });
  await expect(line).toHaveAttribute('aria-valuenow', '50');
  await line.press('ArrowRight');
  await expect(line).toHaveAttribute('aria-valuenow', '52');
  await line.press('Home');
  await expect(line).toHaveAttribute('aria-valuenow', '2');

  const old = versions[0]!.to!;
  const asked = map.waitForRequest(
    (request) => request.url().includes(`boundaries=${old}`) && request.url().includes('/tiles/'),
  );
  await map.getByRole('radio', { name: 'Hai bản địa giới' }).check();
  await asked;
  await expect(map).toHaveURL(new RegExp(`beside=${old}`));
  await line.press('End');
  await idle(map);
  // Left of the line it is the old commune that the pointer finds.
  await map.mouse.move(560, 400);
  const card = map.getByTestId('pointer');
  await expect(card).toContainText('cũ');

  // What is under a pointer that does not move changes, and its card with it: each side shows its own figures.
  const en = new Intl.NumberFormat('en-GB');
  await open(map, '/?by=communes&beside=period&lang=en');
  await map.mouse.move(560, 400);
  for (const [key, days] of [
    ['End', earlier],
    ['Home', { from: addDays(today, -89), to: today }],
  ] as const) {
    await map.getByRole('slider', { name: 'Move the line' }).press(key);
    await expect(card.getByTestId('pointed-days')).toHaveText(daysIn('en', days));
    const name = (await card.locator('h3').innerText()).replace(/ (Commune|Ward|Special zone)$/, '');
    const { areas } = await server.areas(`q=${encodeURIComponent(name)}&level=commune`);
    const { record } = await server.area(
      areas.find((area) => area.name === name)!.code,
      `from=${days.from}&to=${days.to}`,
    );
    await expect(card).toContainText(
      `${en.format(record.reached!)} of ${en.format(record.households!)} households reached`,
    );
    await expect(card).toHaveAttribute('data-row', 'server'); // which has come instead of the tile's
    await expect(card).toContainText(
      `${en.format(record.reached!)} of ${en.format(record.households!)} households reached`,
    );
  }
});

test('the table shows what the map shows, sorts, and opens places', async ({ map }) => {
  await open(map, '/?by=communes&show=table');
  const { rows } = await server.coverage(`by=area&level=commune&${await ninetyDays()}`);
  const known = rows.filter((row) => row.key !== '');
  const table = map.getByTestId('table');
  await expect(table.locator('tbody tr')).toHaveCount(known.length);
  for (const row of known.slice(0, 5)) {
    const line = table.locator(`tr[data-code="${row.key}"]`);
    for (const text of [row.name, vi.format(row.households!), vi.format(row.reached!), vi.format(row.attempted!)])
      await expect(line).toContainText(text);
  }
  await table.getByRole('button', { name: 'Số hộ' }).click();
  const largest = [...known].sort((a, b) => b.households! - a.households!)[0]!;
  await expect(table.locator('tbody tr').first()).toHaveAttribute('data-code', largest.key);
  await expect(table.locator('th[aria-sort=descending]')).toHaveText(/Số hộ/);
  await expectAccessible(map);
  await table.getByRole('button', { name: largest.name }).click();
  await expect(map.locator('h1')).toContainText(largest.name);
  await expect(map).not.toHaveURL(/show=table/);
  await idle(map);
});

test('the panel shows all of a commune: outcomes, trend, teams, what to do', async ({ map }) => {
  const days = await ninetyDays();
  const { rows } = await server.coverage(`by=area&level=commune&${days}`);
  const commune = [...rows].sort((a, b) => (b.households ?? 0) - (a.households ?? 0))[0]!;
  await open(map, `/?place=${commune.key}`);
  const outcomes = map.getByTestId('outcomes');
  const { reached, contacted, attempted, households } = commune;
  for (const [name, value] of [
    ['reached', reached!],
    ['met', contacted! - reached!],
    ['called', attempted! - contacted!],
    ['none', households! - attempted!],
  ] as const) {
    await expect(outcomes.locator(`[data-outcome=${name}] b`)).toHaveText(vi.format(value));
  }
  const trend = map.getByTestId('trend');
  await expect(trend.locator('canvas')).toBeVisible();
  await trend.getByText('Xem bằng số').click();
  const weeks = await server.coverage(`by=week&parent=${commune.key}&${days}`);
  await expect(trend.locator('tbody tr')).toHaveCount(weeks.rows.length);
  const last = weeks.rows.at(-1)!;
  for (const value of [last.visits!, last.newly_reached!, last.reached_so_far!])
    await expect(trend.locator('tbody tr').last()).toContainText(vi.format(value));

  const teams = (await server.coverage(`by=team&parent=${commune.key}&${days}`)).rows.filter(
    (row) => row.serves?.length,
  );
  await expect(map.getByTestId('teams').locator('h3')).toContainText(vi.format(teams.length));
  const first = map.getByTestId('teams').locator('li').first();
  const team = teams.find((row) => row.coverage === Math.min(...teams.map((other) => other.coverage ?? 2)))!;
  await expect(first).toContainText(vi.format(team.reached!));

  const own = await server.area(commune.key, days);
  const unvisited = own.record.hamlets_flagged?.unvisited;
  if (unvisited) await expect(map.getByTestId('next')).toContainText(vi.format(unvisited));
  await expect(map.getByTestId('next').locator('li').first()).toBeVisible();
  await expectAccessible(map);

  // From the count of a flag to its places, and from a few teams to the table of all.
  const flags = (await server.flags(`kind=low_coverage&level=hamlet&parent=${commune.key}&limit=2000&${days}`)).matched;
  await map.locator('.reasons .tally').getByRole('button', { name: 'Độ phủ thấp' }).click();
  await expect(map.getByTestId('flagged').locator('h3')).toContainText(`Độ phủ thấp ${vi.format(flags)} nơi`);
  await map.goBack();
  if (teams.length > 6) {
    await map.getByRole('link', { name: `Xem cả ${vi.format(teams.length)} tổ` }).click();
    await expect(map.getByTestId('grid')).toHaveAttribute(
      'data-rows',
      String((await server.coverage(`by=team&parent=${commune.key}&${days}`)).rows.length),
    );
    await expect(map.locator('.when')).toContainText(commune.name);
  }
});

test('what is shown can be taken home', async ({ map }) => {
  await open(map, '/?by=communes&lang=en');
  await map.getByRole('button', { name: 'Download' }).click();
  const [file] = await Promise.all([
    map.waitForEvent('download'),
    map.getByRole('link', { name: 'Communes and wards: CSV' }).click(),
  ]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
  const { rows } = await server.coverage(`by=area&level=commune&${await ninetyDays()}`);
  expect(lines).toHaveLength(rows.filter((row) => row.key !== '').length + 1);
  for (const name of [
    'Communes and wards: XLSX',
    'Communes and wards: GeoJSON',
    'Digital teams: CSV',
    'Places that need attention: GeoJSON',
  ]) {
    const href = await map.getByRole('link', { name }).getAttribute('href');
    expect((await map.request.get(new URL(href!, map.url()).href)).status(), name).toBe(200);
  }

  const [picture] = await Promise.all([
    map.waitForEvent('download'),
    map.getByRole('button', { name: 'Picture of the map' }).click(),
  ]);
  expect(picture.suggestedFilename()).toMatch(/^tung-nha-coverage-\d{4}-\d{2}-\d{2}\.png$/);
  const png = await readFile(await picture.path());
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 760 + 132]);
});

test('the list of flags filters and sorts', async ({ map }) => {
  await open(map, '/?list=no_team');
  const flagged = await server.flags(`kind=no_team&level=hamlet&limit=2000&${await ninetyDays()}`);
  const list = map.getByTestId('flagged');
  await list.getByRole('combobox').selectOption('households');
  const largest = [...flagged.rows].sort((a, b) => b.households! - a.households!)[0]!;
  await expect(list.locator('li').first()).toHaveAttribute('data-code', largest.key);
  await list.getByRole('searchbox').fill('zzzz');
  await expect(list.locator('li')).toHaveCount(0);
});

for (const lang of ['vi', 'en']) {
  test(`axe finds nothing on the map, ${lang}`, async ({ map }) => {
    await open(map, `/?lang=${lang}&measure=change&beside=period`);
    await expectAccessible(map);
    await map.goto(`${new URL(map.url()).origin}/?lang=${lang}&list=unvisited`);
    await idle(map);
    await expectAccessible(map);
  });
}

test('axe finds nothing on a phone', async ({ map }) => {
  await map.setViewportSize({ width: 360, height: 800 });
  await open(map, '/?period=..2026-09');
  await expectAccessible(map);
  await map.getByRole('button', { name: 'Tuỳ chọn bản đồ' }).click();
  await expectAccessible(map);
  expect(await map.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});
