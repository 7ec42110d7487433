import { refuse } from '../../../model/refuse.ts';
import { NumpyType } from './dtype.ts';
import { PickleObject, type PickleValue, kindOf } from './values.ts';

/** numpy's own bound. */
const DIMENSIONS_MAX = 64;

// An array before it has got its state; shared, so that a million of them take no memory.
const NO_TYPE = new NumpyType('V', 1);
const NO_SHAPE: readonly number[] = [0];
const NO_BYTES = new Uint8Array(0);

/** A numpy array: bytes as the file holds them (a view where it can be), or objects. */
export class NumpyArray {
  type = NO_TYPE;
  shape = NO_SHAPE;
  /** First index fastest. */
  fortran = false;
  bytes: Uint8Array = NO_BYTES;
  /** Instead of bytes where the type is `object`. */
  objects: readonly PickleValue[] | null = null;

  get count(): number {
    return this.shape.reduce((count, length) => count * length, 1);
  }

  /** Takes over a type, a shape and what they describe, if they describe it. */
  takeOver(type: NumpyType, shape: readonly number[], fortran: boolean, data: PickleValue): void {
    const count = countOf(shape);
    if (type.hasObjects && Array.isArray(data)) {
      if (data.length !== count) refuse(`A numpy array of ${count} objects holds ${data.length}`);
      this.objects = data;
      this.bytes = NO_BYTES;
    } else if (data instanceof Uint8Array && !type.hasObjects) {
      if (type.itemBytes < 1) refuse('A numpy array has elements of no bytes');
      if (data.length !== count * type.itemBytes) {
        refuse(`A numpy array of ${count} ${type.name} holds ${data.length} bytes`);
      }
      this.bytes = data;
      this.objects = null;
    } else {
      refuse(`A numpy array of ${type.name} is made from ${kindOf(data)}`);
    }
    type.use();
    this.type = type;
    this.shape = shape;
    this.fortran = fortran && shape.filter((length) => length !== 1).length > 1;
  }

  /** The state that numpy stores: version, shape, type, order, data. */
  restore(state: PickleValue): void {
    if (!Array.isArray(state) || state.length !== 5) {
      refuse(`A numpy array carries ${kindOf(state)} for its state`);
    }
    const [, shape, type, fortran, data] = state as [unknown, ...PickleValue[]];
    // The type is not understood: the array stays empty, and an importer that needs it finds no numbers.
    if (type instanceof PickleObject) return;
    if (!(type instanceof NumpyType)) refuse(`A numpy array has ${kindOf(type)} for its type`);
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : (data ?? null);
    this.takeOver(type, parseShape(shape), fortran === true, bytes);
  }
}

export function parseShape(value: PickleValue | undefined): readonly number[] {
  const lengths = typeof value === 'number' ? [value] : value;
  if (!Array.isArray(lengths) || lengths.length > DIMENSIONS_MAX) {
    refuse(`A numpy array has ${kindOf(value)} for its shape`);
  }
  return lengths.map((length) => {
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
      refuse('A numpy array has a shape that is not made of lengths');
    }
    return length;
  });
}

/** Elements of a shape; more than a double counts exactly are more than any file holds. */
export function countOf(shape: readonly number[]): number {
  const count = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(count)) refuse('A numpy array has a shape that no file can hold');
  return count;
}
