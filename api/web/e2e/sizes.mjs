// How many bytes each page names in its HTML, compressed as the server does (fonts as they are):
//   npm run build && npm run sizes
// Ends with 1 where a page has outgrown its budget. What a page loads beside that, figures, tiles and
// letters that a text needs, is measured by measure.mjs and, for the chair's page, by a test.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const dist = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../dist');
/** In kB of 1,000 bytes. */
const budgets = { 'index.html': 640, 'commune.html': 150, 'tables.html': 160 };

const packed = (name, bytes) =>
  (/\.(woff2|png)$/.test(name) ? bytes : brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }))
    .length;

let outgrown = false;
for (const [page, budget] of Object.entries(budgets)) {
  const html = await readFile(path.join(dist, page));
  const named = [...html.toString().matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name]) => name);
  // The map's worker is requested by its script.
  if (page === 'index.html') {
    const script = (
      await Promise.all(
        named.filter((name) => name.endsWith('.js')).map((name) => readFile(path.join(dist, name), 'utf8')),
      )
    ).join();
    named.push(/assets\/maplibre-gl-worker-[\w-]+\.mjs/.exec(script)[0]);
  }
  const files = [[page, packed(page, html)]];
  for (const name of named) files.push([path.basename(name), packed(name, await readFile(path.join(dist, name)))]);
  const sum = files.reduce((total, [, size]) => total + size, 0) / 1000;
  console.log(`${page} ${sum.toFixed(1)} kB in ${files.length} files, of ${budget} kB`);
  for (const [name, size] of files.sort((a, b) => b[1] - a[1]))
    console.log(`  ${(size / 1000).toFixed(1).padStart(6)} kB ${name}`);
  if (sum > budget) outgrown = true;
}
process.exit(outgrown ? 1 : 0);
