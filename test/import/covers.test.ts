import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importModel, readModel } from '../../src/import/load-model.ts';
import type { Ensemble } from '../../src/model/model.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { SKLEARN_FIXTURES } from '../support/sklearn-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'thicket-covers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): string => join(SKLEARN_FIXTURES, name);
const WEIGHTED = 'trees/weighted-bool-labels/1.5.1.pkl';
/** Every importer of trees. */
const FILES = [
  WEIGHTED,
  'trees/best-first/1.9.1.pkl',
  'boosting/boosted-three-classes/1.9.1.joblib',
  'ensembles/ada-two-classes/1.6.1.joblib',
  'ensembles/bagged-classes/1.9.1.joblib',
  'ensembles/isolation/1.9.1.joblib',
  'histograms/hist-codes/1.9.1.joblib',
];

/** The cover of a child: an inner node's, or a leaf's behind those of all inner nodes. */
function coverOf({ covers, feature }: Ensemble, child: number): number {
  return covers[child >= 0 ? child : feature.length + ~child]!;
}

test.each(FILES)('%s: a node covers as much as both of its children', async (name) => {
  const { ensembles } = await importModel(fixture(name), { covers: true });
  expect(ensembles.length).toBeGreaterThan(0);
  for (const ensemble of ensembles) {
    const { feature, left, right, covers, leafValues, outputs, treeOutputs } = ensemble;
    const leaves = leafValues.length / (treeOutputs.length === 0 ? outputs : 1);
    expect(covers).toHaveLength(feature.length + leaves);
    feature.forEach((_, node) => {
      const both = coverOf(ensemble, left[node]!) + coverOf(ensemble, right[node]!);
      expect(both).toBeCloseTo(covers[node]!, 9);
    });
    expect(covers.every((cover) => cover > 0)).toBe(true);
  }
});

test('covers are sums of weights, where visits count rows', async () => {
  const { ensembles } = await importModel(fixture(WEIGHTED), { covers: true });
  const [{ covers, visits }] = ensembles as [Ensemble];
  expect(covers.subarray(0, visits.length)).not.toEqual(visits);
});

test.each(FILES)(
  '%s: without the option nothing is kept, and all else is the same',
  async (name) => {
    const plain = await importModel(fixture(name));
    const covered = await importModel(fixture(name), { covers: true });
    const none = new Float64Array();
    expect(plain.ensembles).toEqual(covered.ensembles.map((each) => ({ ...each, covers: none })));
    expect(plain.stages).toEqual(covered.stages);
  },
);

test('a package keeps its covers, and one without them says so where they are asked for', async () => {
  const [plain, covered] = [join(folder, 'plain.thicket'), join(folder, 'covered.thicket')];
  const model = await importModel(fixture(WEIGHTED), { covers: true });
  await writePackage(covered, model);
  await writePackage(plain, await importModel(fixture(WEIGHTED)));
  expect((await readModel(covered, { covers: true })).model.ensembles).toEqual(model.ensembles);
  await expect(readModel(plain, { covers: true })).rejects.toMatchObject({
    code: 'MODEL_REFUSED',
    message: `${plain} is a package without covers: import its model file again with --covers.`,
  });
});
