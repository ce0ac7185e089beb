// The page of a commune's chair, on a phone of 360 pixels.
import type { Page } from '@playwright/test';
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

  const shown = await map.getByTestId('hamlets').locator('li').evaluateAll((items) => items.map((item) => ({
    code: item.getAttribute('data-code')!,
    households: item.querySelector('.households b')!.textContent, reached: item.querySelector('.reached b')!.textContent,
    last: item.querySelector('.last b')!.textContent, team: item.querySelector('.team b')?.textContent ?? null,
  })));
  expect(shown.map((item) => item.code).sort()).toEqual(rows.map((row) => row.key).sort());
  const told = (value: number | null) => (value === null ? 'số nhỏ, không hiện' : vi.format(value));
  for (const item of shown) {
    const row = rows.find((candidate) => candidate.key === item.code)!;
    expect(item, row.name).toEqual({
      code: row.key, households: told(row.households), reached: told(row.reached),
      last: row.last_visit ? row.last_visit.split('-').reverse().join('/') : 'chưa từng',
      team: row.key === '' ? null : teams.filter((team) => team.serves!.includes(row.key)).map((team) => team.name).join('; ') || 'chưa có tổ',
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
  expect(await map.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('maplibre')))).toBe(false);
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
