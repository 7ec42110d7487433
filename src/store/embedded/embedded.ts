import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import { Service } from '../../core/service.ts';
import type { Log } from '../../ops/log.ts';
import { Client } from '../client.ts';
import { isStoreAway } from '../failures.ts';
import { lockDirectory } from './directory-lock.ts';
import { embeddedBinaries, type EmbeddedBinaries } from './embedded-binaries.ts';
import { freePort, initialiseCluster, spawnPostmaster } from './embedded-process.ts';
import { serverUser, type ServerUser } from './embedded-user.ts';
import { isAlive, runningPostmaster, type Postmaster } from './postmaster.ts';

/** From start to ready. Recovery after a crash replays the log first: minutes at the very worst. */
const START_MS_MAX = 120_000;
/** A fast shutdown writes a checkpoint: seconds on a slow disk. Then the hard way. */
const STOP_MS_MAX = 15_000;
/** How soon a server that died is noticed: a third of the 2 s in which service must be back. */
const WATCH_MS = 600;
const POLL_MS = 10;

const USER = 'thicket';
const DATABASE = 'thicket';

/**
 * A real PostgreSQL of our own in `<directory>/postgres`: initialised at the first start, adopted if an
 * earlier process of ours died and left it running, started again on its port if it dies, stopped last.
 * It is no part of the terminal's process group: Ctrl-C reaches us, and we stop it when we are done.
 */
export class EmbeddedPostgres extends Service {
  readonly #directory: string;
  readonly #pgdata: string;
  readonly #log: Log;
  #unlock: (() => Promise<void>) | null = null;
  #watch: NodeJS.Timeout | null = null;
  #restarting: Promise<void> | null = null;
  #port = 0;
  #password = '';

  constructor(options: { directory: string; log: Log }) {
    super();
    this.#directory = options.directory;
    this.#pgdata = join(options.directory, 'postgres');
    this.#log = options.log;
  }

  /** Where the server listens; holds the password. Known once `start` has ended. */
  get url(): string {
    return this.#urlOf(DATABASE);
  }

