import { deserialize, serialize } from 'node:v8';

import {
  ENSEMBLE_ARRAYS,
  type EnsembleArray,
  type EnsembleArrays,
  ofEachArray,
} from '../../forest/ensemble-arrays.ts';
import type { Ensemble, Model } from '../model.ts';
import type { Head } from './head.ts';
import { type HeadOfModel, compileHeadAlone } from './plan.ts';

/**
 * A head for other threads. Functions stay in the thread that compiled them, so each thread compiles its own
 * from these bytes, which all threads read where they stand.
 */
export interface SharedHead {
  /** One number for each head that this thread has shared. */
  readonly id: number;
  /** Word 0 is CLOSED once the model is closed; the serialized model follows, without its trees. */
  readonly memory: SharedArrayBuffer;
}

const OPEN = 0;
const CLOSED = 1;
const HEADER_BYTES = Int32Array.BYTES_PER_ELEMENT;

let shared = 0;

export function shareHead({ fields, stages, ensembles, answer }: Model): SharedHead {
  const parts: HeadOfModel = { fields, stages, ensembles: ensembles.map(withoutTrees), answer };
  const bytes = serialize(parts);
  const memory = new SharedArrayBuffer(HEADER_BYTES + bytes.length);
  new Uint8Array(memory, HEADER_BYTES).set(bytes);
  return { id: shared++, memory };
}

/** Every thread forgets its own copy of the head as soon as it looks for the next one. */
export function closeHead({ memory }: SharedHead): void {
  Atomics.store(new Int32Array(memory, 0, 1), 0, CLOSED);
}

function isClosed(memory: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(memory, 0, 1), 0) !== OPEN;
}

/** The heads that one thread has compiled, of models that are not closed. */
export class CompiledHeads {
  readonly #heads = new Map<number, { readonly memory: SharedArrayBuffer; readonly head: Head }>();

  of({ id, memory }: SharedHead): Head {
    for (const [other, each] of this.#heads) if (isClosed(each.memory)) this.#heads.delete(other);
    const known = this.#heads.get(id);
    if (known !== undefined) return known.head;
    // A copy: the deserializer refuses memory that another thread could change.
    const bytes = Uint8Array.from(new Uint8Array(memory, HEADER_BYTES));
    const head = compileHeadAlone(deserialize(bytes) as HeadOfModel);
    this.#heads.set(id, { memory, head });
    return head;
  }
}

/** One leaf in the place of the trees: of an ensemble the head only reads how many outputs of which type it has. */
function withoutTrees(ensemble: Ensemble): Ensemble {
  const { outputs } = ensemble;
  const lengths = { tree: 1, 'inner node': 0, leaf: outputs, node: 1, output: outputs };
  const arrays = ofEachArray((name) => {
    const { of, per, mayBeEmpty }: EnsembleArray = ENSEMBLE_ARRAYS[name];
    return new of(mayBeEmpty === true ? 0 : lengths[per]);
  }) as EnsembleArrays;
  return { ...ensemble, ...arrays, roots: Int32Array.of(~0) };
}
