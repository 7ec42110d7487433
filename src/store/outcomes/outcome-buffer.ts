import { ThicketError } from '../../core/errors.ts';
import type { ModelRows } from '../../ops/metrics.ts';
import type { Guard } from './guard.ts';
import { modelRows } from './model-rows.ts';
import type { OutcomeRow } from './outcome-rows.ts';
import type { Outcome } from './outcome.ts';
import type { KeyedReply } from './reply-keys.ts';

/**
 * Memory of all waiting outcomes together: a quarter of a small instance's. 100,000 ordinary rows take half
 * of it.
 */
export const BUFFER_BYTES_MAX = 256 * 1024 * 1024;
/** A row's objects, its short texts, and its part of a reply that is stored with it. */
const ROW_BYTES = 512;

/** The events that the writer reports to the metrics. */
export interface WriterObserver {
  /** One commit: its rows, and how long the store took. */
  committed(rows: readonly ModelRows[], seconds: number): void;
  /** Rows that were admitted and are not stored: refused by the server, too late, or lost at the end. */
  failed(rows: readonly ModelRows[], why: Failure): void;
  /** Rows that were admitted now (1), or are settled (-1). */
  waiting(rows: readonly ModelRows[], change: 1 | -1): void;
}

/** Room in the buffer, held from admission until the outcomes are settled. */
export interface Room {
  readonly rows: number;
  readonly bytes: number;
  readonly byModel: readonly ModelRows[];
}

/** Why admitted rows are not stored: the server refused them, it was too late, or all came to an end. */
export type Failure = 'refused' | 'late' | 'lost';

/** The outcomes of one write: stored together or not at all. */
export interface Write {
  readonly rows: readonly OutcomeRow[];
  /** Decides which of the rows are stored; null: all. */
  readonly guard: Guard | null;
  /** Is stored with the rows; where its key is taken, none of them is. */
  readonly keyed: KeyedReply | null;
  /** At `queued`, callers have already been promised that the rows will be stored. */
  readonly level: 'stored' | 'queued';
}

/** A write on its way through the buffer. */
export interface Group extends Write {
  readonly room: Room;
  /** By `performance.now()`. A queued group is never late. */
  readonly lateAt: number;
  readonly resolve: (stored: readonly OutcomeRow[]) => void;
  readonly reject: (error: unknown) => void;
  /** Stored, refused or given up: nothing waits for it any more. */
  settled: boolean;
}

/**
 * Outcomes that are admitted and not yet stored, within a bound. A group waits to be taken, is then under way,
 * and is settled at last, from either state; the bound holds for all three together until it is.
 */
export class OutcomeBuffer {
  readonly #rowsMax: number;
  readonly #deadlineMs: number;
  readonly #observer: WriterObserver | undefined;
  /** In order of admission; those before `#next` have been taken. */
  #queue: Group[] = [];
  #next = 0;
  /** Unsettled groups, in order of admission. */
  readonly #open = new Set<Group>();
  #rows = 0;
  #bytes = 0;
  #closed = false;
  #whenEmpty: (() => void) | null = null;

  constructor(rowsMax: number, deadlineMs: number, observer: WriterObserver | undefined) {
    this.#rowsMax = rowsMax;
    this.#deadlineMs = deadlineMs;
    this.#observer = observer;
  }

  get waits(): boolean {
    return this.#next < this.#queue.length;
  }

  /** @throws {ThicketError} QUEUE_FULL when the rows do not fit now, BATCH_TOO_LARGE when they never do. */
  reserve(drafts: readonly Omit<Outcome, 'id'>[]): Room {
    const room = { rows: drafts.length, bytes: bytesOf(drafts), byModel: modelRows(drafts) };
    if (room.rows > this.#rowsMax || room.bytes > BUFFER_BYTES_MAX) {
      throw new ThicketError('BATCH_TOO_LARGE', `at most ${this.#rowsMax} outcomes in one write`);
    }
    if (this.#rows + room.rows > this.#rowsMax || this.#bytes + room.bytes > BUFFER_BYTES_MAX) {
      throw new ThicketError('QUEUE_FULL', `${this.#rows} outcomes already wait to be stored`);
    }
    this.#change(room, 1);
    return room;
  }

