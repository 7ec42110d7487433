import type { NumpyArray } from '../../python/pickle/array.ts';
import type { Estimator } from '../read/estimator.ts';

type Read = (view: DataView, at: number) => number;

const READERS: Readonly<Record<string, Read>> = {
  f8: (view, at) => view.getFloat64(at, true),
  i8: (view, at) => Number(view.getBigInt64(at, true)),
  u8: (view, at) => Number(view.getBigUint64(at, true)),
  i4: (view, at) => view.getInt32(at, true),
  u4: (view, at) => view.getUint32(at, true),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => view.getUint8(at),
};

/** One field of every node of an array of nodes; null where the version that wrote it had no such field. */
export function nodeColumn(nodes: NumpyArray, name: string, owner: Estimator): Float64Array | null {
  const { fields, itemBytes } = nodes.type;
  if (fields === null || nodes.shape.length !== 1) {
    owner.refuse('has nodes in a layout that is not understood');
  }
  const field = fields.get(name);
  if (field === undefined) return null;
  const read = READERS[field.type.name];
  if (read === undefined || field.type.bigEndian) {
    owner.refuse(`has nodes whose ${name} is no little-endian number`);
  }
  const view = new DataView(nodes.bytes.buffer, nodes.bytes.byteOffset, nodes.bytes.byteLength);
  const column = new Float64Array(nodes.count);
  for (let node = 0; node < column.length; node++) {
    column[node] = read(view, node * itemBytes + field.offset);
  }
  return column;
}

export function neededColumn(nodes: NumpyArray, name: string, owner: Estimator): Float64Array {
  return nodeColumn(nodes, name, owner) ?? owner.refuse(`has nodes without a ${name}`);
}
