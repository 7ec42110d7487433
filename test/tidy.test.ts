import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

// Lowest first. A file imports its own folder and lower rows; folders on one row do not know each other.
const ROWS = [
  ['core'],
  ['ops'],
  ['schema', 'store', 'forest'],
  ['model'],
  ['import'],
  ['registry', 'batch', 'data'],
  ['score'],
  ['jobs', 'train', 'watch'],
  ['http', 'cli'],
  ['.'], // index.ts, main.ts, wire.ts: the only files that know everything.
];
const height = (folder: string): number => ROWS.findIndex((row) => row.includes(folder));
const folderOf = (file: string): string => (file.includes('/') ? file.split('/')[0]! : '.');

/** Every file that `file` imports from this project, relative to src. */
function importsOf(file: string): string[] {
  const text = readFileSync(join('src', file), 'utf8');
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g);
  return Array.from(specifiers, ([, to = '']) =>
    normalize(join(dirname(file), to))
      .split(sep)
      .join('/'),
  );
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts'));

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(0);
});

describe.each(files)('src/%s', (file) => {
  test('stands in a folder that has a row', () => {
    expect(height(folderOf(file)), `give ${folderOf(file)} a row`).toBeGreaterThanOrEqual(0);
  });
  test('looks only down', () => {
    for (const to of importsOf(file)) {
      if (folderOf(to) === folderOf(file)) continue;
      expect(to.startsWith('..'), `${file} leaves src: ${to}`).toBe(false);
      expect(height(folderOf(to)), `${file} imports ${to}`).toBeGreaterThanOrEqual(0);
      expect(height(folderOf(to)), `${file} imports ${to}`).toBeLessThan(height(folderOf(file)));
    }
  });
});