  protected override async onStart(): Promise<void> {
    this.#unlock = await lockDirectory(this.#directory);
    try {
      const binaries = embeddedBinaries();
      const user = serverUser(binaries.postgres, this.#pgdata, ownerOf(this.#pgdata));
      if (!existsSync(this.#pgdata)) await this.#initialise(binaries, user);
      this.#password = readFileSync(this.#passwordFile, 'utf8').trim();
      await this.#adoptOrLaunch(binaries, user);
      await this.#createDatabase();
      this.#watch = setInterval(() => this.#restartIfDead(binaries, user), WATCH_MS).unref();
    } catch (error) {
      await this.#unlock();
      throw error;
    }
  }

  async #initialise(binaries: EmbeddedBinaries, user: ServerUser): Promise<void> {
    this.#log.info({ directory: this.#pgdata }, 'setting up the embedded PostgreSQL');
    mkdirSync(this.#directory, { recursive: true });
    const password = randomBytes(24).toString('base64url');
    writeFileSync(this.#passwordFile, password, { mode: 0o600 });
    await initialiseCluster(binaries, user, { pgdata: this.#pgdata, superuser: USER, password });
  }

  async #adoptOrLaunch(binaries: EmbeddedBinaries, user: ServerUser): Promise<void> {
    const orphan = runningPostmaster(this.#pgdata);
    if (orphan === null) {
      await this.#launch(binaries, user);
      return;
    }
    const { pid, port } = await this.#untilReady(orphan.pid, () => true);
    this.#port = port;
    this.#log.info({ pid, port }, 'adopted the embedded PostgreSQL that an earlier process left');
  }

  async #launch(binaries: EmbeddedBinaries, user: ServerUser): Promise<void> {
    const deadline = Date.now() + START_MS_MAX;
    const keepPort = this.#port !== 0;
    for (;;) {
      const port = keepPort ? this.#port : await freePort();
      const logFile = join(this.#directory, 'postgres.log');
      const child = spawnPostmaster(binaries, user, { pgdata: this.#pgdata, port, logFile });
      try {
        const { pid } = await this.#untilReady(child.pid, child.runs);
        this.#port = port;
        this.#log.info({ pid, port }, 'the embedded PostgreSQL is ready');
        return;
      } catch (error) {
        const passing = /Address already in use|shared memory block/.test(child.output());
        // A port may be taken between choosing and using it, and the backends of a server that was
        // killed need a moment to notice.
        if (!passing || Date.now() > deadline || this.stopping) throw error;
        await delay(POLL_MS * 10);
      }
    }
  }

  async #untilReady(pid: number, runs: () => boolean): Promise<Postmaster> {
    const deadline = Date.now() + START_MS_MAX;
    while (Date.now() < deadline && runs() && isAlive(pid)) {
      const server = runningPostmaster(this.#pgdata);
      if (server?.pid === pid && server.ready) return server;
      await delay(POLL_MS);
    }
    throw new ThicketError(
      'SETUP_MISSING',
      `the embedded PostgreSQL did not start: see ${join(this.#directory, 'postgres.log')}`,
    );
  }

  async #createDatabase(): Promise<void> {
    const deadline = Date.now() + START_MS_MAX;
    const client = new Client({ url: this.#urlOf('postgres'), max: 1, log: this.#log });
    try {
      // On a busy machine a new server may take longer to answer than a connection is given.
      while (!(await this.#answers(client, deadline))) await delay(POLL_MS);
      const [found] = await client.sql`select from pg_database where datname = ${DATABASE}`;
      if (found === undefined) await client.sql`create database ${client.sql(DATABASE)}`;
    } finally {
      await client.end();
    }
  }

  async #answers(client: Client, deadline: number): Promise<boolean> {
    try {
      await client.sql`select 1`;
      return true;
    } catch (error) {
      if (!isStoreAway(error) || Date.now() > deadline) throw error;
      client.discard();
      return false;
    }
  }

  #restartIfDead(binaries: EmbeddedBinaries, user: ServerUser): void {
    if (this.stopping || this.#restarting !== null) return;
    if (runningPostmaster(this.#pgdata) !== null) return;
    this.#log.error({ port: this.#port }, 'the embedded PostgreSQL died; starting it again');
    this.#restarting = this.#launch(binaries, user)
      .catch((error: unknown) => this.#log.error({ err: error }, 'it did not start; trying again'))
      .finally(() => (this.#restarting = null));
  }

  protected override async onStop(): Promise<void> {
    if (this.#watch !== null) clearInterval(this.#watch);
    await this.#restarting;
    const server = this.#unlock === null ? null : runningPostmaster(this.#pgdata);
    if (server !== null && this.#port !== 0) {
      // SIGINT is a fast shutdown, SIGQUIT one that leaves recovery to the next start.
      if (!(await this.#ended(server.pid, 'SIGINT'))) {
        this.#log.warn({ pid: server.pid }, 'the embedded PostgreSQL did not stop in time');
        await this.#ended(server.pid, 'SIGQUIT');
      }
    }
    await this.#unlock?.();
  }

  async #ended(pid: number, signal: NodeJS.Signals): Promise<boolean> {
    const deadline = Date.now() + STOP_MS_MAX;
    if (isAlive(pid)) process.kill(pid, signal);
    while (isAlive(pid) && Date.now() < deadline) await delay(POLL_MS);
    return !isAlive(pid);
  }

  get #passwordFile(): string {
    return passwordFileOf(this.#directory);
  }

  #urlOf(database: string): string {
    return urlOf(this.#port, this.#password, database);
  }
}

function ownerOf(pgdata: string): { uid: number; gid: number } | null {
  const stats = statSync(pgdata, { throwIfNoEntry: false });
  return stats === undefined ? null : { uid: stats.uid, gid: stats.gid };
}

/** Where the server of a directory listens that another process of ours runs now; null without one. */
export function runningServerUrl(directory: string): string | null {
  const server = runningPostmaster(join(directory, 'postgres'));
  if (server === null || !server.ready) return null;
  const password = readFileSync(passwordFileOf(directory), 'utf8').trim();
  return urlOf(server.port, password, DATABASE);
}

function passwordFileOf(directory: string): string {
  return join(directory, 'postgres.password');
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}
