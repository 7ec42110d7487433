import { refuse } from '../../../model/refuse.ts';

/**
 * Memory for the objects of a file: twice its bytes (text that carries bytes is held once as text
 * and once as bytes) and this much more, for small files whose objects outweigh their bytes. Together
 * with the file itself that stays under three times its size and 200 MB.
 */
export const ACCOUNT_BASE_BYTES_MAX = 96 * 1024 * 1024;
const ACCOUNT_FILE_FACTOR_MAX = 2;

/** Estimates of what V8 takes for an object, on the high side; charged before it is made. */
export const COST = {
  slot: 24, // A growing array is copied, so a slot lives up to two and a half times.
  array: 48,
  map: 256,
  entry: 96, // A map that grows is copied as well.
  set: 256,
  text: 32,
  view: 160,
  object: 160,
} as const;

/** Counts memory before it is taken, so that a file of a few bytes cannot ask for gigabytes. */
export class Account {
  #left: number;

  constructor(fileBytes: number) {
    this.#left = ACCOUNT_FILE_FACTOR_MAX * fileBytes + ACCOUNT_BASE_BYTES_MAX;
  }

  charge(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) {
      refuse(
        'The file asks for more memory than a model of its size needs: it is damaged or hostile',
      );
    }
  }
}
