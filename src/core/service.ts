/**
 * Starts once and stops once, in this direction only. Every further call joins the first one.
 *
 * - A stop during the start waits for the start's end; a start that takes long heeds `stopSignal`.
 * - A stop after a failed start cleans up what the start left.
 * - A start after a stop does nothing: it may have lost the race against a signal.
 */
export abstract class Service {
  readonly #abort = new AbortController();
  #started: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;
  #starts = false;

  start(): Promise<void> {
    this.#started ??= this.stopping ? Promise.resolve() : this.#start();
    return this.#started;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** True once a stop has been requested. */
  protected get stopping(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Aborted when the stop is asked for, before `onStop` runs. */
  protected get stopSignal(): AbortSignal {
    return this.#abort.signal;
  }

  protected onStart(): Promise<void> {
    return Promise.resolve();
  }

  /** Runs once, when no start is under way; perhaps without any start before it. */
  protected abstract onStop(): Promise<void>;

  async #start(): Promise<void> {
    this.#starts = true;
    try {
      await this.onStart();
    } finally {
      this.#starts = false;
    }
  }

  async #stop(): Promise<void> {
    this.#abort.abort();
    if (this.#starts) await this.#started!.catch(() => {}); // Its caller got the error.
    await this.onStop();
  }
}

/** Last started, first stopped: nothing loses the ground it stands on. */
export async function stopAll(started: readonly Service[]): Promise<void> {
  for (const service of started.toReversed()) await service.stop();
}
