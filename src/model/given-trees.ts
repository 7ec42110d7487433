import { ENSEMBLE_ARRAYS, ENSEMBLE_ARRAY_NAMES } from '../forest/ensemble-arrays.ts';
import type { PackedArray } from './package/arrays.ts';
import type { Ensemble, Model } from './model.ts';

/**
 * The memory of a model's trees that nothing but its trees uses: what may be freed once forests are built of
 * them. An array that shares its memory, with a column of the same file or a stage, is none of these.
 */
export function treeArraysToFree(model: Model): readonly PackedArray[] {
  const { ensembles, ...rest } = model;
  const others = new Set<ArrayBufferLike>();
  addBuffers(rest, others);
  const arrays = new Map<ArrayBufferLike, PackedArray>();
  for (const array of ensembles.flatMap(nodeArrays)) {
    const { buffer, byteLength } = array;
    if (byteLength === buffer.byteLength && !others.has(buffer)) arrays.set(buffer, array);
    else others.add(buffer);
  }
  return [...arrays.values()].filter(({ buffer }) => !others.has(buffer));
}

/** Those that grow with the trees: all else of an ensemble is small. */
function nodeArrays(ensemble: Ensemble): readonly PackedArray[] {
  return ENSEMBLE_ARRAY_NAMES.filter((name) =>
    ['inner node', 'leaf', 'node'].includes(ENSEMBLE_ARRAYS[name].per),
  ).map((name) => ensemble[name]);
}

function addBuffers(value: unknown, into: Set<ArrayBufferLike>): void {
  if (ArrayBuffer.isView(value)) into.add(value.buffer);
  else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) addBuffers(part, into);
  }
}
