import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  ADDON_ARRAY_NAMES,
  ENSEMBLE_ARRAYS,
  type EnsembleArray,
} from '../../src/forest/ensemble-arrays.ts';

/** C++ words for the same: of elements, and of what an array has an entry for. */
const ELEMENTS = new Map<unknown, string>([
  [Uint8Array, 'std::uint8_t'],
  [Int32Array, 'std::int32_t'],
  [Uint32Array, 'std::uint32_t'],
  [Float64Array, 'double'],
]);
const EXTENTS: Readonly<Record<string, string>> = {
  tree: 'kTree',
  'inner node': 'kInnerNode',
  leaf: 'kLeafNumber',
  output: 'kOutput',
};

test('both tables of arrays name the same ones, in the same order, of the same types and lengths', () => {
  const view = readFileSync('native/forest/view/view.h', 'utf8');
  const table = readFileSync('native/forest/view/ensemble_arrays.h', 'utf8');
  const entry = /EnsembleArray\{"(\w+)", &EnsembleView::(\w+), Per::(\w+)(, true)?\}/g;
  const native = Array.from(table.matchAll(entry), ([, name, member, per, mayBeEmpty]) => ({
    name,
    element: new RegExp(`std::span<const ([\\w:]+)> ${member};`).exec(view)?.[1],
    per,
    mayBeEmpty: mayBeEmpty !== undefined,
  }));
  const own = ADDON_ARRAY_NAMES.map((name) => {
    const { of, per, mayBeEmpty }: EnsembleArray = ENSEMBLE_ARRAYS[name];
    return { name, element: ELEMENTS.get(of), per: EXTENTS[per], mayBeEmpty: mayBeEmpty === true };
  });
  expect(native).toEqual(own);
});
