import type { Sql } from '../store/client.ts';
import { quotedName } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import { processedSql } from './column-sql.ts';
import type { Dataset } from './dataset.ts';
import { selectRows } from './select-rows.ts';
import { asRefusal, ensureTables, requireRawTable } from './tables.ts';

/** The whole table in one transaction: a raw table of 100 million rows takes minutes. */
const PROCESS_MS_MAX = 3_600_000;

/**
 * Rebuilds the processed table from the raw one. Readers see the old rows until the new ones are
 * committed; a second rebuild waits for the first.
 * @returns The rows processed.
 * @throws {ThicketError} DATASET_REFUSED when nothing was ingested yet, or a table is another.
 */
export async function processRows(store: Store, dataset: Dataset): Promise<number> {
  const rebuilt = store.transaction(async (tx) => {
    await requireRawTable(tx, dataset);
    await ensureTables(tx, dataset);
    return rebuild(tx, dataset);
  }, PROCESS_MS_MAX);
  return rebuilt.catch((error: unknown) => {
    throw asRefusal(error, dataset.processedTable);
  });
}

async function rebuild(tx: Sql, dataset: Dataset): Promise<number> {
  const table = quotedName(dataset.processedTable);
  const { columns, processed } = dataset;
  const names = ['raw_id', ...[...columns, ...processed].map(({ name }) => quotedName(name))];
  const values = [...columns.map(processedSql), ...processed.map(({ formula }) => formula)];
  const rows = selectRows(dataset, values, `order by ${quotedName(dataset.key)}`);
  await tx.unsafe(`lock table ${table} in share row exclusive mode`);
  // Not TRUNCATE: it would lock readers out, and empty the table under those who already read it.
  await tx.unsafe(`delete from ${table}`);
  const inserted = await tx.unsafe(`insert into ${table} (${names.join(', ')}) ${rows}`);
  return inserted.count;
}
