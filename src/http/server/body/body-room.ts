import { ThicketError } from '../../../core/errors.ts';

/** Larger bodies leave a quarter of the room to those up to here, so that single rows always find a place. */
export const SMALL_BODY_BYTES_MAX = 16 * 1024;
const LARGE_SHARE = 0.75;

/** The bytes of all bodies together that are under way: from their arrival until their reply. */
export class BodyRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @param large The body is larger than a small one. @returns False where there is no room now. */
  take(bytes: number, large: boolean): boolean {
    if (this.#bytes + bytes > this.#bytesMax * (large ? LARGE_SHARE : 1)) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** The error of a body that finds no room. */
  full(): ThicketError {
    return new ThicketError('QUEUE_FULL', `bodies of ${this.#bytes} bytes are under way already`);
  }
}
