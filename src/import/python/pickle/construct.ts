import { NumpyArray, parseShape } from './array.ts';
import { NumpyType } from './dtype.ts';
import { allowGlobal } from './globals.ts';
import { Global, PickleObject, type PickleValue } from './values.ts';
import { itemsOf } from './elements.ts';

type Args = readonly PickleValue[];
/** Undefined where the arguments are not what this callable takes: then the call is only remembered. */
type Construct = (args: Args) => PickleValue | undefined;

/**
 * The few callables that stand for plain data. They are our own functions on data: what a file calls
 * by any other name becomes a PickleObject that remembers the name and what it was to be called with.
 */
const CONSTRUCTS: Readonly<Record<string, Construct>> = {
  'builtins.bytearray': bytesOf,
  'builtins.bytes': bytesOf,
  'builtins.dict': ([pairs]) => mapOf(pairs),
  'builtins.frozenset': ([items]) => setOf(items),
  'builtins.list': ([items]) => listOf(items),
  'builtins.set': ([items]) => setOf(items),
  'builtins.tuple': ([items]) => listOf(items),
  'cloudpickle.cloudpickle._make_skeleton_class': classOf,
  'collections.OrderedDict': ([pairs]) => mapOf(pairs),
  'collections.defaultdict': () => new Map(),
  'dill._dill._create_array': dillArrayOf,
  'dill._dill._create_type': classOf,
  'dill._dill._get_attr': dillNameOf,
  'dill._dill._load_type': ([name]) => dillTypeOf(name),
  'copyreg._reconstructor': ([type]) => objectOf(type, []),
  'copyreg.__newobj__': ([type, ...args]) => objectOf(type, args),
  '_codecs.encode': bytesOf,
  'numpy.dtype': ([text]) => NumpyType.parse(text instanceof Global ? typeText(text) : text),
  'numpy.core.multiarray._reconstruct': () => new NumpyArray(),
  'numpy.core.multiarray.scalar': ([type, data]) => scalarOf(type, data),
  'numpy.core.numeric._frombuffer': arrayOf,
};

/** Modules that moved: the names say which numpy or dill wrote a file, and mean the same. */
const MOVED: readonly (readonly [RegExp, string])[] = [
  [/^numpy\._core\./, 'numpy.core.'],
  [/^numpy\.core\._multiarray_umath\./, 'numpy.core.multiarray.'],
  [/^dill\.dill\./, 'dill._dill.'],
];

function oldPath({ path }: Global): string {
  return MOVED.reduce((known, [from, to]) => known.replace(from, to), path);
}

/** A call or a new object as data: `callee` is a name, or the result that an earlier call would have had. */
export function construct(callee: Global | PickleObject, args: Args): PickleValue {
  if (callee instanceof PickleObject) return new PickleObject(typeOfCalled(callee), args);
  const path = oldPath(callee);
  const made = Object.hasOwn(CONSTRUCTS, path) ? CONSTRUCTS[path]!(args) : undefined;
  return made === undefined ? new PickleObject(callee, args) : made;
}

const CALLED = '()';

/** The class of what a call's result was called for, as far as it is known; no importer knows it. */
function typeOfCalled({ type }: PickleObject): Global {
  return type.name.endsWith(CALLED) ? type : new Global(type.module, `${type.name}${CALLED}`);
}

function bytesOf([data, encoding]: Args): PickleValue | undefined {
  if (data === undefined) return new Uint8Array(0);
  if (data instanceof Uint8Array) return data;
  const latin1 = encoding === 'latin1' || encoding === 'latin-1';
  return typeof data === 'string' && latin1 ? Buffer.from(data, 'latin1') : undefined;
}

function listOf(items: PickleValue | undefined): PickleValue[] | undefined {
  if (items === undefined) return [];
  if (Array.isArray(items)) return items.slice();
  return items instanceof Set ? Array.from(items) : undefined;
}

function setOf(items: PickleValue | undefined): Set<PickleValue> | undefined {
  const list = listOf(items);
  return list === undefined ? undefined : new Set(list);
}

function mapOf(pairs: PickleValue | undefined): Map<PickleValue, PickleValue> | undefined {
  if (pairs instanceof Map) return new Map(pairs);
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of listOf(pairs) ?? [null]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    map.set(pair[0]!, pair[1]!);
  }
  return map;
}

/** A class that cloudpickle or dill carries by value, of the notebook that it was written in. */
function classOf([, name]: Args): PickleValue | undefined {
  const plain = typeof name === 'string' && /^\w{1,200}$/.test(name);
  return plain ? new Global('__main__', name) : undefined;
}

/** Until 0.3.3 dill asked for a function of C by the module that it would import. */
function dillNameOf([owner, name]: Args): PickleValue | undefined {
  if (!(owner instanceof PickleObject) || typeof name !== 'string') return undefined;
  const [module] = owner.args;
  const isImport =
    oldPath(owner.type) === 'dill._dill._import_module' && typeof module === 'string';
  return isImport ? allowGlobal(module, name, 'by a call of dill') : undefined;
}

/** dill names plain types so; until 0.3.3 `BytesType`, from then on `bytes`. */
const DILL_TYPE = /^(bool|bytes|dict|float|frozenset|int|list|object|set|str|tuple)(?:type)?$/i;

function dillTypeOf(name: PickleValue | undefined): PickleValue | undefined {
  const plain = typeof name === 'string' ? DILL_TYPE.exec(name) : null;
  return plain === null ? undefined : new Global('builtins', plain[1]!.toLowerCase());
}

function objectOf(type: PickleValue | undefined, args: Args): PickleValue | undefined {
  return type instanceof Global || type instanceof PickleObject
    ? new PickleObject(type instanceof Global ? type : typeOfCalled(type), args)
    : undefined;
}

/** `numpy.dtype` is rarely called with a class; only the two plain ones matter. */
function typeText(type: Global): string | undefined {
  if (type.path === 'builtins.object') return 'O8';
  if (type.path === 'numpy.float64' || type.path === 'builtins.float') return 'f8';
  return undefined;
}

function scalarOf(
  type: PickleValue | undefined,
  data: PickleValue | undefined,
): PickleValue | undefined {
  if (!(type instanceof NumpyType)) return undefined;
  if (type.kind === 'O') return data ?? null;
  const array = new NumpyArray();
  array.takeOver(
    type,
    [1],
    false,
    typeof data === 'string' ? Buffer.from(data, 'latin1') : (data ?? null),
  );
  return 'biufU'.includes(type.kind) && type.isElementary ? (itemsOf(array)[0] ?? null) : array;
}

/** dill's way: how numpy makes an empty array, its arguments, the state, attributes of one's own. */
function dillArrayOf([make, , state]: Args): PickleValue | undefined {
  const isNumpy = make instanceof Global && oldPath(make) === 'numpy.core.multiarray._reconstruct';
  if (!isNumpy || state === undefined) return undefined;
  const array = new NumpyArray();
  array.restore(state);
  return array;
}

/** Protocol 5 with the bytes in the stream: bytes, type, shape, order; and of which axes, where mixed. */
function arrayOf([data, type, shape, order, axes]: Args): PickleValue | undefined {
  if (!(type instanceof NumpyType) || (axes ?? null) !== null) return undefined;
  if (order !== 'C' && order !== 'F') return undefined;
  const array = new NumpyArray();
  array.takeOver(type, parseShape(shape), order === 'F', data ?? null);
  return array;
}
