import { Input } from './input.ts';
import { type Output, UnpackError } from './output.ts';
import { RangeDecoder, newProbabilities } from './range-decoder.ts';

/**
 * LZMA as its inventor specifies it (lzma-specification.txt of the LZMA SDK): a range coder over adaptive
 * bits that says literal, match or repeated match. Used bare (`.lzma`) and in the chunks of `.xz`.
 */

/** The strongest preset of the xz tools takes 64 MiB; twice that is still harmless. */
export const DICTIONARY_BYTES_MAX = 128 * 1024 * 1024;
const DICTIONARY_BYTES_MIN = 4096;

const STATES = 12;
const POSITION_STATES_MAX = 16;
const LENGTH_BITS_LOW = 3;
const LENGTH_BITS_HIGH = 8;
const MATCH_LENGTH_MIN = 2;
const SLOT_BITS = 6;
const ALIGN_BITS = 4;
const FIRST_MODEL_SLOT = 4;
const LAST_MODEL_SLOT = 14;
const FULL_DISTANCES = 128;
const LITERAL_PROBABILITIES = 0x300;
const END_MARKER = 0xffff_ffff;

/** The usual properties, and dictionaries of whole pages: the format has no magic number. */
export const LZMA_START: readonly number[] = [0x5d, 0x00, 0x00];

/** `.lzma`: properties, dictionary size, length or none, and the data; then perhaps a second stream. */
export function unpackLzma(bytes: Uint8Array, output: Output): void {
  const input = new Input(bytes);
  output.follow(() => input.share);
  do unpackStream(input, output);
  while (LZMA_START.every((byte, at) => input.bytes[input.at + at] === byte));
}

function unpackStream(input: Input, output: Output): void {
  const properties = input.byte();
  const dictionaryBytes = input.uint32();
  const low = input.uint32();
  const high = input.uint32();
  const isOpen = low === 0xffff_ffff && high === 0xffff_ffff;
  const length = isOpen ? Number.POSITIVE_INFINITY : high * 2 ** 32 + low;
  const window = new Window(dictionaryBytes, output);
  const decoder = new LzmaDecoder(window);
  decoder.setProperties(properties);
  decoder.run(new RangeDecoder(input), length);
  window.flush();
}

/** The last bytes that were written, which matches copy from; full windows go to the output. */
export class Window {
  readonly #output: Output;
  readonly #size: number;
  readonly #bytes: Uint8Array;
  #at = 0;
  #flushed = 0;
  /** Bytes that a match may reach back. */
  filled = 0;
  /** Bytes since the beginning, of which only the lowest bits are asked for. */
  position = 0;

  constructor(size: number, output: Output) {
    if (size > DICTIONARY_BYTES_MAX) throw new UnpackError(`its dictionary has ${size} bytes`);
    this.#size = Math.max(size, DICTIONARY_BYTES_MIN);
    this.#bytes = new Uint8Array(this.#size);
    this.#output = output;
  }

  /** Forgets what was written: nothing that follows refers to it. */
  reset(): void {
    this.filled = 0;
    this.position = 0;
  }

