import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import type { FieldValue } from '../core/rows.ts';
import { loadAddon } from '../forest/load.ts';
import { makeGolden } from '../model/golden/golden.ts';
import type { Model } from '../model/model.ts';
import type { LogitStage } from '../model/stages.ts';
import { isPackage, readKnownPackage } from '../model/package/package.ts';
import { compilePlan } from '../model/plan/plan.ts';
import { referenceScorer } from '../model/plan/scorers.ts';
import { importSource } from './formats.ts';
import { modelFile, readModelFile } from './model-file.ts';
import { modelPath } from './model-place.ts';
import { refuse } from '../model/refuse.ts';
import { withSignature } from './signature.ts';
import { unpack } from './unpack/unpack.ts';

/** Bytes of a model file, unpacked. Node holds no longer buffer, and no forest that serves is larger. */
export const MODEL_BYTES_MAX = 4 * 1024 ** 3;

export interface ImportOptions {
  readonly name?: string;
  readonly target?: string;
  readonly version?: string;
  /** Which model is meant where a file holds several: a path of keys, positions and attributes. */
  readonly key?: string | undefined;
  /** Gets the share of the work that is done, in [0, 1], where a large file takes seconds. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Keeps the training weight of every node (`covers`), which explanations need: 8 bytes a node. */
  readonly covers?: boolean | undefined;
  /**
   * The logit of the scipy that the answers are compared with, for a GradientBoostingClassifier of
   * scikit-learn 1.4 or newer; default: of the scipy that was current with the file's scikit-learn.
   */
  readonly logitForm?: LogitStage['form'] | undefined;
  /** A tighter bound than MODEL_BYTES_MAX. */
  readonly bytesMax?: number;
}

/** A model, and the digest by which it is known. */
export interface KnownModel {
  readonly model: Model;
  /** SHA-256 in hex: that of a package's body, or of another library's file as it is on the disk. */
  readonly digest: string;
}

/** How much is done when the file is read, when it is unpacked, and when it is plain data. */
const READ_SHARE = 0.1;
const UNPACKED_SHARE = 0.5;
const PARSED_SHARE = 0.7;

/**
 * The model in a package or in a foreign file or folder of a format that is read (formats.ts), detected
 * by content, with golden rows. A package's own name and target stand; the options are for files that
 * cannot say. The place is a path or a `file:` address.
 */
export async function loadModel(place: string | URL, options: ImportOptions = {}): Promise<Model> {
  return (await loadKnownModel(place, options)).model;
}

/** The same with its digest. */
export async function loadKnownModel(
  place: string | URL,
  options: ImportOptions = {},
): Promise<KnownModel> {
  const { model, foreign, digest } = await readModel(place, options);
  return { model: foreign ? withGolden(model) : model, digest };
}

/** As the file has it: a foreign file brings no golden rows. */
export async function readModel(
  place: string | URL,
  options: ImportOptions = {},
): Promise<KnownModel & { readonly foreign: boolean }> {
  const path = modelPath(place);
  const found = await stat(path).catch((error: Error) =>
    refuse(`${path} cannot be read: ${error.message}.`),
  );
  if (found.isFile() && (await isPackage(path))) {
    if (options.key !== undefined)
      refuse(`${path} is a package, which holds one model: say no --key`);
    const known = await readKnownPackage(path);
    if (options.covers === true && known.model.ensembles.some(({ covers }) => covers.length === 0))
      refuse(`${path} is a package without covers: import its model file again with --covers`);
    return { ...known, foreign: false };
  }
  const model = await importModel(path, options);
  return { model, digest: model.metadata.sourceDigest, foreign: true };
}

/** The model with golden rows of its own: of the sample if there is one, else synthetic. */
export function withGolden(model: Model, sample: readonly (readonly FieldValue[])[] = []): Model {
  const plan = compilePlan(model);
  const golden = makeGolden(model, plan, referenceScorer(loadAddon(), plan), sample);
  return { ...model, golden };
}

/** A model from another library's file, or from an MLflow model folder with one in it. */
export async function importModel(path: string, options: ImportOptions = {}): Promise<Model> {
  const bytesMax = Math.min(options.bytesMax ?? MODEL_BYTES_MAX, MODEL_BYTES_MAX);
  const { file, signature } = await modelFile(path);
  const packed = await readModelFile(file, bytesMax);
  const sourceDigest = createHash('sha256').update(packed).digest('hex');
  const onUnpacked = (share: number): void => {
    options.onProgress?.(READ_SHARE + (UNPACKED_SHARE - READ_SHARE) * share);
  };
  onUnpacked(0);
  const { sourceLibrary, sourceVersion, sourceKind, ...parts } = await importSource({
    bytes: unpack(packed, bytesMax, onUnpacked),
    folder: dirname(file),
    bytesMax,
    key: options.key,
    keepsCovers: options.covers ?? false,
    logitForm: options.logitForm,
    onParsed: () => options.onProgress?.(PARSED_SHARE),
  });
  const place = resolve(path);
  return {
    ...parts,
    fields: withSignature(parts.fields, signature),
    metadata: {
      name: options.name ?? basename(place, extname(place)),
      version: options.version ?? '1',
      target: options.target ?? 'target',
      sourceLibrary,
      sourceVersion,
      sourceKind,
      sourceDigest,
      createdAt: new Date().toISOString(),
      metrics: {},
    },
    golden: { inputs: [], raw: new Float64Array(0), outputs: new Float64Array(0) },
  };
}
