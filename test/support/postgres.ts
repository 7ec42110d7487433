import { rmSync } from 'node:fs';

import { createLog } from '../../src/ops/log.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { Store } from '../../src/store/store.ts';
import { preparedDirectory } from './prepared-directory.ts';

/** Failures of these tests are read from their assertions; set to `info` to watch one. */
export const quietLog = createLog(process.env['THICKET_TEST_LOG'] ?? 'silent');

/** From nothing to a migrated store, on a machine that is busy with other tests. */
export const STORE_READY_MS_MAX = 240_000;
/** A writer's deadline where a test promises no speed: it ends only what hangs. */
export const COMMIT_MS_MAX = 120_000;

export interface TestPostgres {
  readonly directory: string;
  readonly server: EmbeddedPostgres;
  readonly url: string;
  /** Stops the server and removes its directory. */
  stop(): Promise<void>;
}

/** A server of one's own in a temporary directory. `fsync` is on, as everywhere. */
export async function startPostgres(): Promise<TestPostgres> {
  const directory = await preparedDirectory('thicket-postgres-');
  const server = new EmbeddedPostgres({ directory, log: quietLog });
  await server.start();
  return {
    directory,
    server,
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A connected and migrated store; the caller stops it before the server. */
export async function startStore(url: string, poolSize = 4): Promise<Store> {
  const store = new Store({ url, poolSize, log: quietLog });
  await store.start();
  await store.ready(STORE_READY_MS_MAX);
  return store;
}
