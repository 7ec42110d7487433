import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import type { Log } from '../../ops/log.ts';
import { reasonOf } from '../../store/reasons.ts';
import type { Store } from '../../store/store.ts';

export interface ListenOptions {
  readonly store: Store;
  readonly log: Log;
  readonly channel: string;
  /** After each notification, and once more whenever some may have been missed. */
  readonly onNotify: () => void;
}

const RETRY_MS = 250;
/** The store is waited for as long as it takes; its own loop says in the log that it is away. */
const STORE_WAIT_MS = 60_000;

/** Listens to a channel of Postgres until the signal; a connection that is lost is made again. */
export async function listenUntil(signal: AbortSignal, options: ListenOptions): Promise<void> {
  const { store, log } = options;
  while (!signal.aborted) {
    try {
      await store.ready(STORE_WAIT_MS, signal);
      if (!signal.aborted) await listenOnce(signal, options);
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ reason: reasonOf(error) }, 'not listening for notifications');
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

async function listenOnce(signal: AbortSignal, options: ListenOptions): Promise<void> {
  const { store, channel, onNotify } = options;
  const lost = new AbortController();
  const client = store.client({ max: 1, onLost: () => lost.abort(), onNotify });
  const end = once(AbortSignal.any([lost.signal, signal]), 'abort');
  try {
    await Promise.race([client.sql.unsafe(`listen ${channel}`), end]);
    onNotify();
    await end;
  } finally {
    client.discard();
    await client.end();
  }
}
