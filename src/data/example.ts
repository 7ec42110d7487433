import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Log } from '../ops/log.ts';
import type { Store } from '../store/store.ts';
import { ingestCsv } from './ingest.ts';
import { processRows } from './process.ts';
import { countRawRows } from './raw-rows.ts';
import { SUPERSTORE } from './datasets/superstore.ts';

/** The number of rows that the example's documentation and its trained model assume. */
const EXAMPLE_ROWS = 10_000;

/**
 * Fills an empty raw table with the example's rows, by the road that every CSV takes; leaves a table
 * with rows alone. `csv` makes the text, a line at a time.
 */
export async function loadExample(
  store: Store,
  csv: (rows: number) => Iterable<string>,
  options: { readonly directory: string; readonly log: Log },
): Promise<void> {
  if ((await countRawRows(store, SUPERSTORE)) > 0) return;
  await mkdir(options.directory, { recursive: true });
  const path = join(options.directory, 'superstore-example.csv');
  await pipeline(Readable.from(csv(EXAMPLE_ROWS)), createWriteStream(path));
  const { rows } = await ingestCsv(store, path);
  await processRows(store);
  options.log.info({ rows }, 'the raw table was empty: loaded the example rows');
}
