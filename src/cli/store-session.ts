import { ThicketError } from '../core/errors.ts';
import { stopAll, type Service } from '../core/service.ts';
import { type Config, parseConfig, readEnvironment } from '../ops/config.ts';
import { createLog, type Log } from '../ops/log.ts';
import { onStopSignals } from '../ops/stop-signals.ts';
import { EmbeddedPostgres, runningServerUrl } from '../store/embedded/embedded.ts';
import { Store } from '../store/store.ts';
import { EXIT_CODE } from './program.ts';

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
  const interruption = endOnSignals(started);
  try {
    const url = config.databaseUrl ?? (await embeddedUrl(config, log, started));
    const store = new Store({ url, poolSize: STORE_POOL_SIZE, log });
    started.push(store);
    await store.start();
    await store.ready(STORE_READY_MS_MAX);
    return await work(store, config, log);
  } finally {
    await interruption.over();
    await stopAll(started);
  }
}

/** An interrupted command leaves no server behind. Work that it had not committed is rolled back. */
function endOnSignals(started: readonly Service[]): { over: () => Promise<void> } {
  let interrupted = false;
  const ignore = onStopSignals({
    stop(signal) {
      interrupted = true;
      void stopAll(started).finally(() => {
        ignore();
        process.kill(process.pid, signal); // The parent process sees why this one ended.
      });
    },
    stopHard() {
      for (const service of started) if (service instanceof EmbeddedPostgres) service.abandon();
      process.exit(EXIT_CODE.failed);
    },
  });
  return {
    async over() {
      if (interrupted) await new Promise(() => {}); // The signal ends this process.
      ignore();
    },
  };
}

async function embeddedUrl(config: Config, log: Log, started: Service[]): Promise<string> {
  const embedded = new EmbeddedPostgres({ directory: config.dataDir, log });
  started.push(embedded); // Before it has started: a start that is interrupted is stopped too.
  try {
    await embedded.start();
  } catch (error) {
    const isInUse = error instanceof ThicketError && error.code === 'CONFIG_INVALID';
    const url = isInUse ? runningServerUrl(config.dataDir) : null;
    if (url === null) throw error;
    return url;
  }
  return embedded.url;
}
