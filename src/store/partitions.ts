import type { Sql } from './client.ts';

/** Today and the next two: a day begins on a partition even if nothing could make one for two days. */
export const DAYS_AHEAD = 2;

const DAY_MS = 86_400_000;
const PARTITION_LOCK = 7_046_322;

/**
 * Makes the day partitions of `predictions` that are missing, inside the caller's transaction. Each is
 * created alone and then attached, because creating it as a partition would lock out every reader and
 * writer of the table. Rows that the default partition has caught for that day move over.
 * @returns The names of those made now.
 */
export async function ensurePartitions(tx: Sql, now = new Date()): Promise<string[]> {
  await tx`select pg_advisory_xact_lock(${PARTITION_LOCK})`;
  // Attaching waits for every user of the default partition, and all later ones wait for us.
  await tx`set local lock_timeout = '2s'`;
  const made: string[] = [];
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
    const day = dayOf(now.getTime() + ahead * DAY_MS);
    const name = `predictions_${day.replaceAll('-', '')}`;
    const [found] = await tx`select from pg_inherits
      where inhparent = 'predictions'::regclass and inhrelid = to_regclass(${name})`;
    if (found !== undefined) continue;
    await attachDay(tx, name, day, dayOf(now.getTime() + (ahead + 1) * DAY_MS));
    made.push(name);
  }
  return made;
}

/** The UTC day of a moment, as `2026-01-31`. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

async function attachDay(tx: Sql, name: string, from: string, until: string): Promise<void> {
  const table = tx(name);
  const range = tx.unsafe(`created_at >= '${from} 00:00+00' and created_at < '${until} 00:00+00'`);
  await tx`create table ${table} (like predictions including defaults including constraints)`;
  await tx`with caught as (delete from predictions_default where ${range} returning *)
    insert into ${table} select * from caught`;
  // The constraint already says what the partition's bounds will: no scan while the lock is held.
  await tx`alter table ${table} add constraint day check (created_at is not null and ${range})`;
  await tx`alter table predictions attach partition ${table}
    for values from (${tx.unsafe(`'${from} 00:00+00'`)}) to (${tx.unsafe(`'${until} 00:00+00'`)})`;
  await tx`alter table ${table} drop constraint day`;
}
