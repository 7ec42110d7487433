import { refuse } from '../../model/refuse.ts';

/** Takes what a file unpacks to, piece by piece, and stops a bomb at the bound. */
export class Output {
  readonly #chunks: Uint8Array[] = [];
  readonly #bytesMax: number;
  readonly #onShare: (share: number) => void;
  #length = 0;
  #share: (() => number) | null = null;

  /** `onShare` gets the share of the packed bytes that is done, as far as it is known. */
  constructor(bytesMax: number, onShare: (share: number) => void) {
    this.#bytesMax = bytesMax;
    this.#onShare = onShare;
  }

  /** From now on `share` says how much of the packed bytes is done, in [0, 1]. */
  follow(share: () => number): void {
    this.#share = share;
  }

  /** For a part that is checked before it is taken over. */
  nested(): Output {
    const inner = new Output(this.#bytesMax - this.#length, this.#onShare);
    inner.#share = this.#share;
    return inner;
  }

  /** Keeps the chunk itself: the caller must not write to it any more. */
  push(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#length > this.#bytesMax) this.refuseMore();
    this.#chunks.push(chunk);
    if (this.#share !== null) this.#onShare(this.#share());
  }

  refuseMore(): never {
    refuse(
      `The file unpacks to more than ${this.#bytesMax} bytes, the most that is read of a file of its size`,
    );
  }

  get length(): number {
    return this.#length;
  }

  take(): Buffer {
    const [only] = this.#chunks;
    if (only !== undefined && this.#chunks.length === 1) {
      return Buffer.from(only.buffer, only.byteOffset, only.length);
    }
    return Buffer.concat(this.#chunks, this.#length);
  }
}

/** A fault of compressed data, for the one sentence that names the format as well. */
export class UnpackError extends Error {}
