import { connect as connectSocket, type Socket } from 'node:net';

import postgres from 'postgres';

import type { Log } from '../ops/log.ts';

/** The tag of every query. `int8` comes back as a number: our ids stay far below 2^53. */
export type Sql = postgres.Sql<{ int8: number }>;

export interface ClientOptions {
  readonly url: string;
  /**
   * Connections at most; they are opened as queries need them. With one, every query goes over the same
   * connection as the one before it, or fails: never over another, where no transaction is open.
   */
  readonly max: number;
  readonly log: Log;
  /** Postgres ends a statement that takes longer, and a transaction that pauses for longer. Absent: never. */
  readonly statementMsMax?: number;
  /** A connection was lost or could not be made. */
  readonly onLost?: () => void;
  /** A notification of a channel that a connection listens to. */
  readonly onNotify?: (channel: string) => void;
}

/** A connection that takes longer to be made is as good as none: recovery is promised within 2 s. */
const CONNECT_SECONDS_MAX = 2;
/** Connections are renewed now and then, so that a server's memory for each cannot grow for ever. */
const LIFETIME_SECONDS_MAX = 3_600;
/** Waiting before connecting anew: long enough to spare a starting server, short beside 2 s. */
const BACKOFF_SECONDS_MAX = 0.25;
/** Closing waits this long for queries in flight. */
const END_SECONDS_MAX = 5;

/**
 * The `postgres` package, set up as this project needs it and guarded against what it does with a lost
 * connection (3.4.9): bytes that waited to be sent stay in the connection's buffer, so that it may hang
 * for ever after it has been made again, and a transaction of `sql.begin` whose connection is lost can
 * throw outside every promise and end the process. Therefore nothing is used again after a loss: `sql`
 * is then another set of connections. No code may call `sql.begin`; transactions are in
 * `transactions.ts`.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #sockets = new Set<Socket>();
  #sql: Sql | null = null;
  #attempts = 0;
  #ended = false;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Do not keep it: it is replaced when a connection is lost. */
  get sql(): Sql {
    this.#sql ??= this.#create();
    return this.#sql;
  }

  /** Breaks every connection: what is in flight fails now, what comes next starts afresh. */
  discard(): void {
    this.#replace();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Waits for what is in flight, within a bound. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#sql?.end({ timeout: END_SECONDS_MAX });
    for (const socket of this.#sockets) socket.destroy();
  }

  #create(): Sql {
    const { url, max, log, statementMsMax } = this.#options;
    let opened = 0;
    const created: Sql = postgres(url, {
      max,
      fetch_types: false,
      connect_timeout: CONNECT_SECONDS_MAX,
      // The package would end a single connection's life between two statements of a transaction.
      max_lifetime: max === 1 ? null : LIFETIME_SECONDS_MAX,
      idle_timeout: 0,
      backoff: (tries: number) => Math.min(0.02 * 2 ** tries, BACKOFF_SECONDS_MAX),
      types: {
        int8: { to: 20, from: [20], parse: Number, serialize: String },
      },
      connection: {
        application_name: 'thicket',
        TimeZone: 'UTC',
        ...(statementMsMax !== undefined && timeouts(statementMsMax)),
      },
      onnotice: (notice) => log.debug({ notice: notice['message'] }, 'Postgres says'),
      onnotify: (channel: string) => this.#options.onNotify?.(channel),
      onclose: () => {
        if (this.#ended || this.#sql !== created) return;
        this.#replace();
        this.#options.onLost?.();
      },
      socket: (target: SocketTarget) => {
        if (max === 1 && opened++ > 0) throw lostConnection();
        return this.#open(target);
      },
    } as postgres.Options<Record<string, postgres.PostgresType>>) as unknown as Sql;
    return created;
  }

  /** The old connections finish what is in flight on those that still live. */
  #replace(): void {
    const old = this.#sql;
    this.#sql = null;
    // Later than now, because the client still works on the loss that it reports.
    if (old !== null)
      setImmediate(() => void old.end({ timeout: END_SECONDS_MAX }).catch(() => {}));
  }

  /** Sockets of our own for TCP_NODELAY: with Nagle's algorithm a COPY of any size takes 90 ms. */
  #open(target: SocketTarget): Socket {
    for (const socket of this.#sockets) if (socket.destroyed) this.#sockets.delete(socket);
    // With several hosts, the next one after each failure.
    const at = this.#attempts++ % target.host.length;
    const host = target.host[at]!;
    const socket = target.path ? connectSocket(target.path) : connectSocket(target.port[at]!, host);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    // The client takes the server's name for TLS from here.
    return Object.assign(socket, { host });
  }
}

/** A process that is frozen or cut off within a transaction would hold its locks for hours. */
function timeouts(ms: number): Record<string, number> {
  return { statement_timeout: ms, idle_in_transaction_session_timeout: ms };
}

function lostConnection(): Error {
  return Object.assign(new Error('the connection was lost'), { code: 'CONNECTION_CLOSED' });
}

interface SocketTarget {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path: string | false;
}
