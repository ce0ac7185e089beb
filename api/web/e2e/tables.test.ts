// Teams, flags and the data as tables. The screen is compared with the API.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { ImportsFound, Quality, Row, State, TeamDetail } from '../src/server/contract';
import { expect, expectAccessible, idle, ninetyDays, plain, server, site, test, vi } from './fixture';
import { startPublic } from './server';

const percent = (rate: number) =>
  `${new Intl.NumberFormat('vi-VN', { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(rate * 100)}\u00a0%`;

async function openTable(page: Page, url: string): Promise<void> {
  await page.goto(site() + url);
  await expect(page.getByTestId('grid')).not.toHaveAttribute('data-rows', '0');
}

async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(site() + url);
  expect(answer.status, url).toBe(200);
  return (await answer.json()) as T;
}

/** The keys of the rows that are drawn, from the top. */
const keys = (page: Page) =>
  page
    .getByTestId('grid')
    .locator('tr[data-key]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')!));

test('the table of teams shows what the API returns, sorts, filters and is walked by key', async ({ map }) => {
  const days = await ninetyDays();
  const { rows } = await server.coverage(`by=team&${days}`);
  await openTable(map, '/teams');
  const grid = map.getByTestId('grid');
  await expect(grid).toHaveAttribute('aria-rowcount', String(rows.length + 1));
  expect((await keys(map)).length).toBeLessThan(60); // of however many

  // Every figure of the team that worked most.
  await grid.getByRole('button', { name: 'Lượt đến', exact: true }).click();
  await expect(map).toHaveURL(/sort=-visits/);
  const busiest = [...rows].sort((a, b) => (b.visits ?? 0) - (a.visits ?? 0))[0]!;
  await expect(grid.locator('tr[data-key]').first()).toHaveAttribute('data-key', busiest.key);
  await expect(grid.locator('th[aria-sort=descending]')).toHaveText(/Lượt đến/);
  const cells = await grid.locator(`tr[data-key="${busiest.key}"] td`).allInnerTexts();
  const count = (key: keyof Row) => vi.format(busiest[key] as number);
  expect(cells.slice(0, 8).map((text) => text.trim())).toEqual([
    count('households'),
    count('reached'),
    percent(busiest.coverage!),
    percent(busiest.success_rate!),
    count('visits'),
    count('visits_inside'),
    count('visits_outside'),
    count('days_worked'),
  ]);
  expect(cells[11]).toBe(count('members'));

  // Names are sorted as Vietnamese are: by the alphabet, numbers by value.
  await grid.getByRole('button', { name: 'Tổ', exact: true }).click();
  await expect(grid.locator('th[aria-sort=ascending]')).toHaveText(/Tổ/);
  const collator = new Intl.Collator('vi', { numeric: true });
  const byName = [...rows].sort((a, b) => collator.compare(a.name, b.name)).map((row) => row.name);
  const shown = await grid
    .locator('tr[data-key] a.go')
    .evaluateAll((links) => links.map((link) => link.getAttribute('title')));
  expect(shown).toEqual(byName.slice(0, shown.length));

  // Keys lead through all rows, drawn or not.
  await grid.focus();
  const at = () =>
    grid.evaluate((table) =>
      document.getElementById(table.getAttribute('aria-activedescendant')!)?.getAttribute('aria-rowindex'),
    );
  await grid.press('End');
  await expect.poll(at).toBe(String(rows.length + 1));
  await expect(grid.locator(`tr[aria-rowindex="${rows.length + 1}"]`)).toBeInViewport();
  await grid.press('Home');
  await grid.press('ArrowDown');
  await expect.poll(at).toBe('3');
  await grid.press('PageDown');
  expect(Number(await at())).toBeGreaterThan(5);
  await grid.press('PageUp');
  await expect.poll(at).toBe('3');
  const second = (await keys(map))[1]!;
  await grid.press('Enter');
  await expect(map).toHaveURL(new RegExp(`team=${second}`));
  await expect(map.getByTestId('team').locator('h2')).toBeFocused();
  await map.keyboard.press('Escape');
  await expect(map.getByTestId('team')).toHaveCount(0);
  await expect(grid).toBeFocused();

  // Filters: by flag, by text without marks, by commune.
  const few = rows.filter((row) => row.flags.includes('understaffed'));
  await map.getByRole('button', { name: 'Thiếu người' }).click();
  await expect(grid).toHaveAttribute('data-rows', String(few.length));
  await map.getByRole('button', { name: 'Thiếu người' }).click();
  const { areas } = await server.areas('level=commune&limit=10000');
  const commune = areas.find((area) => rows.some((row) => row.parent === area.code))!;
  await map.getByRole('searchbox').fill(plain(commune.name));
  await expect(map).toHaveURL(/q=/);
  const found = Number(await grid.getAttribute('data-rows'));
  expect(found).toBeGreaterThanOrEqual(rows.filter((row) => row.parent === commune.code).length);
  expect(found).toBeLessThan(rows.length);
  await map.getByRole('searchbox').fill('zzzz');
  await map.getByRole('button', { name: 'Bỏ bộ lọc' }).click();
  await map.getByRole('combobox', { name: 'Xã, phường' }).selectOption(commune.code);
  const there = (await server.coverage(`by=team&parent=${commune.code}&${days}`)).rows;
  await expect(grid).toHaveAttribute('data-rows', String(there.length));
  await expect(grid).toHaveAttribute('aria-rowcount', String(there.length + 1));

  // The files contain what is shown, and the address brings it back.
  const csv = await map.getByRole('link', { name: 'CSV' }).getAttribute('href');
  const text = await (await fetch(site() + csv!)).text();
  expect(text.trim().split('\n')).toHaveLength(there.length + 1);
  expect((await fetch(site() + (await map.getByRole('link', { name: 'XLSX' }).getAttribute('href'))!)).status).toBe(
    200,
  );
  await map.reload();
  await expect(grid).toHaveAttribute('data-rows', String(there.length));
});

