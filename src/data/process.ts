import { invariant } from '../core/errors.ts';
import type { Sql } from '../store/client.ts';
import type { Store } from '../store/store.ts';
import type { Dataset } from './dataset.ts';
import { SUPERSTORE } from './datasets/superstore.ts';

/** The whole table in one transaction: a raw table of 100 million rows takes minutes. */
const PROCESS_MS_MAX = 3_600_000;

/**
 * Columns of the processed table besides the raw ones. A ratio whose logarithm is beyond that of every
 * double would be an error in Postgres and cost the whole table: it is missing instead.
 */
const SUPERSTORE_FORMULAS = `
  case
    when sales = 0 then null
    when profit = 0 then 0
    when abs(ln(abs(profit)) - ln(abs(sales))) < 708 then profit / sales
  end as profit_margin,
  case when sales > -1 then ln(sales + 1) end as sales_log,
  case
    when discount <= 0 then '0'
    when discount <= 0.1 then '0-10%'
    when discount <= 0.2 then '10-20%'
    when discount <= 0.3 then '20-30%'
    when discount > 0.3 then '30%+'
  end as discount_bucket`;

/** Characters cut off the ends of texts: white space, and the no-break space that office programs leave. */
const TRIMMED = `U&' \\0009\\000A\\000D\\00A0'`;

/**
 * Rebuilds the processed table from the raw one. Readers see the old rows until the new ones are
 * committed; a second rebuild waits for the first.
 * @returns The rows processed.
 */
export async function processRows(store: Store, dataset: Dataset = SUPERSTORE): Promise<number> {
  invariant(dataset === SUPERSTORE, `nobody has said how ${dataset.name} is processed`);
  return store.transaction(async (tx) => rebuild(tx, dataset), PROCESS_MS_MAX);
}

async function rebuild(tx: Sql, dataset: Dataset): Promise<number> {
  const names = dataset.columns.map(({ name }) => name).join(', ');
  const cleaned = dataset.columns
    .map(({ name, type }) =>
      type === 'text' ? `nullif(btrim(${name}, ${TRIMMED}), '') as ${name}` : name,
    )
    .join(', ');
  await tx`lock table ${tx(dataset.processedTable)} in share row exclusive mode`;
  // Not TRUNCATE: it would lock readers out, and empty the table under those who already read it.
  await tx`delete from ${tx(dataset.processedTable)}`;
  const inserted = await tx.unsafe(`
    insert into ${dataset.processedTable}
      (raw_id, ${names}, profit_margin, sales_log, discount_bucket)
    select id, ${cleaned}, ${SUPERSTORE_FORMULAS} from ${dataset.rawTable} order by id`);
  return inserted.count;
}
