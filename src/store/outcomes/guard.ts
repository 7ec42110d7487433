import type { Sql } from '../client.ts';
import { isAborted } from '../failures.ts';
import { GuardFailure } from './guard-failure.ts';
import type { Group } from './outcome-buffer.ts';
import { insertMissing, type OutcomeRow } from './outcome-rows.ts';
import { claimKeys } from './reply-keys.ts';

/**
 * Work that commits or rolls back with the outcomes it came with, and decides which of them there are. It
 * runs in their transaction, before they are inserted, and returns those to be stored. For jobs it is an
 * `UPDATE ... WHERE status IN (...) RETURNING job_id`: a job that somebody else has finished has no second
 * outcome. It runs again when an attempt has failed, so all it does must be in the transaction.
 */
export type Guard = (tx: Sql, rows: readonly OutcomeRow[]) => Promise<readonly OutcomeRow[]>;

/** Others' outcomes wait in the same transaction: a row that is locked for longer is not waited for. */
const GUARD_LOCK_MS_MAX = 1_000;

/** True where something besides the buffer decides if the group's rows are stored. */
export function isGuarded({ guard, keyed }: Group): boolean {
  return guard !== null || keyed !== null;
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
  const kept = new Map(groups.map((group) => [group, group.rows]));
  const open: Group[] = [];
  for (const group of groups.filter(isGuarded)) {
    const stored = again ? await storedBefore(tx, group.rows) : [];
    if (stored.length > 0) kept.set(group, stored);
    else open.push(group);
  }
  const keyed = open.filter((group) => group.keyed !== null);
  const free = keyed.length === 0 ? NONE : await claimKeys(tx, keyed);
  for (const group of keyed) if (!free.has(group)) kept.set(group, []);
  for (const group of open) {
    if (group.guard !== null) kept.set(group, await runGuard(tx, group, group.guard));
  }
  return kept;
}

const NONE: ReadonlySet<Group> = new Set();

async function runGuard(tx: Sql, group: Group, guard: Guard): Promise<readonly OutcomeRow[]> {
  try {
    const kept = new Set(await guard(tx, group.rows));
    return group.rows.filter((row) => kept.has(row));
  } catch (error) {
    await tx`rollback`; // Fails where the connection is gone: then the guard is not to blame.
    if (isAborted(error)) throw error; // Nor is it where a guard before it has swallowed an error.
    throw new GuardFailure([group], error);
  }
}

/** By inserting them: an attempt whose end is unknown is waited for by the unique index. */
async function storedBefore(tx: Sql, rows: readonly OutcomeRow[]): Promise<readonly OutcomeRow[]> {
  await tx`savepoint before`;
  const inserted = await insertMissing(tx, rows);
  await tx`rollback to savepoint before`;
  return rows.filter(({ id }) => !inserted.has(id));
}