test('thirty thousand rows are sorted, found and walked', async ({ map }) => {
  const { rows, ...answer } = await server.coverage(`by=team&${await ninetyDays()}`);
  const many = Array.from({ length: 30_000 }, (_, i) => ({
    ...rows[i % rows.length]!,
    key: `T${i}`,
    name: `Tổ ${i}`,
    visits: (i * 7919) % 30_011,
    uptake: {},
  }));
  await map.route('**/api/v1/coverage?by=team*', (route) => route.fulfill({ json: { ...answer, rows: many } }));
  await openTable(map, '/teams?sort=name');
  const grid = map.getByTestId('grid');
  await expect(grid).toHaveAttribute('aria-rowcount', '30001');
  await grid.getByRole('button', { name: 'Lượt đến', exact: true }).click();
  await expect(grid.locator('tr[data-key] td').nth(4)).toHaveText(
    vi.format(Math.max(...many.map((row) => row.visits))),
  );
  await grid.press('End');
  await expect(grid.locator('tr[aria-rowindex="30001"]')).toBeInViewport();
  await map.getByRole('searchbox').fill('to 29999');
  await expect(grid).toHaveAttribute('data-rows', '1');
  await expect.poll(() => keys(map)).toEqual(['T29999']); // once the grid has scrolled back
});

test('a team shows whom it served when, and what it did', async ({ map }) => {
  const days = await ninetyDays();
  const { rows } = await server.coverage(`by=team&${days}`);
  const team = [...rows].sort((a, b) => (b.revisits ?? 0) - (a.revisits ?? 0))[0]!;
  const detail = await ask<TeamDetail>(`/api/v1/teams/${team.key}?${days}`);
  await openTable(map, `/teams?team=${team.key}`);
  const panel = map.getByTestId('team');
  const record = detail.record!;
  for (const text of [
    detail.name,
    `${vi.format(record.reached!)} trên ${vi.format(record.households!)}`,
    percent(record.coverage!),
    percent(record.revisit_effectiveness!),
    `${vi.format(record.visits_inside!)} trong, ${vi.format(record.visits_outside!)} ngoài`,
    `${vi.format(record.revisits_completed!)} trên ${vi.format(record.revisits!)}`,
  ])
    await expect(panel).toContainText(text);
  const served = detail.assignments.flatMap((assignment) => assignment.hamlets);
  await expect(panel.locator('.history li li')).toHaveCount(served.length);
  const { name } = await server.area(served[0]!);
  await expect(panel.locator('.history')).toContainText(name);
  await expectAccessible(map);
  await expect(panel.locator('.history a').first()).toHaveAttribute('href', `/?place=${served[0]}`);
});

