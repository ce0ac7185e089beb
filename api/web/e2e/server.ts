// Starts the real program with a sample of its own, and stops it when the tests are done.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const startsWithinMs = 120_000;

export default async function start(): Promise<() => Promise<void>> {
  const program = process.env.TUNGNHA_BIN;
  if (!program)
    throw new Error('TUNGNHA_BIN must name the program, built after the map: TUNGNHA_BIN=…/tungnha npm run e2e');
  const folder = await mkdtemp(path.join(tmpdir(), 'tungnha-e2e-'));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(
    path.resolve(program),
    ['demo', '--households=30000', '--seed=7', `--db=${path.join(folder, 'demo.gpkg')}`, `--addr=${address}`],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder },
  );
  let said = '';
  server.stdout.on('data', (text) => {
    said += text;
  });
  server.stderr.on('data', (text) => {
    said += text;
  });
  process.env.TUNGNHA_E2E_DB = path.join(folder, 'demo.gpkg');
  process.env.TUNGNHA_URL = `http://${address}`;

  const until = Date.now() + startsWithinMs;
  while (!(await isReady(address))) {
    if (server.exitCode !== null || Date.now() > until) {
      server.kill();
      throw new Error(`${program} demo did not become ready:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await addOldBoundaries(path.resolve(program), folder, address);
  return async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

/** The public's server: without household points and small counts, over the sample of the tests. */
export async function startPublic(): Promise<{ url: string; stop: () => Promise<void> }> {
  const address = `127.0.0.1:${await freePort()}`;
  const own = spawn(
    path.resolve(process.env.TUNGNHA_BIN!),
    ['serve', `--db=${process.env.TUNGNHA_E2E_DB}`, `--addr=${address}`],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => own.once('exit', resolve));
  const stop = async () => {
    own.kill();
    await ended;
  };
  const until = Date.now() + startsWithinMs;
  while (!(await isReady(address))) {
    if (own.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error('the server of the public did not become ready');
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { url: `http://${address}`, stop };
}

/** Gives the sample communes of before 1 July 2025, with other codes and names. */
async function addOldBoundaries(program: string, folder: string, address: string): Promise<void> {
  const db = `--db=${path.join(folder, 'demo.gpkg')}`;
  const features: object[] = [];
  for (const level of ['province', 'commune']) {
    const { stdout } = await promisify(execFile)(
      program,
      ['export', 'areas', db, `--level=${level}`, '--format=geojson', '-o', '-'],
      { maxBuffer: 1 << 26 },
    );
    for (const { geometry, properties } of (JSON.parse(stdout) as Exported).features) {
      if (!geometry) continue;
      const { code, name, kind, parent } = properties;
      const own = level === 'province' ? { code, name } : { code: `old-${code}`, name: `${name} cũ` };
      features.push({
        type: 'Feature',
        geometry,
        properties: { ...own, kind, level, parent, valid_from: '2020-01-01', valid_to: '2025-06-30' },
      });
    }
  }
  const file = path.join(folder, 'old.geojson');
  await writeFile(file, JSON.stringify({ type: 'FeatureCollection', features }));
  await promisify(execFile)(program, ['import', file, db]);
  const until = Date.now() + startsWithinMs;
  for (;;) {
    const { versions } = (await (await fetch(`http://${address}/api/v1/boundaries`)).json()) as { versions: unknown[] };
    if (versions.length === 2) return;
    if (Date.now() > until) throw new Error('the server did not notice the old boundaries');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

interface Exported {
  features: { geometry: object | null; properties: Record<'code' | 'name' | 'kind' | 'parent', string> }[];
}

export async function isReady(address: string): Promise<boolean> {
  return fetch(`http://${address}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
