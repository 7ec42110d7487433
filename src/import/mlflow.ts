import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { refuse } from '../model/refuse.ts';

/** The file that makes a folder an MLflow model. */
const DESCRIPTION = 'MLmodel';
/** A description is a page of text; models with signatures of thousands of columns take some more. */
const DESCRIPTION_BYTES_MAX = 16 * 1024 * 1024;

/** Names that MLflow has for formats of scikit-learn models; the bytes show the real format. */
const FORMATS: ReadonlySet<string> = new Set(['pickle', 'cloudpickle', 'skops']);

/** The pickled model inside of an MLflow model folder. */
export async function pickleOfFolder(folder: string): Promise<string> {
  const keys = scalarsOf(await readDescription(folder));
  const flavors = new Set(
    Array.from(keys.keys())
      .filter((key) => key.startsWith('flavors.'))
      .map((key) => key.split('.')[1]!),
  );
  if (!flavors.has('sklearn')) {
    const loader = keys.get('flavors.python_function.loader_module');
    const others = Array.from(flavors).filter((flavor) => flavor !== 'python_function');
    const names = others.length > 0 ? others.join(', ') : `only Python's own, of ${loader}`;
    refuse(
      `The MLflow model has no sklearn flavor (it has ${names}), and only that is understood: log ` +
        'the scikit-learn model itself with mlflow.sklearn.log_model',
    );
  }
  const format = keys.get('flavors.sklearn.serialization_format') ?? 'pickle';
  if (!FORMATS.has(format)) {
    refuse(
      `The MLflow model is saved as ${format}: save it as ${[...FORMATS].join(' or ')} instead`,
    );
  }
  const file = keys.get('flavors.sklearn.pickled_model');
  if (file === undefined)
    refuse('The MLflow model does not say where its pickle is (pickled_model)');
  if (file !== basename(file) || ['', '.', '..'].includes(file)) {
    refuse(`The MLflow model points out of its folder (${JSON.stringify(file)})`);
  }
  return join(folder, file);
}

async function readDescription(folder: string): Promise<string> {
  try {
    const bytes = await readFile(join(folder, DESCRIPTION));
    if (bytes.length > DESCRIPTION_BYTES_MAX) refuse(`The ${DESCRIPTION} file is too long`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      refuse(`The folder has no ${DESCRIPTION} file, so it is no MLflow model`);
    }
    throw error;
  }
}

/**
 * The few keys that matter, by their path (`flavors.sklearn.pickled_model`). MLflow writes plain block
 * YAML with two spaces a level; lists and long texts are passed over.
 */
function scalarsOf(text: string): Map<string, string> {
  const scalars = new Map<string, string>();
  const open: { indent: number; key: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^( *)([A-Za-z_][\w.-]*):(?: +(.*))?$/.exec(line);
    if (match === null) continue;
    const indent = match[1]!.length;
    while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop();
    open.push({ indent, key: match[2]! });
    const value = (match[3] ?? '').trim().replace(/^(['"])(.*)\1$/, '$2');
    scalars.set(open.map(({ key }) => key).join('.'), value);
  }
  return scalars;
}
