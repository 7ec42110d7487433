import type { ArrayMessage } from './messages.ts';
import { refuse, refuseUnless } from '../refuse.ts';

export type PackedArray = Uint8Array | Int32Array | Uint32Array | Float64Array;

/** Element types by the numbers that packages store. */
const ARRAY_TYPES = [
  { number: 1, name: 'uint8', of: Uint8Array },
  { number: 2, name: 'int32', of: Int32Array },
  { number: 3, name: 'uint32', of: Uint32Array },
  { number: 4, name: 'float64', of: Float64Array },
] as const;

/** Sizes are added up and compared with the file's before the first byte is allocated. */
export function allocateArrays(
  declared: readonly ArrayMessage[],
  bytesAvailable: number,
): PackedArray[] {
  const constructors = declared.map(({ type }, at) => {
    const known = ARRAY_TYPES.find(({ number }) => number === type);
    if (known === undefined) refuse(`Array ${at} of the package is of an unknown type ${type}.`);
    return known.of;
  });
  const bytes = declared.reduce(
    (sum, { length }, at) => sum + length * constructors[at]!.BYTES_PER_ELEMENT,
    0,
  );
  refuseUnless(
    bytes <= bytesAvailable,
    `The package declares arrays of ${bytes} bytes; it has ${bytesAvailable}.`,
  );
  return declared.map(({ length }, at) => new constructors[at]!(length));
}

export function declareArray(array: PackedArray): ArrayMessage {
  const known = ARRAY_TYPES.find(({ of }) => array instanceof of)!;
  return { type: known.number, length: array.length };
}

/** The array's memory as it stands in a package: this product runs on little-endian machines only. */
export function bytesOf(array: PackedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function typeNameOf(array: PackedArray): string {
  return ARRAY_TYPES.find(({ of }) => array instanceof of)!.name;
}