test('flags come most severe first, narrow by kind and commune, and lead to their place', async ({ map }) => {
  const days = await ninetyDays();
  const all = await server.flags(`level=hamlet&limit=20000&${days}`);
  const expected = all.rows.filter((row) => row.key !== '').map((row) => row.key);
  await openTable(map, '/flags');
  const grid = map.getByTestId('grid');
  await expect(grid).toHaveAttribute('data-rows', String(expected.length));
  const first = await keys(map);
  expect(first).toEqual(expected.slice(0, first.length));
  for (const kind of ['no_team', 'unvisited', 'stale']) {
    await expect(map.locator(`.chips [data-flag=${kind}] b`)).toHaveText(vi.format(all.kinds[kind]!));
  }
  await map.locator('.chips [data-flag=no_team]').click();
  const without = await server.flags(`level=hamlet&kind=no_team&limit=20000&${days}`);
  await expect(grid).toHaveAttribute('data-rows', String(without.rows.length));
  const row = without.rows[0]!;
  await expect(grid.locator(`tr[data-key="${row.key}"]`)).toContainText(vi.format(row.households!));
  await map.getByRole('combobox', { name: 'Xã, phường' }).selectOption(row.parent!);
  const here = await server.flags(`level=hamlet&kind=no_team&parent=${row.parent}&limit=20000&${days}`);
  await expect(grid).toHaveAttribute('data-rows', String(here.rows.length));
  const file = await (
    await fetch(site() + (await map.getByRole('link', { name: 'CSV' }).getAttribute('href'))!)
  ).text();
  expect(file.trim().split('\n')).toHaveLength(here.rows.length + 1);

  // On paper all rows are printed, not only the visible ones.
  await map.getByRole('combobox', { name: 'Xã, phường' }).selectOption('');
  await map.locator('.chips [data-flag=no_team]').click();
  await expect(grid).toHaveAttribute('data-rows', String(expected.length));
  await map.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  expect((await keys(map)).length).toBe(Math.min(expected.length, 3000));
  await map.evaluate(() => window.dispatchEvent(new Event('afterprint')));

  await map.getByRole('combobox', { name: 'Theo' }).selectOption('team');
  const teams = await server.flags(`level=team&limit=20000&${days}`);
  await expect(grid).toHaveAttribute('data-rows', String(teams.rows.length));
  await map.goBack();
  await grid.locator('a.to-map').first().click();
  await idle(map);
  await expect(map.locator('h1')).toContainText(all.rows[0]!.name);
});

