import { isAscii } from 'node:buffer';
import { refuse } from '../../../model/refuse.ts';
import type { NumpyArray } from './array.ts';
import type { NumpyType } from './dtype.ts';
import type { PickleValue } from './values.ts';

type NumberArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

type NumberArrayType = new (buffer: ArrayBufferLike, offset: number, length: number) => NumberArray;

const ARRAY_TYPES: Readonly<Record<string, NumberArrayType>> = {
  f8: Float64Array,
  f4: Float32Array,
  i8: BigInt64Array,
  i4: Int32Array,
  i2: Int16Array,
  i1: Int8Array,
  u8: BigUint64Array,
  u4: Uint32Array,
  u2: Uint16Array,
  u1: Uint8Array,
  b1: Uint8Array,
};

/** The array's numbers in C order: a view where bytes, order and alignment allow, else one copy. */
export function numbersOf(array: NumpyArray): Float64Array {
  const { type, count } = array;
  const make = ARRAY_TYPES[type.name];
  if (make === undefined || array.objects !== null) {
    refuse(`A numpy array of numbers is expected where the file has one of ${type.name}`);
  }
  const bytes = nativeBytes(array.bytes, type);
  const typed = new make(bytes.buffer, bytes.byteOffset, count);
  const numbers =
    typed instanceof Float64Array
      ? typed
      : Float64Array.from(typed as ArrayLike<number | bigint>, exactNumber);
  return array.fortran ? inRowOrder(numbers, array.shape) : numbers;
}

/** A 64-bit integer may be a category or a label: rounding it could make two of them one. */
function exactNumber(value: number | bigint): number {
  const number = Number(value);
  if (typeof value === 'bigint' && !Number.isSafeInteger(number)) {
    refuse(`A numpy array holds ${value}, an integer that a double does not hold exactly`);
  }
  return number;
}

/** The same bytes at an address that a typed array takes, and in this machine's byte order. */
export function alignedBytes(bytes: Uint8Array, itemBytes: number): Uint8Array {
  return bytes.byteOffset % itemBytes === 0 ? bytes : new Uint8Array(bytes);
}

function nativeBytes(bytes: Uint8Array, type: NumpyType): Uint8Array {
  if (!type.bigEndian || type.itemBytes === 1) return alignedBytes(bytes, type.itemBytes);
  const swapped = Buffer.from(bytes);
  if (type.itemBytes === 8) return alignedBytes(swapped.swap64(), 8);
  return alignedBytes(type.itemBytes === 4 ? swapped.swap32() : swapped.swap16(), type.itemBytes);
}

/** From first-index-fastest to last-index-fastest. */
function inRowOrder(numbers: Float64Array, shape: readonly number[]): Float64Array {
  const ordered = new Float64Array(numbers.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  const at = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = numbers[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]! += 1;
      from += strides[axis]!;
      if (at[axis]! < shape[axis]!) break;
      from -= at[axis]! * strides[axis]!;
      at[axis] = 0;
    }
  }
  return ordered;
}

/** The elements of a one-dimensional array as the values they stand for: text, truth, number, object. */
export function itemsOf(array: NumpyArray): readonly PickleValue[] {
  if (array.shape.length !== 1) refuse('A numpy array of one dimension is expected');
  if (array.objects !== null) {
    if (array.objects.length !== array.count) refuse('A numpy array changed its length');
    return array.objects;
  }
  if (array.type.kind === 'U') return textsOf(array);
  if (array.type.kind === 'S') return bytesAsTexts(array);
  const numbers = numbersOf(array);
  return array.type.kind === 'b'
    ? Array.from(numbers, (truth) => truth !== 0)
    : Array.from(numbers);
}

/** Python 2's texts are bytes; only ASCII is the same text in every encoding. */
function bytesAsTexts({ bytes, type, count }: NumpyArray): string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, item) => {
    const padded = all.subarray(item * type.itemBytes, (item + 1) * type.itemBytes);
    if (!isAscii(padded)) refuse('A numpy array holds bytes that are no ASCII text');
    return padded.toString('latin1').replace(/\0+$/, '');
  });
}

/** numpy pads fixed-width text with zeros at its end and drops them on reading. */
function textsOf({ bytes, type, count }: NumpyArray): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = type.itemBytes / 4;
  const codePoint = (at: number): number => {
    const point = view.getUint32(4 * at, !type.bigEndian);
    if (point > 0x10ffff) refuse('The file is damaged: a text holds what is no character');
    return point;
  };
  return Array.from({ length: count }, (_, item) => {
    let length = width;
    while (length > 0 && codePoint(item * width + length - 1) === 0) length -= 1;
    const points = Array.from({ length }, (__, at) => codePoint(item * width + at));
    return String.fromCodePoint(...points);
  });
}
