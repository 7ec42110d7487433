import type { Client, Sql } from '../client.ts';
import { transact } from '../transactions.ts';
import { GuardFailure } from './guard-failure.ts';
import { isGuarded, keptRows } from './guard.ts';
import type { Group } from './outcome-buffer.ts';
import { copyOutcomes, insertMissing, insertOutcomes, type OutcomeRow } from './outcome-rows.ts';

/**
 * Up to here one INSERT is sent, beyond it a COPY. Measured by bench/store-writer.mjs: an INSERT of one row
 * takes a third of a COPY's time, of 64 rows the same; of 256 a COPY takes 16% less, of 4,096 a third.
 */
export const INSERT_ROWS_MAX = 64;

/** Of each group the rows that are stored now: all of them, or those that its guard has kept. */
export type StoredRows = ReadonlyMap<Group, readonly OutcomeRow[]>;

/**
 * Stores the groups by one commit, on a connection that nothing else uses. With `again`, an earlier
 * attempt may have stored some of the rows.
 * @throws {GuardFailure} Nothing is stored; or whatever else went wrong, where COMMIT may have been lost.
 */
export async function storeGroups(
  client: Client,
  groups: readonly Group[],
  again: boolean,
): Promise<StoredRows> {
  const all = new Map(groups.map((group) => [group, group.rows] as const));
  const guarded = groups.some(isGuarded);
  const rows = rowsOf(all);
  if (!guarded && (again || rows.length <= INSERT_ROWS_MAX)) {
    await insert(client.sql, rows, again); // One statement is a transaction by itself.
    return all;
  }
  try {
    return await transact(client, async (tx) => {
      const kept = guarded ? await keptRows(tx, groups, again) : all;
      await insert(tx, guarded ? rowsOf(kept) : rows, again);
      return kept;
    });
  } catch (error) {
    if (!(error instanceof GuardFailure)) client.discard(); // Its transaction is still open there.
    throw error;
  }
}

/** COPY cannot store a row twice, and it does not always say which row was wrong. */
async function insert(sql: Sql, rows: readonly OutcomeRow[], again: boolean): Promise<void> {
  if (rows.length === 0) return;
  if (again) await insertMissing(sql, rows);
  else if (rows.length <= INSERT_ROWS_MAX) await insertOutcomes(sql, rows);
  else await copyOutcomes(sql, rows);
}

/** The rows of all groups together. */
export function rowsOf(stored: StoredRows): readonly OutcomeRow[] {
  const lists = [...stored.values()];
  return lists.length === 1 ? lists[0]! : lists.flat();
}
