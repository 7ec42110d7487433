import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPackage } from '../../src/model/package/package.ts';
import { SKLEARN_FIXTURES } from '../support/sklearn-fixtures.ts';
import { run } from './run.ts';

const MODEL = join(SKLEARN_FIXTURES, 'trees/best-first/1.9.1.pkl');
const directory = mkdtempSync(join(tmpdir(), 'thicket-covers-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The share of nodes whose weight a package has after such an import. */
async function coveredAfter(...flags: string[]): Promise<number> {
  const out = join(directory, `model${flags.length}.thicket`);
  expect(await run('import', MODEL, '--out', out, ...flags)).toMatchObject({ code: 0 });
  const [ensemble] = (await readPackage(out)).ensembles;
  return ensemble!.covers.length / (ensemble!.feature.length + ensemble!.leafValues.length);
}

test('import --covers keeps the weight of every node, and import alone keeps none', async () => {
  expect(await coveredAfter('--covers')).toBe(1);
  expect(await coveredAfter()).toBe(0);
});
