import { type Account, COST } from '../pickle/memory-budget.ts';
import { NumpyArray, parseShape } from '../pickle/array.ts';
import { NumpyType } from '../pickle/dtype.ts';
import { itemsOf } from '../pickle/elements.ts';
import { allowGlobal } from '../pickle/globals.ts';
import { readNpy } from '../pickle/npy.ts';
import { type Global, PickleObject, type PickleValue } from '../pickle/values.ts';
import { refuse } from '../../../model/refuse.ts';
import type { Archive } from './archive.ts';

/** Objects inside of objects. Python's own reader recurses, and stops before this. */
const DEPTH_MAX = 300;

type Json = Readonly<Record<string, unknown>>;
type NodeReader = (node: Json, reader: SchemaReader) => PickleValue;

/**
 * Readers of each kind of node (skops/io/_general.py, _numpy.py, _sklearn.py, _scipy.py). A kind
 * that is not here becomes an object of its class, of which only the name is known.
 */
const NODES: Readonly<Record<string, NodeReader>> = {
  JsonNode: (node) => constantOf(node['content']),
  ListNode: (node, reader) => reader.list(node['content']),
  TupleNode: (node, reader) => reader.list(node['content']),
  SetNode: (node, reader) => new Set(reader.list(node['content'])),
  DictNode: dictionaryOf,
  DefaultDictNode: (node, reader) => reader.inner(objectOf(node['content'])['main']),
  ObjectNode: (node, reader) => reader.object(node, [], node['content']),
  TreeNode: reducedOf,
  LossNode: reducedOf,
  ConstructorFromReduceNode: (node, reader) => {
    return reader.object(node, reader.list(objectOf(node['content'])['content']), undefined);
  },
  OperatorFuncNode: (node, reader) => {
    return reader.object(node, reader.list(objectOf(node['attrs'])['content']), undefined);
  },
  TypeNode: (node, reader) => reader.name(node),
  FunctionNode: functionOf,
  PartialNode: (node, reader) => {
    return reader.object(node, [reader.inner(objectOf(node['content'])['func'])], undefined);
  },
  SliceNode: sliceOf,
  BytesNode: (node, reader) => reader.file(node),
  BytearrayNode: (node, reader) => reader.file(node),
  NdArrayNode: arrayOf,
  DTypeNode: typeOf,
  CachedNode: (node, reader) => reader.recall(node['__id__']),
};

/** Reads the nodes of a schema into values; every node is charged, and its depth is bounded. */
export class SchemaReader {
  readonly #archive: Archive;
  readonly #account: Account;
  readonly #known = new Map<unknown, PickleValue>();
  #depth = 0;

  constructor(archive: Archive, account: Account) {
    this.#archive = archive;
    this.#account = account;
  }

  read(schema: object): PickleValue {
    return this.inner(schema);
  }

  inner(value: unknown): PickleValue {
    const node = objectOf(value);
    const loader = node['__loader__'];
    if (typeof loader !== 'string') refuse('The file has a node in its schema without a kind');
    if (this.#depth === DEPTH_MAX) refuse(`The file nests deeper than ${DEPTH_MAX} levels`);
    this.#account.charge(COST.object + COST.map);
    this.#depth += 1;
    const read = Object.hasOwn(NODES, loader) ? NODES[loader]! : unknownOf;
    const made = read(node, this);
    this.#depth -= 1;
    const id = node['__id__'];
    if (typeof id === 'number' && loader !== 'CachedNode') {
      this.#account.charge(COST.entry);
      this.#known.set(id, made);
    }
    return made;
  }

  list(value: unknown): PickleValue[] {
    if (!Array.isArray(value)) refuse('The file has a list in its schema that is none');
    this.#account.charge(COST.array + COST.slot * value.length);
    return value.map((item) => this.inner(item));
  }

  object(node: Json, args: readonly PickleValue[], content: unknown): PickleObject {
    const made = new PickleObject(this.name(node), args);
    if (content !== undefined && content !== null) made.state = this.inner(content);
    return made;
  }

  name(node: Json): Global {
    return globalOf(node['__module__'], node['__class__']);
  }

  file(node: Json): Buffer {
    const name = node['file'];
    if (typeof name !== 'string') refuse('The file has a node in its schema without its file');
    this.#account.charge(COST.view);
    return this.#archive.read(name);
  }

  recall(id: unknown): PickleValue {
    const value = this.#known.get(id);
    if (value === undefined) refuse('The file refers to an object in its schema that is not there');
    return value;
  }

  chargeEntries(count: number): void {
    this.#account.charge(COST.map + COST.entry * count);
  }
}

function objectOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse('The file is damaged: its schema has something else where a node is expected');
  }
  return value as Json;
}

