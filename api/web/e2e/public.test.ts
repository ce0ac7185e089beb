// What the public sees: windows of the calendar only, rounded and hidden counts in plain words, and nothing that is
// not published: the pages never request it, whatever the address names.
import type { Page } from '@playwright/test';
import type { Answer, Flagged, Meta, Row } from '../src/server/contract';
import { expect, expectAccessible, idle, server, site, test, vi } from './fixture';
import { startPublic } from './server';

let url: string;
let stop: () => Promise<void>;
let meta: Meta;
/** The commune with the most households. */
let commune: Row;

test.beforeAll(async () => {
  ({ url, stop } = await startPublic());
  meta = await ask<Meta>('/api/v1/meta');
  const { rows } = await ask<Answer>('/api/v1/coverage?by=area&level=commune&to=' + windowOf('all').to);
  commune = rows.filter(({ key }) => key).sort((a, b) => (b.households ?? 0) - (a.households ?? 0))[0]!;
});
test.afterAll(() => stop());

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(url + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const windowOf = (key: string) => meta.public!.windows.find((window) => window.key === key)!;
const queryOf = (key: string) => {
  const { from, to } = windowOf(key);
  return from === null ? `to=${to}` : `from=${from}&to=${to}`;
};
const months = () => meta.public!.windows.filter(({ key }) => /^\d{4}-\d{2}$/.test(key));

/** What is wrong: errors, and requests for what is not published. */
function watch(page: Page): string[] {
  const wrong: string[] = [];
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
  });
  page.on('pageerror', (error) => wrong.push(`uncaught: ${error.stack}`));
  page.on('request', (request) => {
    const { pathname, searchParams: query, origin } = new URL(request.url());
    if (origin !== url || !/^\/(api|tiles)\//.test(pathname)) return;
    const of = (from: string, to: string) =>
      meta.public!.windows.some((window) => window.from === query.get(from) && window.to === query.get(to));
    if (query.has('to') && !of('from', 'to')) wrong.push(`free days: ${request.url()}`);
    if (query.has('earlier_to') && !of('earlier_from', 'earlier_to')) wrong.push(`free days: ${request.url()}`);
    if (['team', 'day', 'week'].includes(query.get('by') ?? '')) wrong.push(`not published: ${request.url()}`);
    if (/\/(teams|state|quality)\b/.test(pathname)) wrong.push(`not published: ${request.url()}`);
    const boundaries = query.get('boundaries');
    if (boundaries && boundaries !== meta.public!.boundaries) wrong.push(`boundaries: ${request.url()}`);
  });
  return wrong;
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await idle(page);
}

const shown = (count: number | null) => (count === null ? 'dưới 10' : vi.format(count));

test('the map offers the calendar, says how figures are published, and requests nothing else', async ({ page }) => {
  const wrong = watch(page);
  await open(page, '/');
  const { total } = await ask<Answer>(`/api/v1/coverage?by=area&level=commune&${queryOf('90d')}`);
  await expect(page.getByTestId('reached')).toContainText(shown(total.reached));
  await expect(page.getByTestId('published')).toContainText('các số có thể không cộng khớp');
  await expect(page.locator('.controls')).toContainText('90 ngày đến');
  await expect(page.locator('.range')).toHaveCount(0);
  for (const name of ['Thay đổi', 'Lần đến cuối', 'Hai kỳ'])
    await expect(page.getByRole('radio', { name })).toHaveCount(0);
  await expect(page.getByTestId('outcomes')).toHaveCount(0); // parts of a whole, which do not add up

  await page.getByRole('radio', { name: 'Quý' }).check();
  await expect(page).toHaveURL(/period=\d{4}-Q\d/);
  await page.getByRole('radio', { name: 'Thay đổi' }).check();
  await expect(page).toHaveURL(/measure=change/);
  await idle(page);
  await page.getByRole('radio', { name: 'Tất cả' }).check(); // of which there is no earlier window
  await expect(page).not.toHaveURL(/measure=change/);
  await expect(page.getByTestId('replaced')).toContainText('không được công bố');
  await idle(page);
  expect(wrong).toEqual([]);
});

test('the closed months play, and no other', async ({ page }) => {
  const wrong = watch(page);
  const all = months();
  await open(page, `/?by=communes&period=${all[2]!.key}`);
  const timeline = page.getByTestId('timeline');
  await expect(timeline.getByRole('slider')).toHaveAttribute('max', String(all.length - 1));
  await expect(timeline.getByRole('checkbox')).toHaveCount(0);
  await timeline.getByRole('button', { name: 'Chạy qua các tháng' }).click();
  await expect(timeline).toHaveAttribute('data-shown', all[0]!.key);
  await expect(timeline.getByRole('button', { name: 'Chạy qua các tháng' })).toBeVisible(); // it has come to its end
  const { total } = await ask<Answer>(`/api/v1/coverage?by=area&level=commune&${queryOf(all[0]!.key)}`);
  await expect(page.getByTestId('reached')).toContainText(shown(total.reached));
  await page.getByRole('radio', { name: 'Hai kỳ' }).check();
  await expect(page.getByTestId('compare-pane')).toBeVisible();
  await idle(page);
  expect(wrong).toEqual([]);
});