/** Drops files on the page, as a person does. */
async function drop(page: Page, ...files: { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((all) => {
    const data = new DataTransfer();
    for (const { name, text } of all) data.items.add(new File([text], name, { type: 'text/csv' }));
    return data;
  }, files);
  await page.getByTestId('drop').dispatchEvent('drop', { dataTransfer: transfer });
}

test('the data page shows the state, takes files by drop and gives back what it could not use', async ({ map }) => {
  const before = await ask<State>('/api/v1/state');
  await map.goto(`${site()}/data`);
  const state = map.getByTestId('state');
  for (const number of [before.households, before.visits, before.teams, before.areas.commune!, before.areas.hamlet!])
    await expect(state).toContainText(vi.format(number));
  await expect(map.getByTestId('standing')).toContainText('khớp');
  const quality = await ask<Quality>('/api/v1/quality');
  for (const { kind, count } of quality.findings)
    await expect(map.getByTestId('quality').locator(`[data-kind=${kind}] b`).first()).toHaveText(vi.format(count!));

  const team = (await server.coverage('by=team')).rows.find((row) => row.serves?.length)!;
  const visit = (id: string, household: string, day: string) =>
    `${id},${household},${team.key},${day},completed,payment,payment\n`;
  const head = 'visit_id,household_id,team_id,visited_at,outcome,assessed,shown\n';
  const household = 'e2e-1';
  const [lon, lat] = (await server.area(team.serves![0]!)).center!; // where others live: the map is not to move for it
  const register = `household_id,lon,lat,hamlet_code\n${household},${lon},${lat},${team.serves![0]}\n`;
  await drop(
    map,
    {
      name: 'lượt đến.csv',
      text: head + visit('e2e-a', household, before.last_visit!) + visit('e2e-b', 'nobody', before.last_visit!),
    },
    { name: 'hộ.csv', text: register },
  );
  const report = map.getByTestId('import');
  await expect(report).toHaveAttribute('data-status', 'done');
  await expect(report.locator('tbody tr', { hasText: 'lượt đến.csv' })).toContainText('Lượt đến');
  await expect(report).toContainText('1 không dùng được');
  await expect(report).toContainText('không có hộ');
  await expectAccessible(map);
  const [file] = await Promise.all([
    map.waitForEvent('download'),
    map.getByRole('link', { name: 'Tải các dòng này' }).click(),
  ]);
  const rejects = await readFile(await file.path(), 'utf8');
  expect(rejects.trim().split('\n')).toHaveLength(2);
  expect(rejects).toContain('e2e-b,nobody');
  await expect(state).toContainText(vi.format(before.visits + 1));
  await expect(state).toContainText(vi.format(before.households + 1));

  // Mended, the very file goes in.
  const address = map.url();
  await drop(map, { name: file.suggestedFilename(), text: rejects.replace('e2e-b,nobody', `e2e-c,${household}`) });
  await expect(map).not.toHaveURL(address);
  await expect(report).toContainText('1 mới, 0 sửa');
  await expect(state).toContainText(vi.format(before.visits + 2));
  const { imports } = await ask<ImportsFound>('/api/v1/imports');
  await expect(map.getByTestId('imports').locator('tbody tr')).toHaveCount(imports.length);

  // A file that is no table changes nothing, and the reason is in the reader's language.
  const revision = (await ask<State>('/api/v1/state')).revision;
  await drop(map, { name: 'sổ.xlsx', text: 'PK\u0003\u0004 not really' });
  await expect(report).toHaveAttribute('data-status', 'failed');
  await expect(report).toContainText('sổ.xlsx: tệp này là tệp nén ZIP hoặc sổ tính .xlsx');
  expect((await ask<State>('/api/v1/state')).revision).toBe(revision);
  await map.goBack();
  await expect(report).toHaveAttribute('data-status', 'done'); // the import is in the address
});

test('where files are not taken the page says so', async ({ page }) => {
  const { url, stop } = await startPublic();
  try {
    await page.goto(`${url}/data`);
    await expect(page.getByTestId('drop')).toContainText('không nhận tệp');
    await expectAccessible(page);
    const refused = await page.evaluate(async () => {
      const form = new FormData();
      form.append('file', new File(['x'], 'x.csv'));
      return (await fetch('/api/v1/imports', { method: 'POST', body: form })).status;
    });
    expect(refused).toBe(403);
  } finally {
    await stop();
  }
});

test('a missing answer is reported, and requested again', async ({ page }) => {
  await page.route('**/api/v1/coverage?by=team*', (route) => route.abort());
  await page.goto(`${site()}/teams`);
  await expect(page.getByRole('alert')).toContainText('Không kết nối được');
  await expectAccessible(page);
  await page.unroute('**/api/v1/coverage?by=team*');
  await page.getByRole('button', { name: 'Thử lại' }).click();
  await expect(page.getByTestId('grid')).not.toHaveAttribute('data-rows', '0');
});

for (const lang of ['vi', 'en']) {
  test(`axe finds nothing on the tables, ${lang}`, async ({ map }) => {
    const { areas } = await server.areas('level=commune&limit=1');
    const place = `place=${areas[0]!.code}`; // a few rows have all that many have, in less time
    for (const width of lang === 'vi' ? [1280, 360] : [360]) {
      await map.setViewportSize({ width, height: 800 });
      for (const url of width > 360
        ? [`/flags?level=team&${place}`]
        : [`/teams?${place}`, `/flags?${place}`, '/data?']) {
        // others: above, wide
        await map.goto(`${site()}${url}&lang=${lang}`);
        await expect(
          map.locator('[data-testid=grid] tr[data-key], [data-testid=quality], .stand').first(),
        ).toBeVisible();
        await expectAccessible(map);
        expect(await map.evaluate(() => document.querySelector('.tables-page')!.scrollWidth)).toBeLessThanOrEqual(
          width,
        );
      }
      await expect(map.locator('html')).toHaveAttribute('lang', lang);
    }
  });
}