function globalOf(module: unknown, name: unknown): Global {
  if (typeof module !== 'string' || typeof name !== 'string') {
    refuse('The file has a node in its schema that does not name its class');
  }
  return allowGlobal(module, name, 'in its schema');
}

/** A constant as json.dumps writes it: NaN and infinities are no JSON, but are written. */
function constantOf(content: unknown): PickleValue {
  if (typeof content !== 'string') refuse('The file has a constant in its schema that is no text');
  if (content === 'NaN') return Number.NaN;
  if (content === 'Infinity') return Number.POSITIVE_INFINITY;
  if (content === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (/^-?\d{16,256}$/.test(content)) return integerOf(content);
  try {
    const value: unknown = JSON.parse(content);
    if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) {
      return value as PickleValue;
    }
  } catch {
    // Refused below like any other text that is no constant.
  }
  return refuse('The file has a constant in its schema that is not understood');
}

function integerOf(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** Keys are texts in JSON; beside them stand the types that they had. */
function dictionaryOf(node: Json, reader: SchemaReader): PickleValue {
  const entries = Object.entries(objectOf(node['content']));
  const types = objectOf(node['key_types'])['content'];
  const names = new Set(
    (Array.isArray(types) ? types : []).map((type) => objectOf(type)['__class__']),
  );
  // JSON.parse does not keep the order of whole numbers, so the types of mixed keys are lost: texts.
  const [name = 'str'] = names.size === 1 ? names : [];
  reader.chargeEntries(entries.length);
  return new Map(entries.map(([key, value]) => [keyOf(key, name), reader.inner(value)]));
}

function keyOf(key: string, type: unknown): PickleValue {
  if (type === 'int' && /^-?\d{1,256}$/.test(key)) return integerOf(key);
  if (type === 'float') return constantOf(key);
  if (type === 'bool') return key === 'true';
  return type === 'NoneType' ? null : key;
}

/** The result of __reduce__: the arguments of the class and its state. */
function reducedOf(node: Json, reader: SchemaReader): PickleValue {
  const args = objectOf(objectOf(node['__reduce__'])['args']);
  return reader.object(node, reader.list(args['content']), node['content']);
}

function functionOf(node: Json, reader: SchemaReader): PickleValue {
  const content = node['content'];
  if (content === undefined) return reader.name(node);
  const { module_path: module, function: name } = objectOf(content); // Protocol 0.
  return globalOf(module, name);
}

function sliceOf(node: Json, reader: SchemaReader): PickleValue {
  const content = objectOf(node['content']);
  const args = ['start', 'stop', 'step'].map((name) => {
    const bound = content[name] ?? null;
    if (bound !== null && typeof bound !== 'number') refuse('The file has a slice of no numbers');
    return bound;
  });
  return reader.object(node, args, undefined);
}

function unknownOf(node: Json, reader: SchemaReader): PickleValue {
  return reader.object(node, [], undefined);
}

/** An array in a .npy file of its own, or of objects that are nodes themselves; or one number of numpy. */
function arrayOf(node: Json, reader: SchemaReader): PickleValue {
  if (node['type'] === 'json') return objectsOf(node, reader);
  const array = readNpy(reader.file(node), JSON.stringify(node['file']));
  if (node['__class__'] === 'ndarray' || array.shape.length > 0) return array;
  const single = new NumpyArray();
  single.takeOver(array.type, [1], false, array.bytes);
  return 'biufU'.includes(array.type.kind) && array.type.isElementary
    ? (itemsOf(single)[0] ?? null)
    : single;
}

function objectsOf(node: Json, reader: SchemaReader): NumpyArray {
  const shape = parseShape(reader.inner(node['shape']));
  let items = reader.list(node['content']);
  // An array of several dimensions is written as lists of lists.
  for (let axis = 1; axis < shape.length; axis++) {
    reader.chargeEntries(items.length * shape[axis]!);
    items = items.flatMap((item) => (Array.isArray(item) ? item : [item]));
  }
  const array = new NumpyArray();
  const type = new NumpyType('O', 8);
  array.takeOver(type, shape, false, items);
  return array;
}

function typeOf(node: Json, reader: SchemaReader): PickleValue {
  const array = reader.inner(node['content']);
  if (!(array instanceof NumpyArray)) refuse('The file has a numpy type in its schema without one');
  return array.type;
}
