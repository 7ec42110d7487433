import { refuse } from '../refuse.ts';

/** Takes what a file unpacks to, piece by piece, and stops a bomb at the bound. */
export class Output {
  readonly #chunks: Uint8Array[] = [];
  readonly #bytesMax: number;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps the chunk itself: whoever gave it must not write to it any more. */
  push(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#length > this.#bytesMax) this.refuseMore();
    this.#chunks.push(chunk);
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

/** What is wrong with compressed data, for the one sentence that names the format as well. */
export class UnpackError extends Error {}
