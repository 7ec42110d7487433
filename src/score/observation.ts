import type { LiveModel } from '../live/live-model.ts';
import type { Log } from '../ops/log.ts';
import type { ScoredRow } from './outcomes.ts';

/** Called with answered rows, which it only reads. Its errors are logged and reach no caller. */
export type Observer = (rows: readonly ScoredRow[], live: LiveModel) => void | Promise<void>;

/**
 * Calls observers with the rows that a model has answered, once for all that one turn of the event loop has
 * answered: a batch of many requests is one call. It does so in a later turn, when these rows are on
 * their way to the store already.
 */
export class Observation {
  readonly #observers: readonly Observer[];
  readonly #log: Pick<Log, 'error'>;
  #rows: ScoredRow[] = [];

  constructor(observers: readonly Observer[], log: Pick<Log, 'error'>) {
    this.#observers = observers;
    this.#log = log;
  }

  add(rows: readonly ScoredRow[], live: LiveModel): void {
    if (rows.length === 0) return;
    if (this.#rows.length === 0) setImmediate(() => this.flush(live));
    for (const row of rows) this.#rows.push(row);
  }

  /** Delivers the gathered rows at once. */
  flush(live: LiveModel): void {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    for (const observer of this.#observers) void this.#tell(observer, rows, live);
  }

  async #tell(observer: Observer, rows: readonly ScoredRow[], live: LiveModel): Promise<void> {
    try {
      await observer(rows, live);
    } catch (error) {
      this.#log.error({ err: error, rows: rows.length }, 'an observer of scored rows failed');
    }
  }
}
