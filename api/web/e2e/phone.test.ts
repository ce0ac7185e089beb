import { expect, idle, ninetyDays, open, server, test, vi } from './fixture';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test('fits a phone: a sheet below, layers behind a button, nothing wider than the screen', async ({ map }) => {
  await open(map);
  const { total } = await server.coverage(`by=area&${await ninetyDays()}`);
  await expect(map.getByTestId('reached')).toContainText(vi.format(total.reached!));
  expect(await map.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expect(map.locator('.controls')).toHaveCount(0);
  await expect(map.getByTestId('key')).toContainText('Độ phủ (%)'); // the short legend
  await expect(map.getByTestId('key').locator('li')).toHaveCount(7);
  await map.getByRole('button', { name: 'Tuỳ chọn bản đồ' }).tap();
  await expect(map.locator('.controls')).toBeVisible();
  await map.getByRole('button', { name: 'Tuỳ chọn bản đồ' }).tap();

  const sheet = map.locator('.sheet');
  const low = (await sheet.boundingBox())!.height;
  await map.locator('.handle').tap();
  await expect(map.getByTestId('key')).toBeHidden();
  await expect.poll(async () => (await sheet.boundingBox())!.height).toBeGreaterThan(low + 100);
});

test('a tap shows the feature and opens its place', async ({ map }) => {
  await open(map, '/?by=cells');
  for (const [x, y] of [
    [160, 380],
    [180, 330],
    [150, 420],
    [200, 400],
  ] as const) {
    await map.touchscreen.tap(x, y);
    if (
      await map.waitForURL(/place=/, { timeout: 3000 }).then(
        () => true,
        () => false,
      )
    )
      break;
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
