import { expect, test } from 'vitest';
import {
  type SourceTree,
  TreeArrays,
  type TreesSize,
  columnOf,
  rangesOf,
} from '../../src/import/build/tree-arrays.ts';

const owner = {
  refuse: (what: string): never => {
    throw new Error(`The tree ${what}`);
  },
};

/** A root with a leaf on its left, and on its right a node with two leaves; nodes stand in no order. */
const SOURCE: SourceTree = {
  nodes: 5,
  left: columnOf([4, -1, -1, 2, -1]),
  right: columnOf([3, -1, -1, 1, -1]),
  feature: columnOf([1, -2, -2, 0, -2]),
  threshold: columnOf([0.5, 0, 0, Infinity, 0]),
  missingLeft: columnOf([1, 0, 0, 0, 0]),
  visits: columnOf([10, 1, 3, 4, 6]),
  covers: columnOf([20, 2, 6, 8, 12]),
  values: [0, 11, 12, 0, 14],
};
const SIZE: TreesSize = {
  trees: 1,
  nodes: 5,
  width: 1,
  features: 2,
  hasVisits: true,
  keepsCovers: true,
};

function collected(source: Partial<SourceTree> = {}, size: Partial<TreesSize> = {}) {
  const room = new TreeArrays({ ...SIZE, ...size });
  room.add({ ...SOURCE, ...source }, owner);
  return room.arrays;
}

test('a tree in any order of nodes is stored parents first, left before right', () => {
  expect(collected()).toEqual({
    roots: Int32Array.of(0),
    feature: Uint32Array.of(1, 0),
    threshold: Float64Array.of(0.5, Infinity),
    left: Int32Array.of(~0, ~1),
    right: Int32Array.of(1, ~2),
    missingLeft: Uint8Array.of(1, 0),
    visits: Float64Array.of(10, 4),
    leafValues: Float64Array.of(14, 12, 11),
    covers: Float64Array.of(20, 8, 12, 6, 2),
  });
});

test('columns are read where the records of a library have them', () => {
  // Records of [threshold, left, right, feature].
  const values = [0.5, 4, 3, 1, 0, -1, -1, -2, 0, -1, -1, -2, Infinity, 2, 1, 0, 0, -1, -1, -2];
  const at = (first: number) => ({ values, first, step: 4 });
  const records = { threshold: at(0), left: at(1), right: at(2), feature: at(3) };
  expect(collected(records)).toEqual(collected());
});

test('a library may know no visits, no covers and no side of missing values', () => {
  const source = { visits: null, covers: null, missingLeft: null };
  const arrays = collected(source, { hasVisits: false, keepsCovers: false });
  expect([arrays.visits.length, arrays.covers.length]).toEqual([0, 0]);
  expect(arrays.missingLeft).toEqual(Uint8Array.of(0, 0));
  expect(arrays.leafValues).toEqual(collected().leafValues);
});

test('trees follow each other, and leaves may hold several numbers', () => {
  const room = new TreeArrays({ ...SIZE, trees: 3, nodes: 11, width: 2 });
  const values = [0, 0, 11, 111, 12, 112, 0, 0, 14, 114];
  const leaf = { ...SOURCE, nodes: 1, left: columnOf([-1]), values: [7, 8] };
  room.add({ ...SOURCE, values }, owner);
  room.add(leaf, owner);
  room.add({ ...SOURCE, values }, owner);
  const { roots, left, right, leafValues } = room.arrays;
  expect(roots).toEqual(Int32Array.of(0, ~3, 2));
  expect(left).toEqual(Int32Array.of(~0, ~1, ~4, ~5));
  expect(right).toEqual(Int32Array.of(1, ~2, 3, ~6));
  expect(leafValues.subarray(0, 8)).toEqual(Float64Array.of(14, 114, 12, 112, 11, 111, 7, 8));
  expect(rangesOf(room.arrays)).toEqual([
    { innerStart: 0, innerEnd: 2, leafStart: 0, leafEnd: 3 },
    { innerStart: 2, innerEnd: 2, leafStart: 3, leafEnd: 4 },
    { innerStart: 2, innerEnd: 4, leafStart: 4, leafEnd: 7 },
  ]);
});

test.each<[string, Partial<SourceTree>, string]>([
  ['a circle', { left: columnOf([3, -1, -1, 3, -1]) }, 'runs in circles'],
  ['a child beyond the nodes', { right: columnOf([5, -1, -1, 1, -1]) }, 'child 5 is none of its 5'],
  ['the root as a child', { right: columnOf([0, -1, -1, 1, -1]) }, 'child 0 is none of its 5'],
  [
    'nodes that nothing leads to',
    { left: columnOf([-1, -1, -1, 2, -1]) },
    'which 1 can be reached',
  ],
  ['a feature that is not there', { feature: columnOf([2, 0, 0, 0, 0]) }, 'feature 2 of 2'],
  ['half a feature', { feature: columnOf([0.5, 0, 0, 0, 0]) }, 'feature 0.5 of 2'],
  ['no threshold', { threshold: columnOf([Number.NaN, 0, 0, 0, 0]) }, 'is not a number'],
  ['a leaf without end', { values: [0, Infinity, 0, 0, 0] }, 'value is no finite number'],
  ['a cover without end', { covers: columnOf([Infinity, 1, 1, 1, 1]) }, 'weight is no number'],
])('a tree with %s is refused', (_, damage, sentence) => {
  expect(() => collected(damage)).toThrow(sentence);
});
