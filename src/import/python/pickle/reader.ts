import { isAscii, isUtf8 } from 'node:buffer';
import { refuse } from '../../../model/refuse.ts';

/** A line of a text opcode: names and numbers. Longer lines are no pickle that a program wrote. */
export const LINE_BYTES_MAX = 64 * 1024;
/** V8 holds no longer text; a file's text is checked before it is decoded. */
export const TEXT_BYTES_MAX = 2 ** 29 - 64;

const NEWLINE = 10;

/** Reads forward through the bytes of a file; every length is checked against what is left. */
export class Reader {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Moves over `length` bytes and returns where they begin. */
  skip(length: number): number {
    if (length > this.left) {
      refuse(
        `The file is cut: ${length} bytes are announced at byte ${this.at}, ${this.left} are left`,
      );
    }
    const start = this.at;
    this.at += length;
    return start;
  }

  uint8(): number {
    return this.bytes[this.skip(1)]!;
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32LE(this.skip(4));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.skip(4));
  }

  float64BigEndian(): number {
    return this.bytes.readDoubleBE(this.skip(8));
  }

  /** An eight-byte length. What does not fit a double is not in this file either. */
  length64(): number {
    return Number(this.bytes.readBigUInt64LE(this.skip(8)));
  }

  /** A four-byte length that protocol 1 wrote as signed. */
  lengthSigned32(): number {
    const length = this.int32();
    if (length < 0) refuse(`The file is damaged: a negative length at byte ${this.at - 4}`);
    return length;
  }

  /** A view, not a copy. */
  view(length: number): Buffer {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    if (length > TEXT_BYTES_MAX) refuse(`The file holds a text of ${length} bytes: it is too long`);
    const start = this.skip(length);
    const view = this.bytes.subarray(start, start + length);
    if (isAscii(view)) return view.toString('latin1');
    if (!isUtf8(view)) refuse(`The file is damaged: the text at byte ${start} is not UTF-8`);
    return view.toString('utf8');
  }

  latin1(length: number): string {
    if (length > TEXT_BYTES_MAX) refuse(`The file holds a text of ${length} bytes: it is too long`);
    const start = this.skip(length);
    return this.bytes.toString('latin1', start, start + length);
  }

  /** Text of one byte a character up to the next newline, which is consumed. */
  line(): string {
    return this.#lineWithin(LINE_BYTES_MAX);
  }

  /** A line that protocol 0 puts a whole text or array into. */
  longLine(): string {
    return this.#lineWithin(this.left);
  }

  #lineWithin(bytesMax: number): string {
    const length = this.bytes.subarray(this.at, this.at + bytesMax).indexOf(NEWLINE);
    if (length < 0) refuse(`The file is damaged: the line at byte ${this.at} does not end`);
    const text = this.latin1(length);
    this.at += 1;
    return text;
  }
}
