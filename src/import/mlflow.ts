import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { refuse } from '../model/refuse.ts';
import { type Signature, signatureFrom } from './signature.ts';

/** The file that makes a folder an MLflow model. */
const DESCRIPTION = 'MLmodel';
/** A description is a page of text; models with signatures of thousands of columns take some more. */
const DESCRIPTION_BYTES_MAX = 16 * 1024 * 1024;

/** Names that MLflow has for formats of scikit-learn models; the bytes show the real format. */
const FORMATS: ReadonlySet<string> = new Set(['pickle', 'cloudpickle', 'skops']);

/** The parts of an MLflow model folder that matter. */
export interface MlflowModel {
  /** The pickled model. */
  readonly file: string;
  /** The types of its columns; null where the folder does not state them. */
  readonly signature: Signature | null;
}

/** The model inside of an MLflow model folder. */
export async function modelOfFolder(folder: string): Promise<MlflowModel> {
  const description = await readDescription(folder);
  const flavors = mapAt(description, 'flavors');
  if (!('sklearn' in flavors)) {
    const loader = textAt(mapAt(flavors, 'python_function'), 'loader_module');
    const others = Object.keys(flavors).filter((flavor) => flavor !== 'python_function');
    const names = others.length > 0 ? others.join(', ') : `only Python's own, of ${loader}`;
    refuse(
      `The MLflow model has no sklearn flavor (it has ${names}), and only that is understood: log ` +
        'the scikit-learn model itself with mlflow.sklearn.log_model',
    );
  }
  const flavor = mapAt(flavors, 'sklearn');
  const format = textAt(flavor, 'serialization_format') ?? 'pickle';
  if (!FORMATS.has(format)) {
    refuse(
      `The MLflow model is saved as ${format}: save it as ${[...FORMATS].join(' or ')} instead`,
    );
  }
  const file = textAt(flavor, 'pickled_model');
  if (file === undefined)
    refuse('The MLflow model does not say where its pickle is (pickled_model)');
  if (file !== basename(file) || ['', '.', '..'].includes(file)) {
    refuse(`The MLflow model points out of its folder (${JSON.stringify(file)})`);
  }
  const signature = signatureFrom(textAt(mapAt(description, 'signature'), 'inputs'));
  return { file: join(folder, file), signature };
}

type Mapping = Readonly<Record<string, unknown>>;

async function readDescription(folder: string): Promise<Mapping> {
  let text: string;
  try {
    const bytes = await readFile(join(folder, DESCRIPTION));
    if (bytes.length > DESCRIPTION_BYTES_MAX) refuse(`The ${DESCRIPTION} file is too long`);
    text = bytes.toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      refuse(`The folder has no ${DESCRIPTION} file, so it is no MLflow model`);
    }
    throw error;
  }
  try {
    return mapAt({ description: parse(text) as unknown }, 'description');
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    return refuse(`The ${DESCRIPTION} file is no YAML that is understood (${reason})`, error);
  }
}

/** The mapping below a key; an empty one where there is none. */
function mapAt(outer: Mapping, key: string): Mapping {
  const inner = outer[key];
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? (inner as Mapping)
    : {};
}

function textAt(outer: Mapping, key: string): string | undefined {
  const value = outer[key];
  return typeof value === 'string' ? value : undefined;
}
