import { ThicketError } from '../../../core/errors.ts';
import * as BYTE from './bytes.ts';

/** Lists and objects within each other: the scanner remembers each that is open. No client nests so deeply. */
const DEPTH_MAX = 65_536;
/**
 * Values of one body, skipped ones included: reading them takes 0.1 s, in which nobody else is answered. A
 * body of the default size has no room for as many.
 */
const VALUES_MAX = 4_194_304;

/** Bytes between two steps of reading: some 0.2 ms. */
export const STEP_BYTES = 16 * 1024;

/** Work that pauses again and again, and ends with a result. */
export type Steps<Result> = Generator<void, Result, undefined>;

/**
 * Walks over the bytes of one JSON text and checks its grammar, which is that of JSON.parse. Nothing is
 * built. The bytes must be UTF-8.
 */
export class Scanner {
  readonly bytes: Buffer;
  at = 0;
  /** Of the text that was scanned last: it has an escape; it has more than ASCII. */
  escaped = false;
  wide = false;
  #values = 0;
  #stepEnd = STEP_BYTES;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The next byte behind white space; -1 at the end. It is not passed. */
  peek(): number {
    const { bytes } = this;
    let { at } = this;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte > BYTE.SPACE || !isSpace(byte)) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = at;
    return -1;
  }

  /** Passes white space and this byte. */
  expect(byte: number): void {
    if (this.peek() !== byte) this.fail();
    this.at++;
  }

  /** Passes white space at the end. */
  expectEnd(): void {
    if (this.peek() !== -1) this.fail();
  }

  /**
   * Goes on in a list or an object: true where another item follows, whose comma is passed; false at its end,
   * which is passed.
   */
  another(end: number): boolean {
    const byte = this.peek();
    if (byte !== BYTE.COMMA && byte !== end) this.fail();
    this.at++;
    return byte === BYTE.COMMA;
  }

  /** True once in `STEP_BYTES`: a good moment to let others go on. */
  get stepIsOver(): boolean {
    if (this.at < this.#stepEnd) return false;
    this.#stepEnd = this.at + STEP_BYTES;
    return true;
  }

  /** Counts a value before it is read. */
  count(): void {
    if (++this.#values <= VALUES_MAX) return;
    throw new ThicketError('BODY_TOO_LARGE', `the body holds more than ${VALUES_MAX} values`);
  }

  /** Passes one value of any kind and size, step by step. */
  *skip(): Steps<void> {
    const opened: number[] = [];
    for (;;) {
      if (this.stepIsOver) yield;
      const byte = this.peek();
      if (isOpening(byte)) {
        this.count();
        const end = byte === BYTE.OPEN_LIST ? BYTE.CLOSE_LIST : BYTE.CLOSE_OBJECT;
        this.at++;
        if (this.peek() !== end) {
          if (opened.push(end) > DEPTH_MAX) throw tooDeep();
          if (end === BYTE.CLOSE_OBJECT) this.#skipName();
          continue;
        }
        this.at++;
      } else {
        this.skipSingle(byte);
      }
      while (opened.length > 0 && !this.another(opened.at(-1)!)) opened.pop();
      if (opened.length === 0) return;
      if (opened.at(-1) === BYTE.CLOSE_OBJECT) this.#skipName();
    }
  }

  #skipName(): void {
    if (this.peek() !== BYTE.QUOTE) this.fail();
    this.skipText();
    this.expect(BYTE.COLON);
  }

  /** Passes a value that is no list and no object. @param byte Its first one, where the scanner stands. */
  skipSingle(byte: number): void {
    this.count();
    if (byte === BYTE.QUOTE) this.skipText();
    else if (byte === BYTE.LETTER_T_SMALL) this.#skipWord(TRUE);
    else if (byte === BYTE.LETTER_F_SMALL) this.#skipWord(FALSE);
    else if (byte === BYTE.LETTER_N_SMALL) this.#skipWord(NULL);
    else this.skipNumber();
  }

  #skipWord(word: Uint8Array): void {
    for (const byte of word) {
      if (this.bytes[this.at] !== byte) this.fail();
      this.at++;
    }
  }

  /** Passes the text whose first quote is the next byte. */
  skipText(): void {
    const { bytes } = this;
    let at = this.at + 1;
    let escaped = false;
    let all = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      all |= byte;
      if (byte === BYTE.QUOTE) {
        this.at = at + 1;
        this.escaped = escaped;
        this.wide = all >= 0x80;
        return;
      }
      if (byte === BYTE.BACKSLASH) {
        escaped = true;
        at = this.#skipEscape(at);
      } else if (byte < BYTE.SPACE) {
        break;
      }
    }
    this.at = at;
    this.fail();
  }

  /** @param at The place of the backslash. @returns The place of the escape's last byte. */
  #skipEscape(at: number): number {
    const { bytes } = this;
    const last = bytes[at + 1] === BYTE.LETTER_U_SMALL ? at + 5 : at + 1;
    for (let digit = at + 2; digit <= last; digit++) {
      if (!isHexDigit(bytes[digit] ?? 0)) this.failAt(digit);
    }
    if (last === at + 1 && !isShortEscape(bytes[last] ?? 0)) this.failAt(last);
    return last;
  }

  skipNumber(): void {
    const { bytes } = this;
    if (bytes[this.at] === BYTE.MINUS) this.at++;
    if (bytes[this.at] === BYTE.ZERO) this.at++;
    else this.#skipDigits();
    if (bytes[this.at] === BYTE.POINT) {
      this.at++;
      this.#skipDigits();
    }
    const exponent = bytes[this.at];
    if (exponent !== BYTE.LETTER_E && exponent !== BYTE.LETTER_E_SMALL) return;
    this.at++;
    const sign = bytes[this.at];
    if (sign === BYTE.PLUS || sign === BYTE.MINUS) this.at++;
    this.#skipDigits();
  }

  /** One at least. */
  #skipDigits(): void {
    const { bytes } = this;
    let { at } = this;
    const first = at;
    while (at < bytes.length && isDigit(bytes[at]!)) at++;
    this.at = at;
    if (at === first) this.fail();
  }

  /** @throws {ThicketError} BODY_MALFORMED, with the place. */
  fail(): never {
    this.failAt(this.at);
  }

  failAt(at: number): never {
    throw syntaxError(this.bytes, Math.min(at, this.bytes.length));
  }
}

