import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { PACKAGE_ROOT } from '../core/package-root.ts';
import { loadExample } from '../data/example.ts';
import { readModel, withGolden } from '../import/load-model.ts';
import { applySpec, readSpec } from '../model/spec.ts';
import type { Log } from '../ops/log.ts';
import type { SourcedModel } from '../registry/model-source.ts';
import type { Store } from '../store/store.ts';

const EXAMPLE = join(PACKAGE_ROOT, 'examples/superstore');

/** The example's pipeline, with the spec that says what its file cannot. */
export async function exampleModel(): Promise<SourcedModel> {
  const uri = join(EXAMPLE, 'model.joblib');
  const { model, digest } = await readModel(uri);
  const specified = applySpec(model, await readSpec(join(EXAMPLE, 'spec.json')));
  return { model: withGolden(specified), digest, uri, fallbackReason: null };
}

/** Fills an empty raw table with the rows that the example makes. */
export async function loadExampleRows(
  store: Store,
  options: { readonly directory: string; readonly log: Log },
): Promise<void> {
  const generator = pathToFileURL(join(EXAMPLE, 'generate.mjs')).href;
  const { superstoreCsv } = (await import(generator)) as {
    superstoreCsv: (rows: number) => Iterable<string>;
  };
  await loadExample(store, superstoreCsv, options);
}
