// Starts the real program with a sample of its own, and stops it when the tests are done.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const startsWithinMs = 120_000;

export default async function start(): Promise<() => Promise<void>> {
  const program = process.env.TUNGNHA_BIN;
  if (!program) throw new Error('TUNGNHA_BIN must name the program, built after the map: TUNGNHA_BIN=…/tungnha npm run e2e');
  const folder = await mkdtemp(path.join(tmpdir(), 'tungnha-e2e-'));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(path.resolve(program),
    ['demo', '--households=30000', '--seed=7', `--db=${path.join(folder, 'demo.gpkg')}`, `--addr=${address}`],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  let said = '';
  server.stdout.on('data', (text) => { said += text; });
  server.stderr.on('data', (text) => { said += text; });
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
  return async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

export async function isReady(address: string): Promise<boolean> {
  return fetch(`http://${address}/readyz`).then((answer) => answer.ok, () => false);
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
