/**
 * The arrays of an ensemble, each said once: types, checks, packages, the addon's spec and the bench follow
 * this table, and a new array is a line here. (native/forest/view/view.h has the same of those that
 * the addon reads.)
 *
 * Trees are parallel arrays over inner nodes and leaves. A child (and a root) is the number of an inner node
 * when it is >= 0, and ~leaf (so -1 is leaf 0) when it is negative. Children come after their parent, and
 * every inner node and leaf has exactly one parent (or is exactly one tree's root).
 */
export const ENSEMBLE_ARRAYS = {
  roots: { of: Int32Array, per: 'tree' },
  feature: { of: Uint32Array, per: 'inner node' },
  /** Not NaN; infinities are allowed. */
  threshold: { of: Float64Array, per: 'inner node' },
  left: { of: Int32Array, per: 'inner node' },
  right: { of: Int32Array, per: 'inner node' },
  /** 1 where a missing value goes left, 0 where it goes right. */
  missingLeft: { of: Uint8Array, per: 'inner node' },
  /** Training rows that visited the node, for layout; empty where the source does not say. */
  visits: { of: Float64Array, per: 'inner node', mayBeEmpty: true },
  /** A leaf holds a number for each output; where `treeOutputs` says its tree's output, one number. */
  leafValues: { of: Float64Array, per: 'leaf' },
  /** The start of a row's sum; then the trees are added in order. */
  base: { of: Float64Array, per: 'output' },
  /** The one output that each tree adds to; empty where every leaf holds a number for each output. */
  treeOutputs: { of: Uint32Array, per: 'tree', mayBeEmpty: true },
  /** The training weight that came to each inner node, then to each leaf; empty where it was not asked for. */
  covers: { of: Float64Array, per: 'node', mayBeEmpty: true, isExtra: true },
} as const satisfies Readonly<Record<string, EnsembleArray>>;

export interface EnsembleArray {
  readonly of: ArrayType;
  readonly per: ArrayExtent;
  readonly mayBeEmpty?: true;
  /** Only explanations read it: the addon does not, and packages leave it out where it is empty. */
  readonly isExtra?: true;
}

type ArrayType =
  Uint8ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor | Float64ArrayConstructor;

/** An array has one entry for each of these (of a leaf, one for each of its numbers). */
export type ArrayExtent = 'tree' | 'inner node' | 'leaf' | 'node' | 'output';

export type EnsembleArrayName = keyof typeof ENSEMBLE_ARRAYS;

export const ENSEMBLE_ARRAY_NAMES = Object.keys(ENSEMBLE_ARRAYS) as readonly EnsembleArrayName[];

/** The arrays that the addon reads, in the order of its own table. */
export const ADDON_ARRAY_NAMES = ENSEMBLE_ARRAY_NAMES.filter((name) => !isExtra(name));

export function isExtra(name: EnsembleArrayName): boolean {
  const array: EnsembleArray = ENSEMBLE_ARRAYS[name];
  return array.isExtra === true;
}

export type EnsembleArrays = {
  readonly [Name in EnsembleArrayName]: (typeof ENSEMBLE_ARRAYS)[Name]['of']['prototype'];
};

/** Something of each array, by its name. */
export function ofEachArray<T>(make: (name: EnsembleArrayName) => T): Record<EnsembleArrayName, T> {
  const entries = ENSEMBLE_ARRAY_NAMES.map((name) => [name, make(name)]);
  return Object.fromEntries(entries) as Record<EnsembleArrayName, T>;
}
