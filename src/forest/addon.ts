import type { EnsembleArrays } from './ensemble-arrays.ts';

/**
 * The contract with C++: all that JavaScript may ask of the addon. A test compares this list with
 * what the binary exports. Typed arrays are read in place and never kept: after a call returns, the
 * caller may reuse them. Every array is checked (type, length, values) before C++ trusts a number;
 * a violation is a thrown `Error` whose `code` is `FOREST_INVALID` and whose message is one sentence.
 * Arrays on a SharedArrayBuffer are refused: another thread could change a number after its check.
 * Leaf values and bases must be finite. Too little memory is an `Error` with code `FOREST_MEMORY`.
 */
export interface Addon {
  /** Checks, compiles and registers a forest for the whole process; the caller owns one use of it. */
  buildForest(spec: ForestSpec): ForestHandle;
  /**
   * Gives the memory of these arrays back to the system at once, where the garbage collector would do it some
   * day. They have length 0 from then on, so no other code may still read them. Only for arrays that are alone
   * on their buffer, and use all of it.
   */
  freeArrays(arrays: readonly (Float64Array | Int32Array | Uint32Array | Uint8Array)[]): void;
  /**
   * Adds a use: take one for a receiver before its handle is posted to another thread. It belongs to
   * no thread and outlives the one that took it; its taker must release it, in any thread.
   */
  retainForest(handle: ForestHandle): void;
  /**
   * Lets one use go; the memory is freed when the last use is gone and no call is running. A thread
   * that ends without it gives back the uses of the forests that it built, and only those.
   */
  releaseForest(handle: ForestHandle): void;
  /**
   * Raw scores of `rows` encoded rows: `numbers` is rows x numberSlots, `codes` rows x codeSlots and
   * `raw` rows x outputs, all row-major; of longer arrays the rest is left alone. Bit for bit what
   * `scoreReference` computes.
   */
  scoreRows(
    handle: ForestHandle,
    rows: number,
    numbers: Float64Array,
    codes: Int32Array,
    raw: Float64Array,
  ): void;
  /**
   * The same by up to `threads` threads, this one among them; the others start and end with the call. For
   * batches whose work is worth some: a start takes some 20 us.
   */
  scoreRowsByThreads(
    handle: ForestHandle,
    rows: number,
    numbers: Float64Array,
    codes: Int32Array,
    raw: Float64Array,
    threads: number,
  ): void;
  /** The same answers by the slow road: features in floating point, one node at a time. The judge. */
  scoreReference(
    spec: ForestSpec,
    rows: number,
    numbers: Float64Array,
    codes: Int32Array,
    raw: Float64Array,
  ): void;
  describeForest(handle: ForestHandle): ForestDescription;
  /** Nanoseconds of the native clock per run of `scoreRows` on these rows, `runs` figures. */
  timeRows(
    handle: ForestHandle,
    rows: number,
    numbers: Float64Array,
    codes: Int32Array,
    runs: number,
  ): Float64Array;
  /** Forests alive in this process, for leak tests and metrics. */
  liveForests(): number;
  /**
   * From here on the loaded library at this path reads the sockets that this thread accepts through
   * native/door, one whole message at a time. Null where it makes no such calls. Once a thread.
   */
  openDoor(library: string, keeper: DoorKeeper): DoorMemory | null;
}

/** Called in the middle of a read: neither may throw. */
export interface DoorKeeper {
  /** The bytes of the reply to a message with this fault (native/door/message.h), sent to this port. */
  refusal(fault: number, port: number): string;
  /** More has come on a connection that is busy: it must not be read for now. */
  pause(descriptor: number): void;
}

/** Shared with C++, so that a request costs no call. */
export interface DoorMemory {
  /** At 0 the descriptor of the connection that is being read. */
  readonly current: Int32Array;
  /** By descriptor: 1 while a request waits for its reply. */
  readonly busy: Uint8Array;
}

/** A process-wide number, valid in every thread until its last use is released. */
export type ForestHandle = number & { readonly __forest: unique symbol };

/** The source of one feature. The order of `steps` is the source library's order of operations. */
export const FEATURE_KIND = { number: 0, table: 1 } as const;

/**
 * Elementary float64 operations on one number x with an operand a, applied in order:
 * replaceMissing: NaN becomes a; subtract: x - a; divide: x / a; multiply: x * a; add: x + a;
 * toFloat32: rounds to the nearest float32 (a is ignored).
 */
export const STEP = {
  replaceMissing: 0,
  subtract: 1,
  divide: 2,
  multiply: 3,
  add: 4,
  toFloat32: 5,
} as const;

/**
 * Features from encoded values, as parallel arrays. Feature f is
 * - kind `number`: `numbers[slot]` through steps `stepStart[f] .. stepStart[f + 1]`;
 * - kind `table`: the entry of `codes[slot]` in `tableValues[tableStart[f] .. tableStart[f + 1]]`,
 *   which holds [missing, unknown, category 0, category 1, ...]: every table of one slot is as long.
 * A feature of the other kind has an empty range. `toFloat32` applies to tables in TypeScript.
 */
export interface FeatureSpec {
  readonly kind: Uint8Array; // features
  readonly slot: Uint32Array; // features
  readonly stepStart: Uint32Array; // features + 1
  readonly stepOp: Uint8Array;
  readonly stepOperand: Float64Array;
  readonly tableStart: Uint32Array; // features + 1
  readonly tableValues: Float64Array;
}

/** Trees as parallel arrays, and how they are read. */
export interface EnsembleSpec extends EnsembleArrays {
  readonly outputs: number;
  /** Goes left when: 0 `x <= threshold`, 1 `x < threshold`. */
  readonly comparison: number;
  /**
   * Sums are made in: 0 float64, 1 float32. With float32 the base is rounded before the first tree and the sum
   * after each, and leaf values must be numbers of that type already.
   */
  readonly sums: number;
}

export interface ForestSpec {
  readonly numberSlots: number;
  readonly codeSlots: number;
  readonly features: FeatureSpec;
  readonly ensemble: EnsembleSpec;
}

export interface ForestDescription {
  readonly trees: number;
  readonly innerNodes: number;
  readonly leaves: number;
  readonly depthMax: number;
  /** Mean inner nodes visited by a row over all trees, weighted by `visits` where there are any. */
  readonly visitsPerRow: number;
  readonly columns: number;
  readonly cutPoints: number;
  readonly bytes: number;
  /** The kernel of calls with fewer than `batchRowsMin` rows. */
  readonly kernel: string;
  /** The kernel of larger calls: tree by tree, all rows down each. */
  readonly batchKernel: string;
  readonly batchRowsMin: number; // More than a call may have where rows alone are faster in any call.
  /** Why these kernels, in one sentence for `show` and `bench`. */
  readonly kernelReason: string;
  /** Times of these and the other kernels at load; empty where `THICKET_KERNEL` chose. */
  readonly kernelTimings: readonly KernelTiming[];
}

export interface KernelTiming {
  readonly kernel: string;
  /** Rows of the timed call; 1 stands for rows that were walked one by one. */
  readonly rows: number;
  readonly nanosPerRow: number;
}
