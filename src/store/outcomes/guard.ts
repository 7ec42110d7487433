import type { Sql } from '../client.ts';
import { isAborted } from '../failures.ts';
import type { Group } from './outcome-buffer.ts';
import { insertMissing, type OutcomeRow } from './outcome-rows.ts';

/**
 * Work that commits or rolls back with the outcomes it came with, and decides which of them there are. It
 * runs in their transaction, before they are inserted, and returns those to be stored. For jobs it is an
 * `UPDATE ... WHERE status IN (...) RETURNING job_id`: a job that somebody else has finished has no second
 * outcome. It runs again when an attempt has failed, so all it does must be in the transaction.
 */
export type Guard = (tx: Sql, rows: readonly OutcomeRow[]) => Promise<readonly OutcomeRow[]>;

/** Others' outcomes wait in the same transaction: a row that is locked for longer is not waited for. */
const GUARD_LOCK_MS_MAX = 1_000;

/** A guard failed, and its transaction has been rolled back: without its group it may succeed. */
export class GuardFailure extends Error {
  readonly group: Group;

  constructor(group: Group, cause: unknown) {
    super('a guard failed', { cause });
    this.group = group;
  }
}

/**
 * Runs the guards inside the caller's transaction, and returns the rows of each group that are kept. With
 * `again`, an earlier attempt may have committed: then its guard is not run again.
 * @throws {GuardFailure} The transaction has been rolled back.
 */
export async function keptRows(
  tx: Sql,
  groups: readonly Group[],
  again: boolean,
): Promise<ReadonlyMap<Group, readonly OutcomeRow[]>> {
  await tx.unsafe(`set local lock_timeout = ${GUARD_LOCK_MS_MAX}`);
  const kept = new Map<Group, readonly OutcomeRow[]>();
  for (const group of groups) {
    const { guard, rows } = group;
    const stored = guard !== null && again ? await storedBefore(tx, rows) : [];
    if (guard === null) kept.set(group, rows);
    else if (stored.length > 0) kept.set(group, stored);
    else kept.set(group, await runGuard(tx, group, guard));
  }
  return kept;
}

async function runGuard(tx: Sql, group: Group, guard: Guard): Promise<readonly OutcomeRow[]> {
  try {
    const kept = new Set(await guard(tx, group.rows));
    return group.rows.filter((row) => kept.has(row));
  } catch (error) {
    await tx`rollback`; // Fails where the connection is gone: then the guard is not to blame.
    if (isAborted(error)) throw error; // Nor is it where a guard before it has swallowed an error.
    throw new GuardFailure(group, error);
  }
}

/** By inserting them: an attempt whose end is unknown is waited for by the unique index. */
async function storedBefore(tx: Sql, rows: readonly OutcomeRow[]): Promise<readonly OutcomeRow[]> {
  await tx`savepoint before`;
  const inserted = await insertMissing(tx, rows);
  await tx`rollback to savepoint before`;
  return rows.filter(({ id }) => !inserted.has(id));
}
