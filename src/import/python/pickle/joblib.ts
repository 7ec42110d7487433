import { refuse } from '../../../model/refuse.ts';
import { type Account, COST } from './memory-budget.ts';
import { NumpyArray, countOf, parseShape } from './array.ts';
import { NumpyType } from './dtype.ts';
import { readNpy } from './npy.ts';
import type { Reader } from './reader.ts';
import { type PickleObject, type PickleValue, kindOf } from './values.ts';

/**
 * The array behind a NumpyArrayWrapper: its bytes follow the wrapper in the file (since joblib 1.1
 * after padding), or a whole pickle of their own where they are objects.
 */
export function readWrappedArray(
  wrapper: PickleObject,
  reader: Reader,
  account: Account,
  readObjects: () => PickleValue,
): NumpyArray {
  const { state } = wrapper;
  const attribute = (name: string): PickleValue | undefined =>
    state instanceof Map ? state.get(name) : undefined;
  const type = attribute('dtype');
  if (!(type instanceof NumpyType)) refuse(`A joblib array has ${kindOf(type)} for its type`);
  if (type.hasObjects) {
    const array = readObjects();
    if (!(array instanceof NumpyArray)) refuse(`A joblib array of objects holds ${kindOf(array)}`);
    return array;
  }
  const shape = parseShape(attribute('shape'));
  const alignment = attribute('numpy_array_alignment_bytes') ?? null;
  if (alignment !== null) reader.skip(reader.uint8());
  account.charge(COST.view + COST.object);
  const array = new NumpyArray();
  const bytes = reader.view(countOf(shape) * type.itemBytes);
  array.takeOver(type, shape, attribute('order') === 'F', bytes);
  return array;
}

/** The bytes of a file that lies beside the model's, unpacked, by its plain name. */
export type ReadBeside = (name: string) => Buffer;

/**
 * The array behind an NDArrayWrapper (a .npy file beside the model) or a ZNDArrayWrapper (its bare bytes,
 * compressed, with shape and type in the wrapper): joblib/numpy_pickle_compat.py.
 */
export function readArrayBeside({ type, state }: PickleObject, beside: ReadBeside): NumpyArray {
  const name = state instanceof Map ? state.get('filename') : undefined;
  if (typeof name !== 'string') refuse('The file keeps an array in a file that it does not name');
  const bytes = beside(name);
  if (!type.name.startsWith('Z')) return readNpy(bytes, JSON.stringify(name));
  const parts = state instanceof Map ? state.get('state') : undefined;
  if (!Array.isArray(parts)) refuse(`A joblib array in ${JSON.stringify(name)} has no shape`);
  const array = new NumpyArray();
  array.restore([...parts, bytes]);
  return array;
}
