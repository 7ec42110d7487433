import { randomBytes } from 'node:crypto';

import type { Store } from '../store.ts';

/** A probe that takes longer has failed; every commit of the serving path is far faster. */
const PROBE_MS_MAX = 3_000;
/** A lock that is waited for this long is worth a name; an ordinary statement holds one for less. */
const LOCK_MS_MAX = 1_000;
/** Random bytes, which do not compress: their row needs pages of its own, as new rows do. */
const PAYLOAD_BYTES = 12 * 1024;

/**
 * Writes a row as predictions are written, deletes it and commits: afterwards a table page, the index and the
 * write-ahead log have taken it, and no reader has seen it. The id is no prediction's: those are positive.
 * @throws {ThicketError} STORE_UNAVAILABLE with the reason.
 */
export async function probeWrite(store: Store): Promise<void> {
  const payload = JSON.stringify(randomBytes(PAYLOAD_BYTES).toString('base64'));
  await store.transaction(async (tx) => {
    await tx`select set_config('lock_timeout', ${String(LOCK_MS_MAX)}, true)`;
    await tx`insert into predictions (id, model_name, model_version, target, input, created_at)
      values (-pg_backend_pid(), 'probe', 'probe', 'probe', ${payload}::text::jsonb, now())`;
    await tx`delete from predictions where id = -pg_backend_pid() and created_at = now()`;
  }, PROBE_MS_MAX);
}
