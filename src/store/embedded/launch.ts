import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { EmbeddedBinaries } from './embedded-binaries.ts';
import { freePort, spawnPostmaster } from './embedded-process.ts';
import type { ServerUser } from './embedded-user.ts';
import { abandonPostmaster, endPostmaster, type RunningServer } from './end-postmaster.ts';
import { clearStalePidFile, runningPostmaster, worksIn, type Postmaster } from './postmaster.ts';
import type { ServerLog } from './server-log.ts';

/** From start to ready. Recovery after a crash replays the log first: minutes at the very worst. */
const START_MS_MAX = 120_000;
const POLL_MS = 10;
/** Between attempts to start where the last one's place was not free yet. */
const RETRY_MS = 100;

/**
 * A port may be taken between choosing and using it, and the backends of a server that was killed need a
 * moment to notice that and to let go of its memory.
 */
const PASSING =
  /Address already in use|shared memory block|lock file "postmaster.pid" already exists/;

export interface LaunchOptions {
  readonly binaries: EmbeddedBinaries;
  readonly user: ServerUser;
  readonly pgdata: string;
  readonly serverLog: ServerLog;
  readonly log: Log;
  /** Ends every wait; a server that was on its way up goes down again. */
  readonly signal: AbortSignal;
}

/** Starts servers on one data directory, one at a time, and finds those that others started. */
export class Launcher {
  readonly #options: LaunchOptions;
  #child: RunningServer | null = null;

  constructor(options: LaunchOptions) {
    this.#options = options;
  }

  /** Ends the server that runs, in order. */
  async end(): Promise<void> {
    const server = this.#running();
    if (server !== null) await endPostmaster(server, this.#options.log);
  }

  /** Ends the server that runs, without waiting for its end. */
  abandon(): void {
    const server = this.#running();
    if (server !== null) abandonPostmaster(server);
  }

  /** The server that an earlier process left, once it is ready; null when there is none or it has ended. */
  async adopt(): Promise<Postmaster | null> {
    const { pgdata, log, signal } = this.#options;
    const left = runningPostmaster(pgdata);
    if (left === null) return null;
    if (left.stopping)
      log.info({ pid: left.pid }, 'the last PostgreSQL still stops; waiting for it');
    const deadline = Date.now() + START_MS_MAX;
    while (Date.now() < deadline) {
      signal.throwIfAborted();
      const server = runningPostmaster(pgdata);
      if (server?.pid !== left.pid) return null;
      if (server.ready) return server;
      await delay(POLL_MS, undefined, { signal });
    }
    throw this.didNotStart();
  }

  /**
   * @param keepPort Where its clients know it; 0 takes a free one.
   * @throws {ThicketError} SETUP_MISSING when it does not come up in time.
   */
  async launch(keepPort: number): Promise<Postmaster> {
    const { signal, serverLog } = this.#options;
    const deadline = Date.now() + START_MS_MAX;
    for (;;) {
      await this.#untilPlaceIsFree(deadline);
      serverLog.shorten();
      const before = serverLog.bytes;
      const child = this.#spawn(keepPort === 0 ? await freePort() : keepPort);
      const server = await this.#untilReady(child, deadline);
      if (server !== null) return server;
      if (!PASSING.test(serverLog.tail(before)) || Date.now() > deadline) throw this.didNotStart();
      await delay(RETRY_MS, undefined, { signal });
    }
  }

  /** A process of ours is a server from its first moment on, others are from their pid file on. */
  #running(): RunningServer | null {
    const { pgdata } = this.#options;
    if (this.#child?.runs() === true) return this.#child;
    const pid = runningPostmaster(pgdata)?.pid ?? null;
    return pid === null ? null : { pid, runs: () => worksIn(pid, pgdata) };
  }

  #spawn(port: number): RunningServer {
    const { binaries, user, pgdata, serverLog, signal } = this.#options;
    signal.throwIfAborted();
    const server = { pgdata, port, logFile: serverLog.path };
    this.#child = spawnPostmaster(binaries, user, server);
    return this.#child;
  }

  /** Waits for the end of a server that was killed together with our predecessor. */
  async #untilPlaceIsFree(deadline: number): Promise<void> {
    const { pgdata, log, signal } = this.#options;
    for (let said = false; !clearStalePidFile(pgdata) && Date.now() < deadline; said = true) {
      if (!said) log.info('the last PostgreSQL is about to end; waiting for it');
      await delay(POLL_MS, undefined, { signal });
    }
  }

  /** Null when it has ended instead. */
  async #untilReady(child: RunningServer, deadline: number): Promise<Postmaster | null> {
    const { pgdata, signal } = this.#options;
    while (child.runs()) {
      const server = runningPostmaster(pgdata);
      if (server?.pid === child.pid && server.ready) return server;
      if (Date.now() > deadline) throw this.didNotStart();
      await delay(POLL_MS, undefined, { signal });
    }
    return null;
  }

  didNotStart(): ThicketError {
    const { serverLog } = this.#options;
    const said = serverLog.lastWords();
    const words = said === null ? '' : ` (${said})`;
    return new ThicketError(
      'SETUP_MISSING',
      `the embedded PostgreSQL did not start${words}: see ${serverLog.path}`,
    );
  }
}
