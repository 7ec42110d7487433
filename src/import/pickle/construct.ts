import { refuse } from '../refuse.ts';
import { NumpyArray, parseShape } from './array.ts';
import { NumpyType } from './dtype.ts';
import { Global, PickleObject, type PickleValue, kindOf } from './values.ts';
import { itemsOf } from './elements.ts';

type Construct = (args: readonly PickleValue[]) => PickleValue;

/**
 * The few callables that stand for plain data. They are our own functions on data: what a file calls
 * by any other name becomes a PickleObject that remembers the name and what it was to be called with.
 */
const CONSTRUCTS: Readonly<Record<string, Construct>> = {
  'builtins.bytearray': bytesOf,
  'builtins.bytes': bytesOf,
  'builtins.dict': ([pairs]) => mapOf(pairs),
  'builtins.frozenset': ([items]) => new Set(listOf(items)),
  'builtins.list': ([items]) => listOf(items).slice(),
  'builtins.set': ([items]) => new Set(listOf(items)),
  'builtins.tuple': ([items]) => listOf(items).slice(),
  'collections.OrderedDict': ([pairs]) => mapOf(pairs),
  'collections.defaultdict': () => new Map(),
  'copyreg._reconstructor': ([type]) => new PickleObject(globalOf(type), []),
  'copyreg.__newobj__': ([type, ...args]) => new PickleObject(globalOf(type), args),
  '_codecs.encode': bytesOf,
  'numpy.dtype': ([text]) => NumpyType.parse(text instanceof Global ? typeText(text) : text),
  'numpy.core.multiarray._reconstruct': () => new NumpyArray(),
  'numpy.core.multiarray.scalar': ([type, data]) => scalarOf(type, data),
  'numpy.core.numeric._frombuffer': arrayOf,
};

/** numpy 2 moved its core; the names in a file say which numpy wrote it, and mean the same. */
export function construct(global: Global, args: readonly PickleValue[]): PickleValue {
  const path = global.path.replace(/^numpy\._core\./, 'numpy.core.');
  return Object.hasOwn(CONSTRUCTS, path) ? CONSTRUCTS[path]!(args) : new PickleObject(global, args);
}

function bytesOf([data, encoding]: readonly PickleValue[]): PickleValue {
  if (data === undefined) return new Uint8Array(0);
  if (data instanceof Uint8Array) return data;
  const latin1 = encoding === 'latin1' || encoding === 'latin-1';
  if (typeof data === 'string' && latin1) return Buffer.from(data, 'latin1');
  refuse(`The file makes bytes from ${kindOf(data)}`);
}

function listOf(items: PickleValue | undefined): readonly PickleValue[] {
  if (items === undefined) return [];
  if (Array.isArray(items)) return items;
  if (items instanceof Set) return Array.from(items);
  refuse(`The file makes a collection from ${kindOf(items)}`);
}

function mapOf(pairs: PickleValue | undefined): Map<PickleValue, PickleValue> {
  if (pairs instanceof Map) return new Map(pairs);
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of listOf(pairs)) {
    if (!Array.isArray(pair) || pair.length !== 2)
      refuse('The file makes a dictionary from no pairs');
    map.set(pair[0]!, pair[1]!);
  }
  return map;
}

function globalOf(type: PickleValue | undefined): Global {
  if (!(type instanceof Global)) refuse(`The file makes an object of ${kindOf(type)}`);
  return type;
}

/** `numpy.dtype` is rarely called with a class; only the two plain ones matter. */
function typeText(type: Global): string {
  if (type.path === 'builtins.object') return 'O8';
  if (type.path === 'numpy.float64' || type.path === 'builtins.float') return 'f8';
  refuse(`The file makes a numpy type from ${type.path}`);
}

function scalarOf(type: PickleValue | undefined, data: PickleValue | undefined): PickleValue {
  if (!(type instanceof NumpyType)) refuse(`A numpy scalar has ${kindOf(type)} for its type`);
  if (type.kind === 'O') return data ?? null;
  const array = new NumpyArray();
  array.fill(
    type,
    [1],
    false,
    typeof data === 'string' ? Buffer.from(data, 'latin1') : (data ?? null),
  );
  return 'biufU'.includes(type.kind) ? (itemsOf(array)[0] ?? null) : array;
}

/** Protocol 5 with the bytes in the stream: bytes, type, shape, order. */
function arrayOf([data, type, shape, order]: readonly PickleValue[]): PickleValue {
  if (!(type instanceof NumpyType)) refuse(`A numpy array has ${kindOf(type)} for its type`);
  const array = new NumpyArray();
  array.fill(type, parseShape(shape), order === 'F', data ?? null);
  return array;
}
