import { UnpackError } from './output.ts';

/** Reads forward through compressed bytes; what is not there any more is an error, never a zero. */
export class Input {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** How much of it was read, in [0, 1]. */
  get share(): number {
    return this.at / this.bytes.length;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new UnpackError('it is cut');
    return this.bytes[this.at++]!;
  }

  uint32(): number {
    const view = this.view(4);
    return (view[0]! | (view[1]! << 8) | (view[2]! << 16) | (view[3]! << 24)) >>> 0;
  }

  view(length: number): Uint8Array {
    if (length > this.left) throw new UnpackError('it is cut');
    const from = this.at;
    this.at += length;
    return this.bytes.subarray(from, this.at);
  }
}