test('an address with free days leads to the nearest window, and says so', async ({ page }) => {
  const wrong = watch(page);
  const [latest] = months();
  const free = `${latest!.from!.slice(0, 8)}02..${latest!.to}`;
  await open(page, `/?period=${free}&earlier=2026-01-01..2026-01-02&beside=2025-06-30&measure=days`);
  await expect(page.getByTestId('replaced')).toBeVisible();
  const query = new URL(page.url()).searchParams;
  expect(query.get('period')).toBe(latest!.key);
  for (const name of ['earlier', 'beside', 'measure']) expect(query.has(name), name).toBe(false);
  const notice = page.getByTestId('replaced');
  await expect(notice).toContainText('không được công bố');
  await page.reload();
  await expect(notice).toBeVisible();
  await idle(page);
  await notice.getByRole('button', { name: 'Đóng' }).click();
  await expect(notice).toHaveCount(0);
  await page.goto(`${url}/communes/${commune.key}?period=30d&lang=en`);
  await expect(page.getByTestId('replaced')).toContainText('is not published');
  await expect(page.locator('.commune')).toHaveAttribute('data-state', 'idle');
  expect(wrong).toEqual([]);
});

test("the chair's page has hidden counts in words, months of visits, and no teams", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  const wrong = watch(page);
  await page.goto(`${url}/communes/${commune.key}`);
  await expect(page.locator('.commune')).toHaveAttribute('data-state', 'idle');
  const { rows } = await ask<Answer>(`/api/v1/coverage?by=area&parent=${commune.key}&${queryOf('90d')}`);
  for (const row of rows.filter(({ key }) => key)) {
    const item = page.locator(`.groups [data-code="${row.key}"]`);
    await expect(item.locator('.households b')).toHaveText(
      row.households === null ? /<\s10/ : vi.format(row.households),
    );
    await expect(item.locator('.reached b')).toHaveText(row.reached === null ? /<\s10/ : vi.format(row.reached));
    if (row.last_visit === null) await expect(item.locator('.last b')).toContainText('không công bố');
    await expect(item.locator('.last b')).not.toContainText('chưa từng');
  }
  await expect(page.locator('.group .team')).toHaveCount(0);
  await expect(page.getByTestId('published')).toContainText('kỳ sau');
  await page.locator('.groups .name a').first().click();
  await expect(page.getByTestId('hamlet')).toContainText('chỉ người phụ trách');
  await expectAccessible(page);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByTestId('published')).toBeVisible();
  expect(wrong).toEqual([]);
});

test('tables, teams and the data page explain what is not published', async ({ page }) => {
  const wrong = watch(page);
  const { rows } = await ask<Flagged>(`/api/v1/flags?level=hamlet&limit=20000&${queryOf('90d')}`);
  const kept = rows.find((row) => row.key !== '' && row.households !== null && row.reached === null)!;
  await page.goto(`${url}/flags?q=${encodeURIComponent(kept.name)}&place=${kept.parent}`);
  const cells = page.getByTestId('grid').locator(`tr[data-key="${kept.key}"] td`);
  await expect(cells.nth(1)).toHaveText(vi.format(kept.households!));
  await expect(cells.nth(3)).toHaveText(/<\s10/);
  await expect(cells.nth(4)).toContainText('—');
  await expect(cells.nth(4)).toContainText('không công bố');
  await expect(page.getByRole('combobox', { name: 'Theo' }).locator('option')).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Thời gian' }).selectOption('ever');
  await expect(page.locator('.when')).toContainText('đến');
  await expect(page.getByRole('link', { name: 'Các tổ' })).toHaveCount(0);

  await page.goto(`${url}/teams?team=1`);
  await expect(page.getByTestId('not-published')).toContainText('chỉ người phụ trách');
  await page.getByRole('link', { name: 'Số liệu được công bố thế nào' }).click();
  const how = page.getByTestId('how-published');
  await expect(how.locator('dd a')).toHaveCount(meta.public!.windows.length);
  await expect(how).toContainText('kể cả 0');
  expect(wrong).toEqual([]);
});

for (const lang of ['vi', 'en']) {
  test(`axe finds nothing on what the public sees, ${lang}`, async ({ page }) => {
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await open(page, `/?lang=${lang}&period=2026-01-01..2026-01-02`);
      await expectAccessible(page);
      for (const path of [`/flags?place=${commune.key}&`, '/teams?', '/data?', `/communes/${commune.key}?`]) {
        await page.goto(`${url}${path}lang=${lang}`);
        await expect(
          page.locator('[data-testid=published], [data-testid=not-published], #published').first(),
        ).toBeVisible();
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
      }
    }
  });
}

test('who runs the programme sees none of it', async ({ map }) => {
  expect((await server.meta()).public).toBeNull();
  await map.goto(`${site()}/?period=2026-Q1`);
  await idle(map);
  await expect(map.getByRole('link', { name: 'Các tổ' })).toBeVisible();
  await expect(map.getByRole('radio', { name: 'Chọn ngày' })).toBeVisible();
  for (const id of ['published', 'replaced']) await expect(map.getByTestId(id)).toHaveCount(0);
});
