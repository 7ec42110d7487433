import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';

/** The methods that `interface Addon` names, read from the contract's own text. */
function contractMethods(): string[] {
  const file = join(import.meta.dirname, '../../src/forest/addon.ts');
  const body = /export interface Addon \{(.*?)\n\}/s.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return Array.from(body.matchAll(/^ {2}(\w+)\(/gm), ([, name = '']) => name);
}

test('the binary exports what the contract says, and nothing else', () => {
  expect(contractMethods().length).toBeGreaterThan(0);
  expect(Object.keys(loadAddon()).toSorted()).toEqual(contractMethods().toSorted());
});

test('the addon is loaded once', () => {
  expect(loadAddon()).toBe(loadAddon());
});
