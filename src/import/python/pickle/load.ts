import { ThicketError } from '../../../core/errors.ts';
import { refuse } from '../../../model/refuse.ts';
import { Account } from './memory-budget.ts';
import { type ReadBeside, readArrayBeside, readWrappedArray } from './joblib.ts';
import { type BuildHook, PickleMachine } from './machine.ts';
import { opcodeOf } from './opcodes.ts';
import { Reader } from './reader.ts';
import type { PickleValue } from './values.ts';

/** Steps of one file. A forest of 10,000 trees takes under 2 million; this many end in a second. */
export const OPCODES_MAX = 50_000_000;

/** Objects that one file holds side by side: people dump a model and a few things beside it. */
export const OBJECTS_MAX = 1000;

/** Before 0.21 scikit-learn carried a joblib of its own. */
const WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper$/;
/** Before 0.10 joblib put every array into a file of its own. */
const OLD_WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle(?:_compat)?\.Z?NDArrayWrapper$/;

const STOP = '.'.charCodeAt(0);

/** Other programs pad a file with these; no opcode looks like them. */
const PADDING: ReadonlySet<number> = new Set(Buffer.from('\0\t\n\r '));

/**
 * The value of a pickle or an uncompressed joblib file, as plain data; a list of values where several dumps
 * wrote one file. Nothing that the file names is looked up, imported or called.
 */
export function loadPickle(bytes: Buffer, beside: ReadBeside = nothingBeside): PickleValue {
  const account = new Account(bytes.length);
  const run: Run = { reader: new Reader(bytes), account, opcodesLeft: OPCODES_MAX };
  /** joblib puts an array's bytes right behind the wrapper that stands for it in the stream. */
  const onBuild: BuildHook = (object, { reader }) => {
    const { path } = object.type;
    if (WRAPPER.test(path)) {
      return readWrappedArray(object, reader, account, () => runStream(run, keep));
    }
    return OLD_WRAPPER.test(path) ? readArrayBeside(object, beside) : object;
  };
  const first = runStream(run, onBuild);
  skipPadding(run.reader);
  if (run.reader.left === 0) return first;
  const values = [first];
  while (run.reader.left > 0) {
    if (values.length === OBJECTS_MAX) refuse(`The file holds more than ${OBJECTS_MAX} objects`);
    values.push(nextValue(run, onBuild));
    skipPadding(run.reader);
  }
  return values;
}

function skipPadding(reader: Reader): void {
  while (reader.left > 0 && PADDING.has(reader.bytes[reader.at]!)) reader.at += 1;
}

/** Python reads the first object and stops; a step that the model was trained behind may follow it. */
function nextValue(run: Run, onBuild: BuildHook): PickleValue {
  const start = run.reader.at;
  try {
    return runStream(run, onBuild);
  } catch (error) {
    if (!(error instanceof ThicketError)) throw error;
    const reason = error.message.replace(/\.$/, '');
    return refuse(
      `The file goes on at byte ${start} behind its first object, and that cannot be read (${reason}): ` +
        'save the model into a file of its own',
      error,
    );
  }
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

/** One file under way: its streams share what they may take. */
interface Run {
  readonly reader: Reader;
  readonly account: Account;
  opcodesLeft: number;
}

function runStream(run: Run, hook: BuildHook): PickleValue {
  const { reader } = run;
  const machine = new PickleMachine(reader, run.account, hook);
  for (; run.opcodesLeft > 0; run.opcodesLeft--) {
    const at = reader.at;
    const code = reader.uint8();
    if (code === STOP) return machine.pop();
    opcodeOf(code, at)(machine);
  }
  refuse(`The file takes more than ${OPCODES_MAX} steps to read`);
}
