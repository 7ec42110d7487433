import { setTimeout as delay } from 'node:timers/promises';

import type { Log } from '../../ops/log.ts';
import { isConnectionLoss, isTimeout } from '../failures.ts';
import { publicReasonOf, reasonOf } from '../reasons.ts';

/** Failures in a row, of writes and probes, after which nothing is taken for storable any more. */
const FAILURES_MAX = 3;
/** Between two probes: storing works again at most so much earlier than it is noticed. */
const PROBE_PAUSE_MS = 1_000;

export interface StoringOptions {
  /** A write of no consequence that goes the way of every write. */
  readonly probe: () => Promise<void>;
  /** False while the store is away: it says so itself. */
  readonly connected: () => boolean;
  readonly log: Log;
  /** Ends the probes. */
  readonly signal: AbortSignal;
}

/**
 * Knows from the writes themselves whether outcomes can be stored: a server that answers may have a full disk, or
 * a table that somebody has locked.
 *
 * - UNPROVEN  nothing was stored yet.
 * - WORKS     the last write or probe was committed, or fewer than FAILURES_MAX failed since.
 * - FAILS     FAILURES_MAX in a row failed or came too late.
 *
 * A failure, and a write that waits long, start probes at a bounded rate; they go on until a write or a probe
 * is committed. So the verdict is found, and mended, without traffic too.
 */
export class Storing {
  readonly #options: StoringOptions;
  #proven = false;
  #failures = 0;
  #reason = 'no write has been tried yet';
  #doubted = false;
  #probing = false;
  #waiting: (() => void)[] = [];

  constructor(options: StoringOptions) {
    this.#options = options;
  }

  /** True while new writes would fail as the last ones did. */
  get fails(): boolean {
    return this.#failures >= FAILURES_MAX;
  }

  /** Why predictions cannot be stored, for everybody's eyes; null when they can. */
  get trouble(): string | null {
    return this.#proven && !this.fails ? null : this.#reason;
  }

  /** The reason of the last failure since the last success; null without one. */
  get lastReason(): string | null {
    return this.#failures === 0 ? null : this.#reason;
  }

  /** A write was committed. */
  worked(): void {
    if (this.fails) this.#options.log.info('predictions are stored again');
    this.#proven = true;
    this.#failures = 0;
    this.#doubted = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** A write or a probe failed. A lost connection says nothing of what the server would have done. */
  failed(error: unknown): void {
    if (isTimeout(error)) this.late(publicReasonOf(error));
    else if (!isConnectionLoss(error)) this.#count(publicReasonOf(error), reasonOf(error));
    this.doubt();
  }

  /** A write was not committed in time; a failure before it says more about the reason. */
  late(sentence: string): void {
    const reason = this.lastReason ?? sentence;
    this.#count(reason, reason);
    this.doubt();
  }

  /** Starts probes, unless they run. */
  doubt(): void {
    this.#doubted = true;
    if (!this.#probing) void this.#probe();
  }

  /** Ends when storing works, or the caller has given up. */
  async proof(givenUp: AbortSignal): Promise<void> {
    if (this.trouble === null || givenUp.aborted) return;
    this.doubt();
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      givenUp.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #count(reason: string, detail: string): void {
    const { connected, log } = this.#options;
    if (!connected()) return;
    this.#reason = reason;
    this.#failures++;
    if (this.#failures === FAILURES_MAX) {
      log.error({ reason: detail }, 'predictions cannot be stored');
    }
  }

  async #probe(): Promise<void> {
    const { probe, signal } = this.#options;
    this.#probing = true;
    while (this.#doubted && !signal.aborted) {
      try {
        await probe();
        this.worked();
      } catch (error) {
        if (!signal.aborted) this.failed(error);
        await delay(PROBE_PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
    this.#probing = false;
  }
}
