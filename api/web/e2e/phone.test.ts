import { expect, idle, ninetyDays, open, server, test, vi } from './fixture';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test('fits a phone: a sheet below, layers behind a button, nothing wider than the screen', async ({ map }) => {
  await open(map);
  const { total } = await server.coverage(`by=area&${await ninetyDays()}`);
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.reached!));
  expect(await map.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expect(map.locator('.controls')).toHaveCount(0);
  await map.getByRole('button', { name: 'Lớp bản đồ' }).tap();
  await expect(map.locator('.controls')).toBeVisible();
  await map.getByRole('button', { name: 'Lớp bản đồ' }).tap();

  const sheet = map.locator('.sheet');
  const low = (await sheet.boundingBox())!.height;
  await map.locator('.handle').tap();
  await expect.poll(async () => (await sheet.boundingBox())!.height).toBeGreaterThan(low + 100);
});

test('a tap tells what is there and opens its place', async ({ map }) => {
  await open(map, '/?by=cells');
  for (const [x, y] of [[160, 380], [180, 330], [150, 420], [200, 400]] as const) {
    await map.touchscreen.tap(x, y);
    if (await map.waitForURL(/place=/, { timeout: 3000 }).then(() => true, () => false)) break;
  }
  const code = new URL(map.url()).searchParams.get('place')!;
  const { name } = await server.area(code);
  await expect(map.getByTestId('pointer')).toContainText('Ô lục giác');
  await expect(map.getByTestId('pointer')).toContainText(name);
  await map.getByRole('button', { name: 'Đóng' }).tap();
  await expect(map.getByTestId('pointer')).toHaveCount(0);
  await expect(map.locator('h1')).toContainText(name);
  await idle(map);
});

test('the page of a commune begins with its hamlets, the unvisited first', async ({ map }) => {
  const days = await ninetyDays();
  const flagged = await server.flags(`kind=unvisited&level=hamlet&${days}`);
  const code = flagged.rows[0]!.parent!;
  await open(map, `/communes/${code}`);
  const { name } = await server.area(code);
  await expect(map.locator('h1')).toContainText(name);
  const { rows } = await server.coverage(`by=area&parent=${code}&${days}`);
  const list = map.getByTestId('children').locator('li');
  await expect(list).toHaveCount(rows.length);
  const codes = await list.evaluateAll((items) => items.map((item) => item.getAttribute('data-code')));
  const unvisited = rows.filter((row) => row.flags.includes('unvisited')).map((row) => row.key);
  expect(unvisited.length).toBeGreaterThan(0);
  expect(codes.slice(0, unvisited.length).sort()).toEqual(unvisited.sort());
  const [hamlets, figures] = await Promise.all([map.getByTestId('children').boundingBox(), map.locator('.figures').boundingBox()]);
  expect(hamlets!.y).toBeLessThan(figures!.y);

  // On paper there is no map, and nothing is cut off.
  await map.emulateMedia({ media: 'print' });
  await expect(map.locator('.map')).toBeHidden();
  await expect(map.locator('.printed')).toBeVisible();
  await expect(map.locator('h1')).toContainText(name);
});