  release(room: Room): void {
    this.#change(room, -1);
  }

  /** @returns A promise of the rows that are committed; callers may ignore that of a queued group. */
  add(write: Write, room: Room): Promise<readonly OutcomeRow[]> {
    const stored = new Promise<readonly OutcomeRow[]>((resolve, reject) => {
      const lateAt = performance.now() + this.#deadlineMs;
      const group: Group = { ...write, room, lateAt, resolve, reject, settled: false };
      this.#open.add(group);
      if (this.#closed) {
        this.#lose(group);
        return;
      }
      this.#queue.push(group);
    });
    // Its failure is logged and counted; the reply has left.
    if (write.level === 'queued') stored.catch(() => {});
    return stored;
  }

  /** The next groups in order, as many as fit, at least one. */
  take(rowsMax: number): Group[] {
    const groups: Group[] = [];
    let rows = 0;
    for (; this.#next < this.#queue.length; this.#next++) {
      const group = this.#queue[this.#next]!;
      if (groups.length > 0 && rows + group.rows.length > rowsMax) break;
      groups.push(group);
      rows += group.rows.length;
    }
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    return groups;
  }

  /** @param stored The rows of the group that are committed. */
  settle(group: Group, stored: readonly OutcomeRow[]): void {
    if (this.#end(group)) group.resolve(stored);
  }

  fail(group: Group, why: Failure, error: unknown): void {
    if (!this.#end(group)) return;
    this.#observer?.failed(group.room.byModel, why);
    group.reject(error);
  }

  /** @returns Whether the group was not settled before. */
  #end(group: Group): boolean {
    if (group.settled) return false;
    group.settled = true;
    this.#open.delete(group);
    this.release(group.room);
    return true;
  }

  /** The time since the admission of the first group that is not settled; 0 without one. */
  get longestWaitMs(): number {
    const [first] = this.#open;
    return first === undefined ? 0 : performance.now() - first.lateAt + this.#deadlineMs;
  }

  /**
   * Fails groups that have waited too long. A commit under way may store them all the same.
   * @param reason Why, where it is known.
   * @returns The errors, one a group.
   */
  failOverdue(reason: string | null): readonly ThicketError[] {
    const now = performance.now();
    const errors: ThicketError[] = [];
    const sentence = `Postgres did not commit within ${this.#deadlineMs} ms`;
    for (const group of this.#open) {
      if (group.lateAt > now) break;
      if (group.level === 'queued') continue;
      const why = reason === null ? sentence : `${sentence}: ${reason}`;
      const error = new ThicketError('STORE_UNAVAILABLE', why);
      this.fail(group, 'late', error);
      errors.push(error);
    }
    return errors;
  }

  /** Gives up every group that is left, and every later one. */
  close(): void {
    this.#closed = true;
    for (const group of this.#open) this.#lose(group);
  }

  #lose(group: Group): void {
    const error = new ThicketError('STORE_UNAVAILABLE', 'the writer stopped before the commit');
    this.fail(group, 'lost', error);
  }

  /** True where every group was settled within `msMax`. */
  async emptied(msMax: number): Promise<boolean> {
    if (this.#rows === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      timer = setTimeout(resolve, msMax);
    });
    clearTimeout(timer);
    return this.#rows === 0;
  }

  #change({ rows, bytes, byModel }: Room, change: 1 | -1): void {
    this.#rows += change * rows;
    this.#bytes += change * bytes;
    this.#observer?.waiting(byModel, change);
    if (this.#rows === 0) this.#whenEmpty?.();
  }
}

function bytesOf(drafts: readonly Omit<Outcome, 'id'>[]): number {
  let bytes = drafts.length * ROW_BYTES;
  for (const { input, outputs, probabilities, scores } of drafts) {
    for (const text of [input, outputs, probabilities, scores]) bytes += text?.length ?? 0;
  }
  return bytes;
}
