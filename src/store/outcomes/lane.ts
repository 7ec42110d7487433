import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Client } from '../client.ts';
import { asStoreError, isAborted, isDataFault } from '../failures.ts';
import { reasonOf } from '../reasons.ts';
import type { Store } from '../store.ts';
import { withDeadline } from '../transactions.ts';
import { GuardFailure } from './guard-failure.ts';
import { modelRows } from './model-rows.ts';
import type { Group, OutcomeBuffer, WriterObserver } from './outcome-buffer.ts';
import { rowsOf, storeGroups, type StoredRows } from './store-groups.ts';
import type { Storing } from './storing.ts';

/** Rows in one commit, unless one write alone has more: a commit is then some 100 ms at most. */
const COMMIT_ROWS_MAX = 8_192;
/** Between attempts while the store is away. */
const RETRY_MS = 50;

export interface LaneOptions {
  readonly store: Store;
  readonly buffer: OutcomeBuffer;
  readonly storing: Storing;
  readonly log: Log;
  /** How long one attempt may take. */
  readonly deadlineMs: number;
  readonly observer?: WriterObserver;
}

/** A connection that commits what the buffer holds, one batch after the other. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #client: Client;
  /** Aborted when nothing is written any more. */
  readonly #closed: AbortSignal;
  #busy = false;

  constructor(options: LaneOptions, closed: AbortSignal) {
    const { store, deadlineMs } = options;
    this.#options = options;
    this.#client = store.client({ max: 1, statementMsMax: deadlineMs });
    this.#closed = closed;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Breaks the connection: what is under way fails now. */
  discard(): void {
    this.#client.discard();
  }

  end(): Promise<void> {
    return this.#client.end();
  }

  /** Ends when nothing waits in the buffer. */
  async run(): Promise<void> {
    const { buffer } = this.#options;
    this.#busy = true;
    while (buffer.waits) await this.#store(buffer.take(COMMIT_ROWS_MAX), false);
    this.#busy = false;
  }

  /** Ends when every write of the batch is stored, refused, or given up by its writer. */
  async #store(groups: readonly Group[], mayBeStored: boolean): Promise<void> {
    let again = mayBeStored;
    let said = '';
    for (;;) {
      const wanted = groups.filter((group) => !group.settled);
      if (wanted.length === 0) return;
      const error = await this.#attempt(wanted, again);
      if (error === null) return;
      if (error instanceof GuardFailure) {
        const { groups: blamed, cause } = error;
        if (blamed.length > 1) {
          await this.#storeApart(wanted, blamed, again);
          return;
        }
        this.#refuse(blamed[0]!, cause);
        continue;
      }
      // A second attempt aborts only where a guard has swallowed an error; a COPY does it at the first.
      if (isDataFault(error) || (again && isAborted(error))) {
        await this.#storeHalves(wanted, error);
        return;
      }
      again = true;
      this.#options.storing.failed(error);
      const reason = reasonOf(error);
      if (reason !== said) {
        this.#options.log.warn({ rows: rowsIn(wanted), reason }, 'a commit failed; trying again');
      }
      said = reason;
      // Nothing is known of what a failed connection did or still does: it is never used again.
      this.#client.discard();
      await this.#pause();
    }
  }

  async #attempt(groups: readonly Group[], again: boolean): Promise<unknown> {
    const { buffer, deadlineMs, observer, storing } = this.#options;
    const client = this.#client;
    const began = performance.now();
    let stored: StoredRows;
    try {
      stored = await withDeadline(
        deadlineMs,
        () => storeGroups(client, groups, again),
        () => client.discard(),
      );
    } catch (error) {
      return error;
    }
    storing.worked();
    const seconds = (performance.now() - began) / 1_000;
    observer?.committed(modelRows(rowsOf(stored)), seconds);
    for (const [group, rows] of stored) buffer.settle(group, rows);
    return null;
  }

  /** One of the blamed groups holds up all of them: the others go first, then each of these alone. */
  async #storeApart(
    groups: readonly Group[],
    blamed: readonly Group[],
    again: boolean,
  ): Promise<void> {
    const suspects = new Set(blamed);
    const others = groups.filter((group) => !suspects.has(group));
    await this.#store(others, again);
    for (const group of blamed) await this.#store([group], again);
  }

  /** The server refused something in the batch: alone, each write gets what it deserves. */
  async #storeHalves(groups: readonly Group[], error: unknown): Promise<void> {
    if (groups.length === 1) {
      this.#refuse(groups[0]!, error);
      return;
    }
    const middle = groups.length >> 1;
    await this.#store(groups.slice(0, middle), true);
    await this.#store(groups.slice(middle), true);
  }

  #refuse(group: Group, error: unknown): void {
    const reason = reasonOf(error);
    this.#options.log.error({ rows: group.rows.length, reason }, 'outcomes were refused');
    const sentence = `Postgres refused the outcome: ${reason}`;
    const known = isDataFault(error)
      ? new ThicketError('ROW_INVALID', sentence, { cause: error })
      : asStoreError(error);
    this.#options.buffer.fail(group, 'refused', known);
  }

  async #pause(): Promise<void> {
    if (this.#closed.aborted) return;
    await delay(RETRY_MS, undefined, { signal: this.#closed }).catch(() => {});
  }
}

function rowsIn(groups: readonly Group[]): number {
  return groups.reduce((rows, group) => rows + group.rows.length, 0);
}
