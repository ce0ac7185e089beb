// The order of folders: a file imports from its own folder and from those below it, never
// from one above, and no files import each other in a circle.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** From the bottom to the top; folders of one line do not import each other. */
const order = [
  ['view', 'server'], // the address and what it means; requests and the types of answers
  ['text'], // sentences in both languages, numbers, dates
  ['symbology'], // colours, class breaks, symbols
  ['components'], // what every page is built from
  ['map'],
  ['panels'],
  ['planner', 'commune', 'tables'], // one page each
];

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.test)\.tsx?$/.test(file),
);

const importsOf = (file: string): string[] => {
  const source = readFileSync(path.join(root, file), 'utf8');
  return [...source.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].flatMap(([, name]) => {
    const base = path.join(path.dirname(file), name!);
    return ['.ts', '.tsx', '/index.ts'].map((end) => base + end).filter((candidate) => files.includes(candidate));
  });
};
const imports = new Map(files.map((file) => [file, importsOf(file)]));

const folderOf = (file: string) => file.split('/')[0]!;
const rankOf = (file: string) => order.findIndex((folders) => folders.includes(folderOf(file)));

/** The files of a circle that a file is in, itself at both ends; null: it is in none. */
function circleOf(file: string): string[] | null {
  const seen = new Set<string>();
  const search = (at: string, way: string[]): string[] | null => {
    for (const next of imports.get(at)!) {
      if (next === file) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = search(next, [...way, next]);
      if (found) return found;
    }
    return null;
  };
  return search(file, [file]);
}

describe('imports', () => {
  it('are found', () => {
    expect(imports.get('planner/Planner.tsx')).toContain('map/MapView.tsx');
    expect([...imports.values()].flat().length).toBeGreaterThan(200);
  });
  it('are between folders of the list', () => expect(files.filter((file) => rankOf(file) < 0)).toEqual([]));
  it('never lead upward', () => {
    const upward = files.flatMap((file) =>
      imports
        .get(file)!
        .filter((to) => folderOf(to) !== folderOf(file) && rankOf(to) >= rankOf(file))
        .map((to) => `${file} -> ${to}`),
    );
    expect(upward).toEqual([]);
  });
  it('have no circles', () => expect(files.map(circleOf).filter(Boolean)).toEqual([]));
});
