import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { OWN_NAMES, parseConfig } from '../../src/ops/config.ts';

/** Names with their defaults, as text; an empty text where a setting has none. */
type Defaults = ReadonlyMap<string, string>;

const example: Defaults = new Map(
  Array.from(
    readFileSync('.env.example', 'utf8').matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/gm),
    ([, name, value]) => [name!, value!],
  ),
);

const documented: Defaults = new Map(
  Array.from(
    readFileSync('docs/configuration.md', 'utf8').matchAll(/^\| `([A-Z0-9_]+)` +\| ([^|]*)\|/gm),
    ([, name, value]) => [name!, value!.trim().replaceAll('`', '')],
  ),
);

test('docs/configuration.md and .env.example list the same settings with the same defaults', () => {
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(example));
});

test('every setting that the code reads is listed', () => {
  const code = readFileSync('src/ops/config.ts', 'utf8');
  const read = Array.from(code.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g), ([, name]) => name!);
  const errorCodes = new Set(['CONFIG_INVALID']);
  const settings = [...OWN_NAMES, ...read].filter((name) => !errorCodes.has(name));
  expect(settings.length).toBeGreaterThan(30);
  expect(settings.filter((name) => !documented.has(name))).toEqual([]);
});

/** Parts of an address: with any of them the embedded server would not run. */
const ADDRESS_PART = /^(DB|POSTGRES)_/;

test('the defaults that are listed are those of the code', () => {
  const listed = [...documented].filter(([name]) => !ADDRESS_PART.test(name));
  expect(parseConfig(Object.fromEntries(listed))).toEqual(parseConfig({}));
});
