/**
 * The bytes of a body while it arrives. Where its length is announced they are copied once, to memory of that
 * length: pieces that are joined at the end would take twice as much, and leave it to the garbage collector.
 */
export class KeptBytes {
  readonly #announced: number;
  #whole: Buffer | null = null;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param announced 0 where no length is announced. */
  constructor(announced: number) {
    this.#announced = announced;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** Copies a chunk, which is gone after the call that brought it. */
  add(chunk: ArrayBuffer): void {
    const bytes = new Uint8Array(chunk);
    if (this.#bytes + bytes.length <= this.#announced) {
      this.#whole ??= Buffer.allocUnsafeSlow(this.#announced);
      this.#whole.set(bytes, this.#bytes);
    } else {
      this.#pieces.push(Buffer.from(bytes));
    }
    this.#bytes += bytes.length;
  }

  /** All that was added; nothing is kept any more. */
  take(): Buffer {
    const whole = this.#whole?.subarray(0, Math.min(this.#bytes, this.#announced)) ?? NO_BYTES;
    const pieces = this.#pieces;
    this.drop();
    return pieces.length === 0 ? whole : Buffer.concat([whole, ...pieces]);
  }

  drop(): void {
    this.#whole = null;
    this.#pieces = [];
    this.#bytes = 0;
  }
}

const NO_BYTES = Buffer.alloc(0);
