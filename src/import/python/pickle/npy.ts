import { refuse } from '../../../model/refuse.ts';
import { NumpyArray, parseShape } from './array.ts';
import { NumpyType } from './dtype.ts';
import { parseLiteral } from './literal.ts';
import type { PickleValue } from './values.ts';

/**
 * A .npy file (numpy/lib/format.py): a magic, two bytes of version, the length of the header, the header
 * (a dictionary in Python's own notation), and the bytes of the array.
 */

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** A structured type of hundreds of fields is longer than a page, and not longer than this. */
const HEADER_BYTES_MAX = 1024 * 1024;
const TYPE_DEPTH_MAX = 8;

/** `place` names the file in refusals. The array's bytes are a view. */
export function readNpy(bytes: Buffer, place: string): NumpyArray {
  if (bytes.length < 12 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    refuse(`${place} is no .npy file`);
  }
  const isLong = bytes[6]! >= 2;
  const start = isLong ? 12 : 10;
  const length = isLong ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  if (length > HEADER_BYTES_MAX || start + length > bytes.length) {
    refuse(`${place} is cut: its header is longer than the file`);
  }
  const header = parseLiteral(bytes.toString('utf8', start, start + length), place);
  if (!(header instanceof Map)) refuse(`${place} has a header that is no dictionary`);
  const type = typeFrom(header.get('descr'), place, 0);
  if (type.hasObjects) {
    refuse(`${place} holds Python objects, which a model keeps in its pickle instead`);
  }
  const array = new NumpyArray();
  const fortran = header.get('fortran_order') === true;
  const data = bytes.subarray(start + length);
  array.takeOver(type, parseShape(header.get('shape')), fortran, data);
  return array;
}

/** `'<f8'`, or a list of fields: `('name', '<i8')`, with a shape behind where a field is an array. */
function typeFrom(value: PickleValue | undefined, place: string, depth: number): NumpyType {
  if (depth > TYPE_DEPTH_MAX) refuse(`${place} has a type that nests too deeply`);
  if (typeof value === 'string') {
    const type = NumpyType.parse(value.slice(1));
    if (type === undefined || !'<>|='.includes(value[0]!)) {
      refuse(`${place} has a numpy type that is not understood`);
    }
    type.restore([3, value[0]!, null, null, null, -1, -1, 0]);
    return type;
  }
  if (!Array.isArray(value)) refuse(`${place} has no numpy type`);
  const names: string[] = [];
  const fields = new Map<PickleValue, PickleValue>();
  let offset = 0;
  for (const entry of value) {
    const [name, inner, shape] = Array.isArray(entry) ? entry : [];
    const text = Array.isArray(name) ? name[1] : name; // With a title: (title, name).
    if (typeof text !== 'string') refuse(`${place} has a field without a name`);
    let type = typeFrom(inner, place, depth + 1);
    if (shape !== undefined) type = arrayOf(type, parseShape(shape));
    // numpy writes the gaps of aligned structures as fields without a name.
    if (text !== '') {
      names.push(text);
      fields.set(text, [type, offset]);
    }
    offset += type.itemBytes;
  }
  const type = new NumpyType('V', offset);
  type.restore([3, '|', null, names, fields, offset, 1, 0]);
  return type;
}

function arrayOf(type: NumpyType, shape: readonly number[]): NumpyType {
  const bytes = shape.reduce((product, length) => product * length, type.itemBytes);
  const outer = new NumpyType('V', bytes);
  outer.restore([3, '|', [type, [...shape]], null, null, bytes, 1, 0]);
  return outer;
}
