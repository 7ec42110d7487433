import { refuse } from '../refuse.ts';
import { Account } from './account.ts';
import { readWrappedArray } from './joblib.ts';
import { type BuildHook, PickleMachine } from './machine.ts';
import { opcodeOf } from './opcodes.ts';
import { Reader } from './reader.ts';
import type { PickleObject, PickleValue } from './values.ts';

/** Steps of one stream. A forest of 10,000 trees takes under 2 million; this many end in a second. */
export const OPCODES_MAX = 50_000_000;

/** Before 0.21 scikit-learn carried a joblib of its own. */
const WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper$/;

const STOP = '.'.charCodeAt(0);

/**
 * The one value of a pickle or an uncompressed joblib file, as plain data. Nothing that the file names
 * is looked up, imported or called.
 */
export function loadPickle(bytes: Buffer): PickleValue {
  const account = new Account(bytes.length);
  return runStream(new Reader(bytes), account, onBuild);
}

/** joblib puts an array's bytes right behind the wrapper that stands for it in the stream. */
function onBuild(object: PickleObject, { reader, account }: PickleMachine): PickleValue {
  return WRAPPER.test(object.type.path)
    ? readWrappedArray(object, reader, account, () => runStream(reader, account, keep))
    : object;
}

/** Inside an array of objects is a plain pickle: wrappers mean nothing there, so nothing nests. */
const keep: BuildHook = (object) => object;

function runStream(reader: Reader, account: Account, hook: BuildHook): PickleValue {
  const machine = new PickleMachine(reader, account, hook);
  for (let count = 0; count < OPCODES_MAX; count++) {
    const at = reader.at;
    const code = reader.uint8();
    if (code === STOP) return machine.pop();
    opcodeOf(code, at)(machine);
  }
  refuse(`The file takes more than ${OPCODES_MAX} steps to read`);
}
