import { expect, test } from 'vitest';

import { treeArraysToFree } from '../../src/model/given-trees.ts';
import type { Ensemble, Model } from '../../src/model/model.ts';
import { tinyModel } from '../support/tiny-model.ts';

const NODE_ARRAYS = 8;

test('the arrays of every ensemble may be freed', () => {
  const model = twoForests();
  const arrays = treeArraysToFree(model);
  expect(arrays).toHaveLength(NODE_ARRAYS * model.ensembles.length);
  for (const { threshold, leafValues } of model.ensembles) {
    expect(arrays).toContain(threshold);
    expect(arrays).toContain(leafValues);
  }
});

test('an array that two ensembles have is freed once', () => {
  const model = twoForests();
  const [first, second] = model.ensembles as [Ensemble, Ensemble];
  const { missingLeft } = first;
  const sharing = withEnsembles(model, [first, { ...second, missingLeft }]);
  const arrays = treeArraysToFree(sharing);
  expect(arrays.filter((array) => array === missingLeft)).toHaveLength(1);
  expect(arrays).toHaveLength(NODE_ARRAYS * model.ensembles.length - 1);
});

test.each([
  {
    name: 'a part of a longer buffer is left alone, and so is the whole of it',
    change: ({ threshold }: Ensemble) => {
      const buffer = new ArrayBuffer(2 * threshold.byteLength);
      const part = new Float64Array(buffer, 0, threshold.length);
      return { threshold: part, visits: new Float64Array(buffer) };
    },
    left: ['threshold', 'visits'],
  },
  {
    name: 'what the golden rows share is left alone',
    change: (_: Ensemble, { golden }: Model) => ({ leafValues: golden.raw }),
    left: ['leafValues'],
  },
  {
    name: 'what a stage shares is left alone',
    change: (_: Ensemble, { stages }: Model) => {
      const scale = stages.find((stage) => stage.kind === 'scale')!;
      return { visits: new Float64Array(scale.divisors!.buffer) };
    },
    left: ['visits'],
  },
])('$name', ({ change, left }) => {
  const model = tinyModel();
  const [ensemble] = model.ensembles;
  const changed = { ...ensemble!, ...change(ensemble!, model) };
  const arrays = treeArraysToFree(withEnsembles(model, [changed]));
  expect(arrays).toHaveLength(NODE_ARRAYS - left.length);
  for (const name of left) expect(arrays).not.toContain(changed[name as keyof Ensemble]);
});

function twoForests(): Model {
  return withEnsembles(tinyModel(), [...tinyModel().ensembles, ...tinyModel().ensembles]);
}

function withEnsembles(model: Model, ensembles: readonly Ensemble[]): Model {
  return { ...model, ensembles };
}
