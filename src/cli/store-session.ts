import { ThicketError } from '../core/errors.ts';
import { stopAll, type Service } from '../core/service.ts';
import { type Config, parseConfig, readEnvironment } from '../ops/config.ts';
import { createLog, type Log } from '../ops/log.ts';
import { EmbeddedPostgres, runningServerUrl } from '../store/embedded/embedded.ts';
import { Store } from '../store/store.ts';

/** A command is done at once or says why not: it does not wait for a server as a service does. */
const STORE_READY_MS_MAX = 30_000;
/** One connection works, one is spare for what runs beside it. */
const STORE_POOL_SIZE = 2;

/**
 * Runs a command against the configured database, migrated. Without one it is the embedded server:
 * started and stopped for this command, or the one of the instance that runs on the same directory.
 */
export async function withStore<Result>(
  work: (store: Store, config: Config, log: Log) => Promise<Result>,
): Promise<Result> {
  const config = parseConfig(readEnvironment());
  const log = createLog('warn');
  const started: Service[] = [];
  try {
    const url = config.databaseUrl ?? (await embeddedUrl(config, log, started));
    const store = new Store({ url, poolSize: STORE_POOL_SIZE, log });
    started.push(store);
    await store.start();
    await store.ready(STORE_READY_MS_MAX);
    return await work(store, config, log);
  } finally {
    await stopAll(started);
  }
}

async function embeddedUrl(config: Config, log: Log, started: Service[]): Promise<string> {
  const embedded = new EmbeddedPostgres({ directory: config.dataDir, log });
  try {
    await embedded.start();
  } catch (error) {
    const isInUse = error instanceof ThicketError && error.code === 'CONFIG_INVALID';
    const url = isInUse ? runningServerUrl(config.dataDir) : null;
    if (url === null) throw error;
    return url;
  }
  started.push(embedded);
  return embedded.url;
}
