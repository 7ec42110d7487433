import { expect, test } from 'vitest';
import { loadModel } from '../../../src/import/load-model.ts';
import { featuresByRow } from '../../support/features-by-row.ts';
import { modelPath, rowFor, sklearnFixtures } from '../../support/sklearn-fixtures.ts';

/** Of numbers that powers, logarithms and BLAS's sums made: these round in an order of their own. */
const RELATIVE_ERROR_MAX = 1e-9;
/** A difference of nearly equal numbers keeps the error of the larger ones. */
const ABSOLUTE_ERROR_MAX = 1e-12;

const shown = sklearnFixtures().filter(({ features }) => features !== null);

test('most fixtures of preparation show what reaches the trees', () => {
  expect(shown.length).toBeGreaterThan(100);
});

test.each(shown.map((fixture) => ({ title: fixture.title, fixture })))(
  '$title: what reaches the trees is what the library gives them, bit for bit',
  async ({ fixture }) => {
    const model = await loadModel(modelPath(fixture));
    const expected = fixture.features!.map((row) =>
      row.map((x) => (x === null ? NaN : Number(String(x).replace('inf', 'Infinity')))),
    );
    const seen = expected.map((_, at) =>
      featuresByRow(model, rowFor(fixture, model, fixture.inputs[at]!)),
    );
    if (!fixture.transcendental) {
      // Zeros of both signs are one number to every tree.
      expect(seen.map((row) => row.map((x) => x + 0))).toStrictEqual(
        expected.map((row) => row.map((x) => x + 0)),
      );
      return;
    }
    seen.forEach((row, at) => {
      expect(row).toHaveLength(expected[at]!.length);
      row.forEach((x, column) => {
        const right = expected[at]![column]!;
        const allowed = RELATIVE_ERROR_MAX * Math.abs(right) + ABSOLUTE_ERROR_MAX;
        expect(Math.abs(x - right), `row ${at}, column ${column}`).toBeLessThanOrEqual(allowed);
      });
    });
  },
);
