import type { Sql } from './client.ts';

/** A client that has not sent a request again by then has given up. */
const KEPT = '24 hours';
/** Keys in one statement: it takes some 50 ms, and a heartbeat waits for it. */
export const EXPIRED_KEYS_MAX = 5_000;

/**
 * Deletes the oldest of the keys that have expired, by the server's clock. Instances that do it at the same time
 * leave each other's alone.
 * @returns How many.
 */
export async function deleteExpiredKeys(sql: Sql): Promise<number> {
  const deleted = await sql`
    delete from idempotency_keys where (owner, key) in (
      select owner, key from idempotency_keys
      where created_at < now() - ${KEPT}::text::interval
      order by created_at limit ${EXPIRED_KEYS_MAX}::int
      for update skip locked)`;
  return deleted.count;
}
