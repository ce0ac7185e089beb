// A page that fails its test on an error in the console or a request to another host.
import { test as base, expect, type Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import type { Answer, AreaDetail, Areas, Boundaries, Flagged, Meta } from '../src/server/contract';

export const site = () => process.env.TUNGNHA_URL!;

export const test = base.extend<{ map: Page }>({
  map: async ({ page }, use) => {
    const wrong: string[] = [];
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== site()) wrong.push(`asked another host: ${url}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
    });
    page.on('console', (message) => {
      // Chromium without a graphics card reads the map's pixels so.
      if (message.text().includes('GPU stall due to ReadPixels')) return;
      if (['error', 'warning'].includes(message.type())) wrong.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => wrong.push(`uncaught: ${error.stack}`));
    await use(page);
    expect(wrong).toEqual([]);
  },
});

export { expect };

export async function open(page: Page, url = '/'): Promise<void> {
  await page.goto(site() + url);
  await idle(page);
}

/** Waits until the map has drawn everything that it requested. */
export async function idle(page: Page): Promise<void> {
  await expect(page.locator('.app')).toHaveAttribute('data-map', 'idle', { timeout: 40_000 });
}

/** Fails on whatever axe finds against WCAG 2.2 AA and its own good practices. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
  ).toEqual([]);
}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(site() + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export const server = {
  meta: () => ask<Meta>('/api/v1/meta'),
  coverage: (query: string) => ask<Answer>(`/api/v1/coverage?${query}`),
  area: (code: string, query = '') => ask<AreaDetail>(`/api/v1/areas/${encodeURIComponent(code)}?${query}`),
  areas: (query: string) => ask<Areas>(`/api/v1/areas?${query}`),
  boundaries: () => ask<Boundaries>('/api/v1/boundaries'),
  spots: (query: string) => ask<{ hot: number; cold: number; cells: number }>(`/api/v1/hotspots?${query}`),
  flags: (query: string) => ask<Flagged>(`/api/v1/flags?${query}`),
};

/** The last 90 days, as the page requests them. */
export async function ninetyDays(): Promise<string> {
  const { today } = await server.meta();
  const from = new Date(`${today}T00:00:00Z`);
  from.setUTCDate(from.getUTCDate() - 89);
  return `from=${from.toISOString().slice(0, 10)}&to=${today}`;
}

export const vi = new Intl.NumberFormat('vi-VN');

/** Letters without their marks, as people type them in a hurry. */
export function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();
}
