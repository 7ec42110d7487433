import { invariant } from '../core/errors.ts';
import type { Sql } from '../store/client.ts';
import { RAW_SUPERSTORE, type RawTable } from '../store/raw-table.ts';
import type { Store } from '../store/store.ts';

/** The whole table in one transaction: a raw table of 100 million rows takes minutes. */
const PROCESS_MS_MAX = 3_600_000;

/**
 * What the processed table has besides the raw columns. A ratio whose logarithm is beyond that of every
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

/** What is cut off the ends of texts: white space, and the no-break space that office programs leave. */
const TRIMMED = `U&' \\0009\\000A\\000D\\00A0'`;

/**
 * Rebuilds the processed table from the raw one. Readers see the old rows until the new ones are
 * committed; a second rebuild waits for the first.
 * @returns The rows processed.
 */
export async function processRows(store: Store, table: RawTable = RAW_SUPERSTORE): Promise<number> {
  invariant(table === RAW_SUPERSTORE, `nobody has said how ${table.name} is processed`);
  return store.transaction(async (tx) => rebuild(tx, table), PROCESS_MS_MAX);
}

async function rebuild(tx: Sql, table: RawTable): Promise<number> {
  const names = table.columns.map(({ name }) => name).join(', ');
  const cleaned = table.columns
    .map(({ name, type }) =>
      type === 'text' ? `nullif(btrim(${name}, ${TRIMMED}), '') as ${name}` : name,
    )
    .join(', ');
  await tx`lock table ${tx(table.processed)} in share row exclusive mode`;
  // Not TRUNCATE: it would lock readers out, and empty the table under those who already read it.
  await tx`delete from ${tx(table.processed)}`;
  const inserted = await tx.unsafe(`
    insert into ${table.processed}
      (raw_id, ${names}, profit_margin, sales_log, discount_bucket)
    select id, ${cleaned}, ${SUPERSTORE_FORMULAS} from ${table.raw} order by id`);
  return inserted.count;
}
