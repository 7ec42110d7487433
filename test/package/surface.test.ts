import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { OWN_NAMES } from '../../src/ops/config.ts';

test('the package exports what it promises, and nothing else', async () => {
  // By the package's own name, as a program that installed it would.
  const name: string = 'thicket';
  const exported = (await import(name)) as Record<string, unknown>;
  expect(Object.keys(exported).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'createLog',
    'Instance',
    'loadModel',
    'openModel',
    'parseConfig',
    'readEnvironment',
    'readPackage',
    'ThicketError',
    'writePackage',
  ]);
});

test('.env.example lists every setting of our own, and no other', () => {
  const listed = readFileSync('.env.example', 'utf8').match(/^THICKET_\w+(?==)/gm);
  expect(new Set(listed)).toEqual(OWN_NAMES);
});

test('every dependency is used by the code', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // Used by the build of the addon, not by an import.
  const ofTheBuild = new Set(['cmake-js', 'node-addon-api', 'node-api-headers']);
  const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join('src', file), 'utf8'))
    .join();
  const unused = Object.keys(dependencies).filter(
    (name) => !ofTheBuild.has(name) && !code.includes(`'${name}`),
  );
  expect(unused).toEqual([]);
});
