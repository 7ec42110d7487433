import type { Input } from './input.ts';
import { UnpackError } from './output.ts';

const PROBABILITY_BITS = 11;
const PROBABILITY_HALF = 1 << (PROBABILITY_BITS - 1);
const MOVE_BITS = 5;
/** Below 2^24 the range takes in another byte. */
const HIGHEST_BYTE = 0xff00_0000;
/** Turns an unsigned comparison into a signed one. */
const SIGN = 0x8000_0000;

/** Chances of 0, in 2,048ths; each begins at one half. */
export function newProbabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(PROBABILITY_HALF);
}

/**
 * Bits from the range coder of LZMA. Every bit moves the probability that it was read with. Range and
 * code are unsigned, but kept as signed 32-bit integers: those V8 stores without allocating.
 */
export class RangeDecoder {
  readonly #input: Input;
  #range = -1;
  #code: number;

  constructor(input: Input) {
    this.#input = input;
    if (input.byte() !== 0) throw new UnpackError('its data does not begin with a zero');
    let code = 0;
    for (let at = 0; at < 4; at++) code = (code << 8) | input.byte();
    this.#code = code;
  }

  /** True where all bytes were used, as at the end of a chunk. */
  get isFinished(): boolean {
    return this.#code === 0;
  }

  bit(probabilities: Uint16Array, at: number): number {
    const probability = probabilities[at]!;
    const bound = Math.imul(this.#range >>> PROBABILITY_BITS, probability);
    let bit = 0;
    if ((this.#code ^ SIGN) < (bound ^ SIGN)) {
      this.#range = bound;
      probabilities[at] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
    } else {
      this.#range = (this.#range - bound) | 0;
      this.#code = (this.#code - bound) | 0;
      probabilities[at] = probability - (probability >> MOVE_BITS);
      bit = 1;
    }
    if ((this.#range & HIGHEST_BYTE) === 0) this.#normalize();
    return bit;
  }

  /** Bits of even chances, the first the highest. */
  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.#range >>>= 1;
      const bit = (this.#code ^ SIGN) < (this.#range ^ SIGN) ? 0 : 1;
      if (bit === 1) this.#code = (this.#code - this.#range) | 0;
      value = value * 2 + bit;
      if ((this.#range & HIGHEST_BYTE) === 0) this.#normalize();
    }
    return value;
  }

  tree(probabilities: Uint16Array, offset: number, bits: number): number {
    let symbol = 1;
    for (let left = bits; left > 0; left--) {
      symbol = (symbol << 1) | this.bit(probabilities, offset + symbol);
    }
    return symbol - (1 << bits);
  }

  reverseTree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let symbol = 0;
    for (let at = 0; at < bits; at++) {
      const bit = this.bit(probabilities, offset + node);
      node = (node << 1) | bit;
      symbol |= bit << at;
    }
    return symbol;
  }

  literal(probabilities: Uint16Array, offset: number): number {
    let symbol = 1;
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(probabilities, offset + symbol);
    return symbol & 0xff;
  }

  /** A literal after a match is likely not the byte that would have continued the match. */
  matchedLiteral(probabilities: Uint16Array, offset: number, byte: number): number {
    let symbol = 1;
    let expected = byte;
    while (symbol < 0x100) {
      const expectedBit = (expected >> 7) & 1;
      expected <<= 1;
      const bit = this.bit(probabilities, offset + ((1 + expectedBit) << 8) + symbol);
      symbol = (symbol << 1) | bit;
      if (bit !== expectedBit) break;
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(probabilities, offset + symbol);
    return symbol & 0xff;
  }

  #normalize(): void {
    this.#range <<= 8;
    this.#code = (this.#code << 8) | this.#input.byte();
  }
}
