import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { packageDigest, readPackage } from '../../src/model/package/package.ts';
import { expectedAnswer } from '../support/agreement.ts';
import { rowFor, sklearnFixtures } from '../support/sklearn-fixtures.ts';

const PACKAGES = join('test', 'model', 'packages');
const GOLDEN_ROWS = 64;

/** Packages as `thicket import` wrote them, each of the fixture of scikit-learn that is named beside it. */
const COMMITTED = [
  [
    '2',
    'regressor-array-1.6.1',
    'd71a1f7a456d70ef12d571c4e9d014fd420768baeace6fa6c72cd24e8ef5d0d7',
  ],
  [
    '2',
    'stacking-forests-1.9.1',
    'b9f349c96780a639b9ea0468fc2770fe488196a22e6ee11aec0989f1b12db097',
  ],
  [
    '2',
    'mixed-categories-1.7.2',
    'a0f62a0589e14efc3820e2fb14874da51de7d2cba7ca1fb2848d00ee74e30b72',
  ],
  ['2', 'imputed-texts-1.9.1', 'd9109e9f1683e07d3b6e521d069a5c8b61cbaa79338b8cad8b919dadbf6aafe2'],
  ['2', 'hist-texts-1.9.1', '639bd464df90431171b9551af32659dfc37938610d19d2c1eab2f8c05d9d3d92'],
] as const;

const fixtures = sklearnFixtures();

// The digests hold the files still: a change of the format must read them and may not write them anew.
test.each(COMMITTED)(
  'format version %s loads for ever, with its golden rows and the library’s answers: %s',
  async (version, title, digest) => {
    const path = join(PACKAGES, `version-${version}`, `${title}.thicket`);
    expect(await packageDigest(path)).toBe(digest);
    const model = await readPackage(path);
    expect(model.golden.inputs).toHaveLength(GOLDEN_ROWS);
    const addon = loadAddon();
    // Building refuses a model whose golden rows it does not answer to the bit.
    const live = createLiveModel(model, { addon, extraFields: 'ignore' });
    try {
      const fixture = fixtures.find((each) => each.title === title)!;
      const rows = fixture.inputs.map((row) => live.validateList(rowFor(fixture, model, row)));
      expect(live.answer(rows)).toEqual(rows.map((_, row) => expectedAnswer(fixture, row)));
    } finally {
      live.close();
    }
    expect(addon.liveForests()).toBe(0);
  },
);

test('a package of version 2 with sums of float32 and covers loads for ever', async () => {
  // No library of the fixtures sums in float32: the package is of the small model of these tests.
  const path = join(PACKAGES, 'version-2', 'float32-sums-covers.thicket');
  expect(await packageDigest(path)).toBe(
    'e0cb4e6cea013b84ad3299a2481651725f38032b5a12f88c3776b68b2ff115a7',
  );
  const model = await readPackage(path);
  const [ensemble] = model.ensembles;
  expect(ensemble).toMatchObject({
    sums: 'float32',
    base: Float64Array.of(0.1, -0.1),
    covers: Float64Array.of(100, 60, 100, 25, 35, 40, 48, 52),
  });
  const { raw } = model.golden;
  expect(raw).toHaveLength(2 * GOLDEN_ROWS);
  expect(raw).toEqual(raw.map(Math.fround));
  const addon = loadAddon();
  // Building proves the golden rows, and another package's bits would be refused.
  createLiveModel(model, { addon, extraFields: 'ignore' }).close();
  const inFloat64 = { ...model, ensembles: [{ ...ensemble!, sums: 'float64' as const }] };
  expect(() => createLiveModel(inFloat64, { addon, extraFields: 'ignore' })).toThrow(/raw score/);
  expect(addon.liveForests()).toBe(0);
});
