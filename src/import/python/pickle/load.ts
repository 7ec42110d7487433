import { refuse } from '../../../model/refuse.ts';
import { Account } from './memory-budget.ts';
import { type ReadBeside, readArrayBeside, readWrappedArray } from './joblib.ts';
import { type BuildHook, PickleMachine } from './machine.ts';
import { opcodeOf } from './opcodes.ts';
import { Reader } from './reader.ts';
import type { PickleValue } from './values.ts';

/** Steps of one stream. A forest of 10,000 trees takes under 2 million; this many end in a second. */
export const OPCODES_MAX = 50_000_000;

/** Before 0.21 scikit-learn carried a joblib of its own. */
const WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper$/;
/** Before 0.10 joblib put every array into a file of its own. */
const OLD_WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle(?:_compat)?\.Z?NDArrayWrapper$/;

const STOP = '.'.charCodeAt(0);

/**
 * The one value of a pickle or an uncompressed joblib file, as plain data. Nothing that the file names
 * is looked up, imported or called.
 */
export function loadPickle(bytes: Buffer, beside: ReadBeside = nothingBeside): PickleValue {
  const account = new Account(bytes.length);
  /** joblib puts an array's bytes right behind the wrapper that stands for it in the stream. */
  const onBuild: BuildHook = (object, { reader }) => {
    const { path } = object.type;
    if (WRAPPER.test(path)) {
      return readWrappedArray(object, reader, account, () => runStream(reader, account, keep));
    }
    return OLD_WRAPPER.test(path) ? readArrayBeside(object, beside) : object;
  };
  return runStream(new Reader(bytes), account, onBuild);
}

const PICKLE_STARTS: ReadonlySet<number> = new Set([0x80, ...Buffer.from('(]}')]);
/** A name on two lines; a table whose first column begins with "c" is none. */
const NAME_START = /^c[\w.]+\n[\w.]+\n/;
const NAME_BYTES_MAX = 400;

/** Every pickle since protocol 2 begins with 0x80; older ones with a collection or a name. */
export function isPickle(bytes: Buffer): boolean {
  if (PICKLE_STARTS.has(bytes[0] ?? 0)) return true;
  return NAME_START.test(bytes.toString('latin1', 0, NAME_BYTES_MAX));
}

const nothingBeside: ReadBeside = (name) =>
  refuse(`The file keeps an array in ${JSON.stringify(name)}, and no files are beside it`);

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
