import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { RELEASES } from '../../src/http/server/uws-releases.ts';

interface PackageFile {
  readonly engines: { readonly node: string };
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

interface Result {
  readonly debian: string;
  readonly tests: string;
  readonly runs: readonly {
    readonly node: string;
    readonly glibc: string;
    readonly uWebSockets: { readonly version: string; readonly sha256: string };
    readonly passed: number;
    readonly failed: number;
    readonly failures: readonly string[];
  }[];
}

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const { engines, optionalDependencies } = json('package.json') as PackageFile;
const page = readFileSync('docs/platforms.md', 'utf8');

/** The version of each major's ABI. */
const ABI: Readonly<Record<string, number>> = { 20: 115, 22: 127, 24: 137 };
const majors = Array.from(engines.node.matchAll(/\^(\d+)/g), ([, major]) => major!);

test('the set-up takes the Nodes of `engines`', () => {
  const setUp = readFileSync('scripts/setup.mjs', 'utf8');
  expect(setUp).toContain(`const NODE_MAJORS = [${majors.join(', ')}];`);
});

test('each Node of `engines` has a binary of the newest release', () => {
  expect(majors.length).toBeGreaterThan(1);
  const binaries = majors.map((major) => `uws_linux_x64_${ABI[major]}.node`);
  expect(Object.keys(RELEASES[0]!.digests)).toEqual(binaries);
});

describe.each(RELEASES)('uWebSockets.js $version', ({ version, alias, digests }) => {
  test('is the release of its package, which docs/platforms.md names with its version', () => {
    const [, name, packed] = /^npm:(@[^@]+)@(.+)$/.exec(optionalDependencies[alias]!)!;
    expect(packed!.startsWith(version)).toBe(true);
    expect(page).toContain(`\`${name}\``);
    expect(page).toContain(`\`${packed}\``);
  });

  const installed = join('node_modules', alias);
  test.runIf(existsSync(installed))('has the digests of the table in its package', () => {
    const found = Object.keys(digests).map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(installed, path)))
        .digest('hex'),
    ]);
    expect(Object.fromEntries(found)).toEqual(digests);
  });
});

describe('the committed result of Debian 13', () => {
  const result = json('test/platforms/debian-13.json') as Result;

  test('has the tests of HTTP and those from end to end on Node 24, and names each failure', () => {
    expect(result.debian).toMatch(/^13\./);
    expect(result.tests).toBe('test/e2e test/http');
    expect(result.runs.map(({ node }) => node.split('.')[0])).toContain('24');
    for (const { passed, failed, failures } of result.runs) {
      expect(passed).toBeGreaterThan(500);
      expect(failures).toHaveLength(failed);
    }
  });

  test('is of the binaries that the table has now', () => {
    const current = Object.values(RELEASES[0]!.digests);
    for (const { uWebSockets } of result.runs) {
      expect(uWebSockets.version).toBe(RELEASES[0]!.version);
      expect(current).toContain(uWebSockets.sha256);
    }
  });
});
