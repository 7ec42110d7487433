import type { LogitStage } from '../model/stages.ts';
import type { ImportedModel } from './build/imported-model.ts';
import { filesBeside } from './python/beside.ts';
import { isPickle, loadPickle } from './python/pickle/load.ts';
import { isZip } from './python/skops/archive.ts';
import { loadSkops } from './python/skops/load.ts';
import { refuse } from '../model/refuse.ts';
import { foreignFormatOf } from '../table/foreign-formats.ts';
import { HEAD_BYTES } from '../table/source.ts';
import { importSklearn } from './sklearn/import.ts';

/** A file's content, unpacked, with what its importer may ask for. */
export interface Source {
  readonly bytes: Buffer;
  /** Where the file lies: old joblib keeps arrays in files beside it. */
  readonly folder: string;
  readonly bytesMax: number;
  /** Which model is meant where a file holds several. */
  readonly key?: string | undefined;
  /** Keeps the training weight of every node. */
  readonly keepsCovers: boolean;
  readonly logitForm?: LogitStage['form'] | undefined;
  /** Called when the bytes are plain data, before they become a model. */
  readonly onParsed: () => void;
}

/** A format that is known: read, or named for what it is with the way out. */
type Format = KnownFormat & (FormatThatIsRead | FormatThatIsNot);

interface KnownFormat {
  /** Follows "The file is ". */
  readonly name: string;
  /** True for bytes that begin so. The name of the file does not count: people rename files. */
  readonly detect: (bytes: Buffer) => boolean;
}

interface FormatThatIsRead {
  readonly load: (source: Source) => Promise<ImportedModel>;
}

interface FormatThatIsNot {
  readonly wayOut: string;
}

const READ = 'models of scikit-learn are read (pickle, joblib and skops files)';
const NOT_READ = `it is not read yet: ${READ}`;
const CONVERTED = 'it is not read yet: import the scikit-learn file that it was converted from';

/* oxlint-disable no-control-regex -- these are bytes of binary files. */
/** Every format that is known, read or not. The first that fits is taken, so vague ones come last. */
export const FORMATS: readonly Format[] = [
  {
    name: 'an Excel workbook',
    detect: (bytes) => foreignFormatOf(bytes.subarray(0, HEAD_BYTES))?.name === 'an Excel workbook',
    wayOut: `it holds rows and no model: ${READ}`,
  },
  {
    name: 'a skops file',
    detect: isZip,
    load: async (source) => {
      const value = await loadSkops(source.bytes, source.bytesMax);
      source.onParsed();
      return importSklearn(value, source);
    },
  },
  {
    name: 'a pickle',
    detect: isPickle,
    load: async (source) => {
      const value = loadPickle(source.bytes, filesBeside(source.folder, source.bytesMax));
      source.onParsed();
      return importSklearn(value, source);
    },
  },
  // Lengths in UBJSON are bytes, so a JSON text never looks like this.
  {
    name: 'an XGBoost model in UBJSON',
    detect: begins(/^\{[iUIlL][\0-\x1f]{1,8}(?:learner|version)/),
    wayOut: NOT_READ,
  },
  {
    name: 'an XGBoost model in JSON',
    detect: begins(/^\s*\{\s*"(?:learner|version)"\s*:/),
    wayOut: NOT_READ,
  },
  {
    name: "an XGBoost model in XGBoost's old binary format",
    detect: begins(/^binf|^[^]{100,400}\0{4}(?:gbtree|gblinear|dart)/),
    wayOut: NOT_READ,
  },
  { name: 'a LightGBM text model', detect: begins(/^tree\r?\n/), wayOut: NOT_READ },
  {
    name: "LightGBM's JSON dump of a model",
    detect: begins(/^\s*\{\s*"name"\s*:\s*"tree"/),
    wayOut: NOT_READ,
  },
  {
    name: 'a CatBoost model',
    detect: begins(/^CBM1|^\s*\{\s*"(?:features_info|oblivious_trees|model_info)"\s*:/),
    wayOut: NOT_READ,
  },
  {
    // A protobuf message: the version of its format, then any of the fields that follow it.
    name: 'an ONNX model',
    detect: begins(/^\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]/),
    wayOut: CONVERTED,
  },
  {
    name: 'a PMML document',
    detect: begins(/^(?:\xef\xbb\xbf)?\s*<[^]*\bPMML\b/),
    wayOut: CONVERTED,
  },
  {
    name: 'an HTML page',
    detect: begins(/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b/i),
    wayOut:
      'the address that it came from answers with a page for people: download the model file itself',
  },
  {
    name: 'a pointer of Git LFS',
    detect: begins(/^version https:\/\/git-lfs/),
    wayOut: 'the model itself is not here: fetch it with "git lfs pull"',
  },
  {
    name: 'a tar archive',
    detect: (bytes) => bytes.toString('latin1', 257, 262) === 'ustar',
    wayOut: 'unpack it first (tar -xf), and name the model file in it',
  },
  { name: 'JSON', detect: begins(/^\s*[{[]/), wayOut: `it is no model that is known: ${READ}` },
  {
    name: 'a table of text',
    detect: begins(/^[^\0-\x08\x0e-\x1f]+[,;\t][^\0-\x08\x0e-\x1f]*\r?\n/),
    wayOut: `it holds rows and no model: ${READ}`,
  },
];

/* oxlint-enable no-control-regex */

/** Bytes of a start that is looked at. */
const START_BYTES = 4096;

function begins(start: RegExp): (bytes: Buffer) => boolean {
  return (bytes) => start.test(bytes.toString('latin1', 0, START_BYTES));
}

/** The model that the bytes hold, by the format that they are of. */
export async function importSource(source: Source): Promise<ImportedModel> {
  const format = FORMATS.find(({ detect }) => detect(source.bytes));
  if (format === undefined) {
    const foreign = foreignFormatOf(source.bytes.subarray(0, HEAD_BYTES));
    const name = foreign === null ? 'no pickle, joblib or skops file' : foreign.name;
    refuse(`The file is ${name}${foreign === null ? '' : `, which holds no model: ${READ}`}`);
  }
  if ('load' in format) return format.load(source);
  refuse(`The file is ${format.name}: ${format.wayOut}`);
}
