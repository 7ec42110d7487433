import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Service } from '../../core/service.ts';
import type { Log } from '../../ops/log.ts';
import { unusable } from '../../ops/make-directory.ts';
import { Client } from '../client.ts';
import { isConnectionLoss } from '../failures.ts';
import { DirectoryLock } from './directory-lock.ts';
import { embeddedBinaries, type EmbeddedBinaries } from './embedded-binaries.ts';
import { initialiseCluster } from './embedded-process.ts';
import { serverUser, type ServerUser } from './embedded-user.ts';
import { Launcher } from './launch.ts';
import { runningPostmaster } from './postmaster.ts';
import { ServerLog } from './server-log.ts';

/** How soon a server that died is noticed: a third of the 2 s in which service must be back. */
const WATCH_MS = 600;
/** A server that is ready and has not answered for so long is given up. */
const ANSWER_MS_MAX = 120_000;
const ANSWER_PAUSE_MS = 20;

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
  /** The log that the server itself writes. */
  readonly serverLog: ServerLog;
  #claiming: Promise<DirectoryLock> | null = null;
  #launcher: Launcher | null = null;
  #watch: NodeJS.Timeout | null = null;
  #restarting: Promise<void> | null = null;
  /** The reasons that the log has for the restarts that go on. */
  readonly #said = new Set<string>();
  #port = 0;
  #password = '';

  constructor(options: { directory: string; log: Log }) {
    super();
    this.#directory = options.directory;
    this.#pgdata = join(options.directory, 'postgres');
    this.#log = options.log;
    this.serverLog = new ServerLog(join(options.directory, 'postgres.log'));
  }

  /** Where the server listens; holds the password. Known once `start` has ended. */
  get url(): string {
    return this.#urlOf(DATABASE);
  }

  /**
   * Makes the data directory ours, before anything else is taken. An owner that stops is waited for.
   * @throws {ThicketError} CONFIG_INVALID when another process keeps it, or it cannot be made.
   */
  async claim(): Promise<void> {
    this.#claiming ??= DirectoryLock.take(this.#directory, this.#log, this.stopSignal);
    await this.#claiming;
  }

  /** The process is on its way out: a start in our directory waits for that from now on. */
  announceStop(): void {
    this.#claiming?.then(
      (lock) => lock.announceStop(),
      () => {}, // Nothing was taken.
    );
  }

  /** For a process that ends now: nothing of the server stays, and its next start recovers. */
  abandon(): void {
    this.#launcher?.abandon();
  }

  protected override async onStart(): Promise<void> {
    try {
      await this.claim();
      await this.#bringUp();
    } catch (error) {
      await this.#letGo();
      throw error;
    }
  }

  async #bringUp(): Promise<void> {
    const binaries = embeddedBinaries();
    const user = serverUser(binaries.postgres, this.#pgdata, ownerOf(this.#pgdata));
    if (!existsSync(this.#pgdata)) await this.#initialise(binaries, user);
    this.#password = readFileSync(this.#passwordFile, 'utf8').trim();
    const launcher = new Launcher({
      binaries,
      user,
      pgdata: this.#pgdata,
      serverLog: this.serverLog,
      log: this.#log,
      signal: this.stopSignal,
    });
    this.#launcher = launcher;
    if (!(await this.#adopt(launcher))) {
      const pid = await this.#launch(launcher);
      if (!(await this.#createDatabase(pid))) throw launcher.didNotStart();
    }
    this.stopSignal.throwIfAborted();
    this.#watch = setInterval(() => {
      this.serverLog.shorten();
      this.#restartIfDead(launcher);
    }, WATCH_MS).unref();
  }

  async #initialise(binaries: EmbeddedBinaries, user: ServerUser): Promise<void> {
    this.#log.info({ directory: this.#pgdata }, 'setting up the embedded PostgreSQL');
    const password = randomBytes(24).toString('base64url');
    try {
      writeFileSync(this.#passwordFile, password, { mode: 0o600 });
    } catch (cause) {
      throw unusable(this.#directory, cause);
    }
    const cluster = { pgdata: this.#pgdata, superuser: USER, password };
    await initialiseCluster(binaries, user, cluster, this.stopSignal);
  }

  /** A server that was killed a moment ago may still look alive: it is ours only when it answers. */
  async #adopt(launcher: Launcher): Promise<boolean> {
    for (;;) {
      const server = await launcher.adopt();
      this.#port = server?.port ?? 0;
      if (server === null) return false;
      const { pid, port } = server;
      if (!(await this.#createDatabase(pid))) continue;
      this.#log.info({ pid, port }, 'adopted the embedded PostgreSQL that an earlier process left');
      return true;
    }
  }

  async #launch(launcher: Launcher): Promise<number> {
    const { pid, port } = await launcher.launch(this.#port);
    this.#port = port;
    this.#log.info({ pid, port }, 'the embedded PostgreSQL is ready');
    return pid;
  }

  /**
   * Makes the database. On a busy machine a server takes longer to answer than a connection is given.
   * @returns False when the server has ended before it answered.
   */
  async #createDatabase(pid: number): Promise<boolean> {
    const deadline = Date.now() + ANSWER_MS_MAX;
    const client = new Client({ url: this.#urlOf('postgres'), max: 1, log: this.#log });
    try {
      while (runningPostmaster(this.#pgdata)?.pid === pid) {
        if (await this.#answers(client, deadline)) {
          const [found] = await client.sql`select from pg_database where datname = ${DATABASE}`;
          if (found === undefined) await client.sql`create database ${client.sql(DATABASE)}`;
          return true;
        }
        await delay(ANSWER_PAUSE_MS, undefined, { signal: this.stopSignal });
      }
      return false;
    } finally {
      client.discard();
      await client.end();
    }
  }

  async #answers(client: Client, deadline: number): Promise<boolean> {
    try {
      await client.sql`select 1`;
      return true;
    } catch (error) {
      if (!isConnectionLoss(error) || Date.now() > deadline) throw error;
      client.discard();
      return false;
    }
  }

  #restartIfDead(launcher: Launcher): void {
    if (this.stopping || this.#restarting !== null) return;
    if (runningPostmaster(this.#pgdata) !== null) return;
    this.#restarting = this.#restart(launcher).finally(() => (this.#restarting = null));
  }

  async #restart(launcher: Launcher): Promise<void> {
    this.#sayDead();
    try {
      await this.#launch(launcher);
      this.#said.clear();
    } catch {
      this.#sayDead(); // The next look tries again.
    }
  }

  /** Once a reason: a full disk stays full for a while, and every attempt says so. */
  #sayDead(): void {
    if (this.stopping) return;
    const reason = this.serverLog.lastWords() ?? 'killed';
    const kind = reason.replaceAll(/\d+/g, ''); // Process numbers differ at every attempt.
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    this.#log.error(
      { port: this.#port, reason },
      'the embedded PostgreSQL died; starting it again',
    );
  }

  protected override async onStop(): Promise<void> {
    this.announceStop();
    if (this.#watch !== null) clearInterval(this.#watch);
    await this.#restarting;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    await this.#launcher?.end();
    const lock = await this.#claiming?.catch(() => null);
    await lock?.release();
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
