import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

import { expect, test } from 'vitest';

/** Folders of plain JavaScript, lowest first: a script imports its own folder, lower ones and `dist`. */
const FOLDERS = ['scripts', 'bench', 'loadtest', 'test', 'docs'];
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

const scripts = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => join(folder, file)),
);

const height = (path: string): number => FOLDERS.indexOf(path.split('/')[0]!);

/** The imports of a script that lead to no lower folder. */
function upward(file: string, text: string): string[] {
  return Array.from(text.matchAll(IMPORT), ([, to]) => join(dirname(file), to!))
    .filter((to) => !to.startsWith('dist/') && !(height(to) >= 0 && height(to) <= height(file)))
    .map((to) => `${file} imports ${to}`);
}

test('scripts import their own folder and lower ones', () => {
  expect(scripts.length).toBeGreaterThan(50);
  expect(scripts.flatMap((file) => upward(file, readFileSync(file, 'utf8')))).toEqual([]);
});

test('an import of a higher folder, or of one without a place, is noticed', () => {
  expect(upward('scripts/a.mjs', "import { b } from '../bench/b.mjs';")).toHaveLength(1);
  expect(upward('bench/peers/a.mjs', "await import('../../attic/b.mjs')")).toHaveLength(1);
  expect(upward('bench/a.mjs', "import { b } from '../scripts/b.mjs';")).toEqual([]);
});
