import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';

import { PACKAGE_ROOT } from '../core/package-root.ts';
import type { Log } from '../ops/log.ts';
import { makeDirectory } from '../ops/make-directory.ts';
import type { Store } from '../store/store.ts';
import type { Dataset } from './dataset.ts';
import { ingestCsv } from './ingest.ts';
import { processRows } from './process.ts';
import { countRawRows } from './raw-rows.ts';

const FOLDER = join(PACKAGE_ROOT, 'examples/superstore');

/** The example that comes with the package: its files, and the name that stands for its dataset file. */
export const EXAMPLE = {
  name: 'superstore',
  dataset: join(FOLDER, 'dataset.yaml'),
  model: join(FOLDER, 'model.joblib'),
  spec: join(FOLDER, 'spec.json'),
} as const;

/** The number of rows that the example's documentation and its trained model assume. */
const ROWS = 10_000;

/** The dataset file that was asked for: the example's, where none was or its name. */
export function datasetFile(asked: string | null): string {
  return asked === null || asked === EXAMPLE.name ? EXAMPLE.dataset : asked;
}

/**
 * Fills an empty raw table with the rows that the example makes, by the road that every CSV takes; leaves
 * a table with rows alone.
 */
export async function loadExample(
  store: Store,
  dataset: Dataset,
  options: { readonly directory: string; readonly log: Log },
): Promise<void> {
  if ((await countRawRows(store, dataset)) > 0) return;
  const { superstoreCsv } = (await import(pathToFileURL(join(FOLDER, 'generate.mjs')).href)) as {
    superstoreCsv: (rows: number) => Iterable<string>;
  };
  makeDirectory(options.directory);
  const path = join(options.directory, `${EXAMPLE.name}-example.csv`);
  await pipeline(Readable.from(superstoreCsv(ROWS)), createWriteStream(path));
  const { rows } = await ingestCsv(store, dataset, path);
  await processRows(store, dataset);
  options.log.info({ rows }, 'the raw table was empty: loaded the example rows');
}
