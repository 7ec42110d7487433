/** Bodies up to here cost no more than their request, and are read when they come. */
export const READ_AT_ONCE_BYTES_MAX = 4 * 1024;
/** Bytes of larger bodies that one turn of the event loop reads: under a millisecond. */
const TURN_BYTES = 64 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly read: () => void;
}

/**
 * Spreads the reading of larger bodies over turns of the event loop, one a turn at least. Small requests are
 * answered in between, however many large bodies have arrived.
 */
export class ReadingTurns {
  #readThisTurn = 0;
  #scheduled = false;
  #waiting: Waiting[] = [];

  /** True where a body may be read now. Else it waits for its turn by `wait`. */
  take(bytes: number): boolean {
    if (bytes <= READ_AT_ONCE_BYTES_MAX) return true;
    if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
    this.#readThisTurn += bytes;
    this.#schedule();
    return true;
  }

  /** @param read Called in a later turn, in the order of the calls. */
  wait(bytes: number, read: () => void): void {
    this.#waiting.push({ bytes, read });
    this.#schedule();
  }

  #fits(bytes: number): boolean {
    return this.#readThisTurn === 0 || this.#readThisTurn + bytes <= TURN_BYTES;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#beginTurn());
  }

  #beginTurn(): void {
    this.#scheduled = false;
    this.#readThisTurn = 0;
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
      const { bytes, read } = this.#waiting.shift()!;
      this.#readThisTurn += bytes;
      read();
      this.#schedule(); // Behind what the reading has scheduled: its row is scored first.
    }
  }
}
