import { ThicketError } from '../core/errors.ts';
import { Service } from '../core/service.ts';
import { Client, type Sql } from './client.ts';
import { asStoreError, isStoreAway } from './failures.ts';

/** Work inside a transaction. It must not start one itself, nor use `tx` once it has ended. */
export type Work<T> = (tx: Sql) => Promise<T>;

/**
 * Transactions, each on a connection that nothing else uses meanwhile: the `postgres` package's own
 * (`sql.begin`) end the process when a connection is lost at the wrong moment. A connection whose
 * transaction failed for any reason but a refused statement is closed, never used again.
 */
export class Transactions extends Service {
  readonly #open: () => Client;
  readonly #clientsMax: number;
  readonly #idle: Client[] = [];
  readonly #busy = new Set<Client>();
  readonly #waiting: ((client: Client) => void)[] = [];

  /** @param open Makes a client of one connection. */
  constructor(open: () => Client, clientsMax: number) {
    super();
    this.#open = open;
    this.#clientsMax = clientsMax;
  }

  protected override async onStop(): Promise<void> {
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map((client) => client.end()));
  }

  /**
   * Commits all that `work` did, or nothing. A connection lost during COMMIT leaves open which of the two: a
   * caller that tries again must look first, or do work that can be done twice.
   * @param givenUp Ends the transaction with its connection.
   * @throws {ThicketError} STORE_UNAVAILABLE when the connection is lost or `msMax` have passed.
   */
  async run<T>(work: Work<T>, msMax: number, givenUp?: AbortSignal): Promise<T> {
    const client = await this.#take();
    const giveUp = (): void => client.discard();
    let healthy = false;
    try {
      givenUp?.throwIfAborted();
      givenUp?.addEventListener('abort', giveUp, { once: true });
      const result = await withDeadline(
        msMax,
        () => transact(client, work),
        () => client.discard(),
      );
      healthy = true;
      return result;
    } catch (error) {
      healthy = !isStoreAway(error) && (await rolledBack(client, msMax));
      throw asStoreError(error);
    } finally {
      givenUp?.removeEventListener('abort', giveUp);
      this.#giveBack(client, healthy);
    }
  }

  async #take(): Promise<Client> {
    let client = this.#idle.pop();
    if (client === undefined && this.#busy.size >= this.#clientsMax) {
      client = await new Promise<Client>((resolve) => this.#waiting.push(resolve));
    }
    client ??= this.#open();
    this.#busy.add(client);
    return client;
  }

  #giveBack(client: Client, healthy: boolean): void {
    let next = client;
    if (!healthy) {
      client.discard();
      void client.end();
      this.#busy.delete(client);
      next = this.#open();
    }
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      this.#busy.add(next);
      waiting(next);
      return;
    }
    this.#busy.delete(next);
    this.#idle.push(next);
  }
}

export async function transact<T>(client: Client, work: Work<T>): Promise<T> {
  // One set of connections from begin to commit: the client would silently offer another after a loss.
  const tx = client.sql;
  await tx`begin`;
  const result = await work(tx);
  const committed = await tx`commit`;
  // A transaction that a swallowed error has aborted answers COMMIT with ROLLBACK, and no error.
  if (committed.command !== 'COMMIT') throw new Error('the transaction was rolled back');
  return result;
}

async function rolledBack(client: Client, msMax: number): Promise<boolean> {
  try {
    await withDeadline(
      msMax,
      async () => client.sql`rollback`,
      () => client.discard(),
    );
    return true;
  } catch {
    return false;
  }
}

/** @param onLate What is to happen when the time is up, besides the error. */
export async function withDeadline<T>(
  msMax: number,
  work: () => Promise<T>,
  onLate: () => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let done = false;
  const late = new Promise<never>((_, reject) => {
    const end = (): void => {
      if (done) return;
      reject(new ThicketError('STORE_UNAVAILABLE', `Postgres did not answer within ${msMax} ms`));
      onLate();
    };
    // When this thread itself was busy that long, the answer lies in the socket: it is read first.
    timer = setTimeout(() => setImmediate(end), msMax);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    done = true;
    clearTimeout(timer);
  }
}