const TRUE = new Uint8Array(Buffer.from('true'));
const FALSE = new Uint8Array(Buffer.from('false'));
const NULL = new Uint8Array(Buffer.from('null'));

/** The bytes behind a backslash, but for the `u` of an escape by number. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

/** A list or an object begins with it. */
export function isOpening(byte: number): boolean {
  return byte === BYTE.OPEN_LIST || byte === BYTE.OPEN_OBJECT;
}

function isSpace(byte: number): boolean {
  return (
    byte === BYTE.SPACE || byte === BYTE.LINE_FEED || byte === BYTE.RETURN || byte === BYTE.TAB
  );
}

export function isDigit(byte: number): boolean {
  return byte >= BYTE.ZERO && byte <= BYTE.NINE;
}

function isHexDigit(byte: number): boolean {
  const small = byte | 0x20;
  return isDigit(byte) || (small >= 0x61 && small <= 0x66);
}

function isShortEscape(byte: number): boolean {
  return SHORT_ESCAPES.has(byte);
}

/** The line and the character are those that an editor shows for the bytes before. */
function syntaxError(bytes: Buffer, at: number): ThicketError {
  const lineStart = at === 0 ? 0 : bytes.lastIndexOf(BYTE.LINE_FEED, at - 1) + 1;
  let line = 1;
  for (let feed = bytes.indexOf(BYTE.LINE_FEED); feed >= 0 && feed < at; line++) {
    feed = bytes.indexOf(BYTE.LINE_FEED, feed + 1);
  }
  const column = bytes.toString('utf8', lineStart, at).length + 1;
  const [character] = bytes.toString('utf8', at, at + UTF8_BYTES_MAX);
  const found = character === undefined ? 'the end' : JSON.stringify(character);
  const sentence = `the body is not JSON: ${found} is unexpected at line ${line}, column ${column}`;
  return new ThicketError('BODY_MALFORMED', sentence);
}

const UTF8_BYTES_MAX = 4;

function tooDeep(): ThicketError {
  return new ThicketError('BODY_TOO_LARGE', `the body nests deeper than ${DEPTH_MAX} levels`);
}
