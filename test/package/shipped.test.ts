import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

import { expect, test } from 'vitest';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

// Without scripts: prepack would compile again while other tests run what is compiled.
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
) as Packed[];
const shipped = new Set(packed!.files.map(({ path }) => path));

/** Statements at the start of a line, and calls of `import` with a plain text. */
const IMPORT =
  /^(?:import|export)\s(?:[\w$*{},\s]*\sfrom\s)?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm;
const INCLUDE = /^#include "([^"]+)"/gm;
const SOURCE = /\bnative\/[\w/]+\.cc/g;

const endingIn = (pattern: RegExp): string[] => [...shipped].filter((path) => pattern.test(path));

const matchesIn = (path: string, pattern: RegExp): string[] =>
  Array.from(
    readFileSync(path, 'utf8').matchAll(pattern),
    (match) => match[1] ?? match[2] ?? match[0],
  );

test('the package ships the program, the addon’s sources and what both read', () => {
  for (const path of ['bin/thicket.js', 'dist/src/main.js', 'CMakeLists.txt', 'proto/model.proto'])
    expect(shipped).toContain(path);
});

test('everything that a shipped script imports is shipped or is a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const isThere = (from: string, name: string): boolean => {
    if (name.startsWith('.')) return shipped.has(join(dirname(from), name));
    const [scope, plain] = name.split('/');
    const own = name.startsWith('@') ? `${scope}/${plain}` : scope!;
    return name.startsWith('node:') || Object.hasOwn(dependencies, own);
  };
  const scripts = endingIn(/\.m?js$/);
  expect(scripts.length).toBeGreaterThan(100);
  const lost = scripts.flatMap((from) =>
    matchesIn(from, IMPORT)
      .filter((name) => !isThere(from, name))
      .map((name) => `${from} imports ${name}`),
  );
  expect(lost).toEqual([]);
});

test('everything that builds the addon is shipped', () => {
  const includes = endingIn(/\.(cc|h)$/).flatMap((from) =>
    matchesIn(from, INCLUDE).map((to) =>
      to.includes('/') ? `native/${to}` : join(dirname(from), to),
    ),
  );
  const named = [...includes, ...matchesIn('CMakeLists.txt', SOURCE)];
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((path) => !shipped.has(path))).toEqual([]);
});

test('nothing is shipped that only a checkout runs', () => {
  expect(endingIn(/^(scripts|bench|loadtest|test|docs|native\/(test|fuzz|bench))\//)).toEqual([]);
});
