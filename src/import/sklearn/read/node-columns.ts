import { type NodeColumn, columnOf } from '../../build/tree-arrays.ts';
import type { NumpyArray } from '../../python/pickle/array.ts';
import type { Estimator } from './estimator.ts';

/** Where a column's numbers lie: `step` bytes from one node to the next. */
interface Place {
  readonly view: DataView;
  readonly first: number;
  readonly step: number;
  readonly isLittle: boolean;
}

/** Fills the column from the bytes of every node. */
type Read = (place: Place, column: Float64Array) => void;

const HIGH_WORD = 2 ** 32;

/** Each its own loop, which stays fast for the millions of nodes of a grown forest. */
const READERS: Readonly<Record<string, Read>> = {
  f8: ({ view, first, step, isLittle }, column) => {
    for (let node = 0, at = first; node < column.length; node++, at += step) {
      column[node] = view.getFloat64(at, isLittle);
    }
  },
  // Beyond 2^53 rounded: far outside of all that is counted here.
  i8: ({ view, first, step, isLittle }, column) => {
    const [high, low] = isLittle ? [4, 0] : [0, 4];
    for (let node = 0, at = first; node < column.length; node++, at += step) {
      const upper = view.getInt32(at + high, isLittle) * HIGH_WORD;
      column[node] = upper + view.getUint32(at + low, isLittle);
    }
  },
  u8: ({ view, first, step, isLittle }, column) => {
    const [high, low] = isLittle ? [4, 0] : [0, 4];
    for (let node = 0, at = first; node < column.length; node++, at += step) {
      const upper = view.getUint32(at + high, isLittle) * HIGH_WORD;
      column[node] = upper + view.getUint32(at + low, isLittle);
    }
  },
  // A processor of 32 bits writes its positions and counts so.
  i4: ({ view, first, step, isLittle }, column) => {
    for (let node = 0, at = first; node < column.length; node++, at += step) {
      column[node] = view.getInt32(at, isLittle);
    }
  },
  u4: ({ view, first, step, isLittle }, column) => {
    for (let node = 0, at = first; node < column.length; node++, at += step) {
      column[node] = view.getUint32(at, isLittle);
    }
  },
  u1: readBytes,
  b1: readBytes,
};

function readBytes({ view, first, step }: Place, column: Float64Array): void {
  for (let node = 0, at = first; node < column.length; node++, at += step) {
    column[node] = view.getUint8(at);
  }
}

/** One field of every node of an array of nodes; null where the version that wrote it had no such field. */
export function nodeColumn(nodes: NumpyArray, name: string, owner: Estimator): Float64Array | null {
  const { fields, itemBytes } = nodes.type;
  if (fields === null || nodes.shape.length !== 1) {
    owner.refuse('has nodes in a layout that is not understood');
  }
  const field = fields.get(name);
  if (field === undefined) return null;
  const read = READERS[field.type.name];
  if (read === undefined) owner.refuse(`has nodes whose ${name} is no number`);
  const view = new DataView(nodes.bytes.buffer, nodes.bytes.byteOffset, nodes.bytes.byteLength);
  const column = new Float64Array(nodes.count);
  const isLittle = !field.type.bigEndian;
  read({ view, first: field.offset, step: itemBytes, isLittle }, column);
  return column;
}

export function neededColumn(nodes: NumpyArray, name: string, owner: Estimator): Float64Array {
  return nodeColumn(nodes, name, owner) ?? owner.refuse(`has nodes without a ${name}`);
}

const WORD_BYTES = 8;

/** The same without a copy, where the bytes' places and the numbers' sizes allow it. */
export function columnInPlace(
  nodes: NumpyArray,
  name: string,
  owner: Estimator,
): NodeColumn | null {
  const view = viewOf(nodes, name);
  if (view !== null) return view;
  const copy = nodeColumn(nodes, name, owner);
  return copy === null ? null : columnOf(copy);
}

export function neededInPlace(nodes: NumpyArray, name: string, owner: Estimator): NodeColumn {
  return columnInPlace(nodes, name, owner) ?? owner.refuse(`has nodes without a ${name}`);
}

function viewOf({ type, bytes, count }: NumpyArray, name: string): NodeColumn | null {
  const field = type.fields?.get(name);
  if (field === undefined || field.type.bigEndian) return null;
  const { offset } = field;
  const { buffer, byteOffset, byteLength } = bytes;
  if (field.type.name === 'u1') return { values: bytes, first: offset, step: type.itemBytes };
  if ([byteOffset, type.itemBytes, offset].some((place) => place % WORD_BYTES !== 0)) return null;
  if (field.type.name === 'f8') {
    const values = new Float64Array(buffer, byteOffset, byteLength / WORD_BYTES);
    return { values, first: offset / WORD_BYTES, step: type.itemBytes / WORD_BYTES };
  }
  if (field.type.name !== 'i8') return null;
  const values = new Int32Array(buffer, byteOffset, byteLength / 4);
  const [first, step] = [offset / 4, type.itemBytes / 4];
  return areLowWordsAll(values, first, step, count) ? { values, first, step } : null;
}

/** True where all 64-bit integers equal their low words, with the sign. */
function areLowWordsAll(words: Int32Array, first: number, step: number, count: number): boolean {
  for (let node = 0, at = first; node < count; node++, at += step) {
    if (words[at + 1] !== words[at]! >> 31) return false;
  }
  return true;
}
