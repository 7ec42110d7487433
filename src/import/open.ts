import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import type { Model } from '../model/model.ts';
import { filesBeside } from './python/beside.ts';
import { pickleOfFolder } from './mlflow.ts';
import { isPickle, loadPickle } from './python/pickle/load.ts';
import type { PickleValue } from './python/pickle/values.ts';
import { refuse } from './refuse.ts';
import { importSklearn } from './sklearn/import.ts';
import { isZip } from './python/skops/archive.ts';
import { loadSkops } from './python/skops/load.ts';
import { unpack } from './unpack/unpack.ts';

/** Bytes of a model file, unpacked. Node holds no longer buffer, and no forest that serves is larger. */
export const MODEL_BYTES_MAX = 4 * 1024 ** 3;

export interface ImportOptions {
  readonly name?: string;
  readonly target?: string;
  readonly version?: string;
  /** Which model is meant where a file holds several: a path of keys, positions and attributes. */
  readonly key?: string | undefined;
  /** Told how much of the work is done, in [0, 1], where a large file takes seconds. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** A tighter bound than MODEL_BYTES_MAX. */
  readonly bytesMax?: number;
}

const READ_BYTES = 256 * 1024 * 1024;
/** How much is done when the file is read, when it is unpacked, and when it is plain data. */
const READ_SHARE = 0.1;
const UNPACKED_SHARE = 0.5;
const LOADED_SHARE = 0.7;

/**
 * A model from another library's file or folder: a pickle, joblib or skops file of scikit-learn, or an
 * MLflow model folder with one in it. What it is shows in its bytes, whatever it is called. Golden rows need
 * a scored model, so there are none yet.
 */
export async function importModel(path: string, options: ImportOptions = {}): Promise<Model> {
  const bytesMax = Math.min(options.bytesMax ?? MODEL_BYTES_MAX, MODEL_BYTES_MAX);
  const file = await fileOf(path);
  const packed = await readWhole(file, bytesMax);
  const sourceDigest = createHash('sha256').update(packed).digest('hex');
  const onUnpacked = (share: number): void => {
    options.onProgress?.(READ_SHARE + (UNPACKED_SHARE - READ_SHARE) * share);
  };
  onUnpacked(0);
  const bytes = unpack(packed, bytesMax, onUnpacked);
  const value = await loadValue(bytes, dirname(file), bytesMax);
  options.onProgress?.(LOADED_SHARE);
  const { sourceVersion, sourceKind, ...parts } = importSklearn(value, options.key);
  const place = resolve(path);
  return {
    ...parts,
    metadata: {
      name: options.name ?? basename(place, extname(place)),
      version: options.version ?? '1',
      target: options.target ?? 'target',
      sourceLibrary: 'scikit-learn',
      sourceVersion,
      sourceKind,
      sourceDigest,
      createdAt: new Date().toISOString(),
      metrics: {},
    },
    golden: { inputs: [], raw: new Float64Array(0), outputs: new Float64Array(0) },
  };
}

/** What the file holds, as plain data. */
async function loadValue(bytes: Buffer, folder: string, bytesMax: number): Promise<PickleValue> {
  if (isZip(bytes)) return loadSkops(bytes, bytesMax);
  if (!isPickle(bytes)) refuse(`The file ${explain(bytes)}`);
  return loadPickle(bytes, filesBeside(folder, bytesMax));
}

async function fileOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    const file = found.isDirectory() ? await pickleOfFolder(path) : path;
    // A pipe would be waited for without end.
    if (!(await stat(file)).isFile()) refuse(`${file} is not a file`);
    return file;
  } catch (error) {
    return refuseUnreadable(error, path);
  }
}

function refuseUnreadable(error: unknown, path: string): never {
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ENOENT') refuse(`There is no file ${path}`);
    if (error.code === 'EACCES') refuse(`The file ${path} may not be read`);
  }
  throw error;
}

/** One read takes 2 GiB at most, so a large file comes in pieces. */
async function readWhole(path: string, bytesMax: number): Promise<Buffer> {
  const handle = await open(path).catch((error: unknown) => refuseUnreadable(error, path));
  try {
    const { size } = await handle.stat();
    if (size === 0) refuse('The file is empty');
    if (size > bytesMax)
      refuse(`The file has ${size} bytes, and ${bytesMax} are the most that is read`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(bytes, length, Math.min(READ_BYTES, size - length));
      if (bytesRead === 0) refuse('The file became shorter while it was read');
      length += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** What people try instead of a pickle, by its first bytes. */
function explain(bytes: Buffer): string {
  const start = bytes.toString('latin1', 0, 8);
  if (start.startsWith('{'))
    return 'is JSON, which is not understood yet: only scikit-learn pickles are';
  if (start.startsWith('tree')) return 'is a LightGBM text model, which is not understood yet';
  return 'is no pickle, joblib or skops file';
}
