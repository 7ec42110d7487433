/**
 * A small seeded source of chance (mulberry32): the same seed gives the same rows on every machine.
 */
export class Chance {
  /** @type {number} */
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). */
  uniform() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Twelve uniforms added: near enough to normal, and no math library's last digit comes in. */
  normal() {
    let sum = -6;
    for (let draw = 0; draw < 12; draw++) sum += this.uniform();
    return sum;
  }

  /** @param {number} below */
  integer(below) {
    return Math.floor(this.uniform() * below);
  }

  /**
   * @template T
   * @param {readonly T[]} items
   * @returns {T}
   */
  pick(items) {
    return items[this.integer(items.length)];
  }

  /**
   * @template T
   * @param {readonly T[]} items
   * @param {(item: T) => number} weight
   * @returns {T}
   */
  weighted(items, weight) {
    let left = this.uniform() * items.reduce((sum, item) => sum + weight(item), 0);
    for (const item of items) {
      left -= weight(item);
      if (left < 0) return item;
    }
    return items[items.length - 1];
  }
}