  put(byte: number): void {
    this.#bytes[this.#at] = byte;
    this.#at += 1;
    this.position = (this.position + 1) | 0;
    if (this.filled < this.#size) this.filled += 1;
    if (this.#at === this.#size) this.#turn();
  }

  /** The byte `distance` back; 1 is the last one. */
  back(distance: number): number {
    const at = this.#at - distance;
    return this.#bytes[at < 0 ? at + this.#size : at]!;
  }

  copy(distance: number, length: number): void {
    if (distance > this.filled) throw new UnpackError('a match reaches before its beginning');
    const from = this.#at - distance;
    if (from < 0 || this.#at + length >= this.#size) {
      for (let left = length; left > 0; left--) this.put(this.back(distance));
      return;
    }
    const bytes = this.#bytes;
    // Byte by byte, forwards: a match may copy what it has just written.
    for (let at = this.#at, end = at + length; at < end; at++) bytes[at] = bytes[at - distance]!;
    this.#at += length;
    this.position = (this.position + length) | 0;
    this.filled = Math.min(this.filled + length, this.#size);
  }

  flush(): void {
    if (this.#at > this.#flushed) this.#output.push(this.#bytes.slice(this.#flushed, this.#at));
    this.#flushed = this.#at;
  }

  #turn(): void {
    this.flush();
    this.#at = 0;
    this.#flushed = 0;
  }
}

/** Lengths of matches: 2 to 9, 10 to 17, or 18 to 273. */
class LengthDecoder {
  readonly #choice = newProbabilities(2);
  readonly #low = newProbabilities(POSITION_STATES_MAX << LENGTH_BITS_LOW);
  readonly #middle = newProbabilities(POSITION_STATES_MAX << LENGTH_BITS_LOW);
  readonly #high = newProbabilities(1 << LENGTH_BITS_HIGH);

  read(range: RangeDecoder, positionState: number): number {
    const offset = positionState << LENGTH_BITS_LOW;
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, offset, LENGTH_BITS_LOW);
    if (range.bit(this.#choice, 1) === 0) {
      return 8 + range.tree(this.#middle, offset, LENGTH_BITS_LOW);
    }
    return 16 + range.tree(this.#high, 0, LENGTH_BITS_HIGH);
  }
}

/** The adaptive state of one stream; `.xz` keeps it from chunk to chunk or begins it anew. */
export class LzmaDecoder {
  readonly #window: Window;
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  /** The last four distances, the newest first. */
  readonly #repeats = new Uint32Array(4);
  #literals = newProbabilities(0);
  #isMatch = newProbabilities(0);
  #isRepeat = newProbabilities(0);
  #isRepeat0 = newProbabilities(0);
  #isRepeat0Long = newProbabilities(0);
  #isRepeat1 = newProbabilities(0);
  #isRepeat2 = newProbabilities(0);
  #slots = newProbabilities(0);
  #distances = newProbabilities(0);
  #align = newProbabilities(0);
  #matchLength = new LengthDecoder();
  #repeatLength = new LengthDecoder();

  constructor(window: Window) {
    this.#window = window;
  }

  /** One byte that holds three small numbers; the state begins anew with them. */
  setProperties(byte: number): void {
    const rest = Math.floor(byte / 9);
    if (rest >= 45) throw new UnpackError('its properties are wrong');
    this.#literalContextBits = byte % 9;
    this.#literalPositionMask = (1 << (rest % 5)) - 1;
    this.#positionMask = (1 << Math.floor(rest / 5)) - 1;
    const contexts = (byte % 9) + (rest % 5);
    this.#literals = newProbabilities(LITERAL_PROBABILITIES << contexts);
    this.reset();
  }

  reset(): void {
    this.#state = 0;
    this.#repeats.fill(1);
    this.#literals = newProbabilities(this.#literals.length);
    this.#isMatch = newProbabilities(STATES * POSITION_STATES_MAX);
    this.#isRepeat = newProbabilities(STATES);
    this.#isRepeat0 = newProbabilities(STATES);
    this.#isRepeat0Long = newProbabilities(STATES * POSITION_STATES_MAX);
    this.#isRepeat1 = newProbabilities(STATES);
    this.#isRepeat2 = newProbabilities(STATES);
    this.#slots = newProbabilities(4 << SLOT_BITS);
    this.#distances = newProbabilities(FULL_DISTANCES);
    this.#align = newProbabilities(1 << ALIGN_BITS);
    this.#matchLength = new LengthDecoder();
    this.#repeatLength = new LengthDecoder();
  }

  /** Decodes `length` bytes, or up to the end marker where the length is not known. */
  run(range: RangeDecoder, length: number): void {
    let left = length;
    while (left > 0) {
      const positionState = this.#window.position & this.#positionMask;
      const at = this.#state * POSITION_STATES_MAX + positionState;
      let taken = 1;
      if (range.bit(this.#isMatch, at) === 0) this.#literal(range);
      else taken = this.#match(range, positionState, left);
      if (taken === 0) {
        if (left !== Number.POSITIVE_INFINITY) throw new UnpackError('it ends too early');
        return;
      }
      left -= taken;
    }
  }

  #literal(range: RangeDecoder): void {
    const window = this.#window;
    const previous = window.filled > 0 ? window.back(1) : 0;
    const context =
      ((window.position & this.#literalPositionMask) << this.#literalContextBits) +
      (previous >> (8 - this.#literalContextBits));
    const offset = LITERAL_PROBABILITIES * context;
    const state = this.#state;
    if (state < 7) {
      window.put(range.literal(this.#literals, offset));
    } else {
      const distance = this.#repeats[0]!;
      if (distance > window.filled) throw new UnpackError('a match reaches before its beginning');
      window.put(range.matchedLiteral(this.#literals, offset, window.back(distance)));
    }
    if (state < 4) this.#state = 0;
    else this.#state = state < 10 ? state - 3 : state - 6;
  }

  /** Copies a match and returns its length; 0 is the end marker. */
  #match(range: RangeDecoder, positionState: number, left: number): number {
    const state = this.#state;
    let length: number;
    if (range.bit(this.#isRepeat, state) === 0) {
      length = this.#matchLength.read(range, positionState);
      this.#state = state < 7 ? 7 : 10;
      const distance = this.#distance(range, length);
      if (distance === END_MARKER) return 0;
      this.#repeats.copyWithin(1, 0, 3);
      this.#repeats[0] = distance + 1;
    } else {
      if (this.#isShort(range, positionState)) {
        this.#window.copy(this.#repeats[0]!, 1);
        return 1;
      }
      length = this.#repeatLength.read(range, positionState);
      this.#state = state < 7 ? 8 : 11;
    }
    length += MATCH_LENGTH_MIN;
    if (length > left) throw new UnpackError('a match is longer than what is left');
    this.#window.copy(this.#repeats[0]!, length);
    return length;
  }

  /** Chooses among the last four distances; true for one byte at the last of them. */
  #isShort(range: RangeDecoder, positionState: number): boolean {
    const state = this.#state;
    if (range.bit(this.#isRepeat0, state) === 0) {
      const at = state * POSITION_STATES_MAX + positionState;
      if (range.bit(this.#isRepeat0Long, at) === 1) return false;
      this.#state = state < 7 ? 9 : 11;
      return true;
    }
    const isOlder = range.bit(this.#isRepeat1, state) === 1;
    const taken = isOlder ? 2 + range.bit(this.#isRepeat2, state) : 1;
    const distance = this.#repeats[taken]!;
    this.#repeats.copyWithin(1, 0, taken);
    this.#repeats[0] = distance;
    return false;
  }

  #distance(range: RangeDecoder, length: number): number {
    const slot = range.tree(this.#slots, Math.min(length, 3) << SLOT_BITS, SLOT_BITS);
    if (slot < FIRST_MODEL_SLOT) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < LAST_MODEL_SLOT) {
      return base + range.reverseTree(this.#distances, base - slot, bits);
    }
    const direct = range.direct(bits - ALIGN_BITS) * (1 << ALIGN_BITS);
    return (base >>> 0) + direct + range.reverseTree(this.#align, 0, ALIGN_BITS);
  }
}
