import { refuse } from '../../../model/refuse.ts';
import { type PickleValue, kindOf } from './values.ts';

/** Where one field of a structured type lies. */
export interface NumpyTypeField {
  readonly type: NumpyType;
  readonly offset: number;
}

/** The widest element that is believed: no text of more than 10,000 characters of 4 bytes is taken. */
export const ITEM_BYTES_MAX = 40_000;
/** Fields of a structured type: a node has eight. */
const TYPE_FIELDS_MAX = 1024;

const WIDTHS: Readonly<Record<string, readonly number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 12, 16],
  c: [8, 16, 24, 32],
  O: [4, 8], // A processor of 32 bits says O4.
};

/** A numpy dtype: one letter for the kind, bytes of an element, byte order, fields where structured. */
export class NumpyType {
  readonly kind: string;
  itemBytes: number;
  bigEndian = false;
  fields: ReadonlyMap<string, NumpyTypeField> | null = null;
  #hasObjects: boolean;
  #isSubarray = false;
  #used = false;

  constructor(kind: string, itemBytes: number) {
    this.kind = kind;
    this.itemBytes = itemBytes;
    this.#hasObjects = kind === 'O';
  }

  /** From the text that numpy writes: `f8`, `U12`, `V64`, `O`; undefined for types that are none of these. */
  static parse(text: PickleValue | undefined): NumpyType | undefined {
    const match = typeof text === 'string' ? /^([?biufcmMOSUV])(\d{0,9})$/.exec(text) : null;
    if (match === null) return undefined;
    const kind = match[1] === '?' ? 'b' : match[1]!;
    const digits = match[2] === '' ? (kind === 'O' ? 8 : 1) : Number(match[2]);
    const itemBytes = kind === 'U' ? 4 * digits : digits;
    if (itemBytes > ITEM_BYTES_MAX) refuse(`The file names a numpy type of ${itemBytes} bytes`);
    const widths = WIDTHS[kind];
    if (widths !== undefined && !widths.includes(itemBytes)) {
      refuse(`The file names a numpy type that does not exist: ${kind}${itemBytes}`);
    }
    return new NumpyType(kind, itemBytes);
  }

  /** True where elements are Python objects or hold some. */
  get hasObjects(): boolean {
    return this.#hasObjects;
  }

  /** Neither a structure nor a subarray: an element is one value. */
  get isElementary(): boolean {
    return this.fields === null && !this.#isSubarray;
  }

  get name(): string {
    if (this.#isSubarray) return 'subarrays';
    return this.fields === null ? `${this.kind}${this.itemBytes}` : 'structured';
  }

  /** From now on an array was checked against it: it may not change any more. */
  use(): void {
    this.#used = true;
  }

  /** The state that numpy stores: version, byte order, subarray, names, fields, bytes, ... */
  restore(state: PickleValue): void {
    if (this.#used) refuse('The file is damaged: it changes a numpy type that is in use');
    if (!Array.isArray(state)) refuse(`A numpy type carries ${kindOf(state)} for its state`);
    const [, order, subarray, names, fields, itemBytes] = state;
    this.#isSubarray = subarray !== null && subarray !== undefined;
    this.bigEndian = order === '>';
    if (!this.#isSubarray && (fields === null || fields === undefined)) return;
    if (typeof itemBytes !== 'number' || itemBytes < 1 || itemBytes > ITEM_BYTES_MAX) {
      refuse('A structured numpy type has no believable size');
    }
    this.itemBytes = itemBytes;
    if (this.#isSubarray) return;
    this.fields = parseFields(names, fields!, itemBytes);
    this.#hasObjects = Array.from(this.fields.values()).some(({ type }) => type.hasObjects);
  }
}

function parseFields(
  names: PickleValue | undefined,
  fields: PickleValue,
  itemBytes: number,
): Map<string, NumpyTypeField> {
  if (!Array.isArray(names) || !(fields instanceof Map) || names.length > TYPE_FIELDS_MAX) {
    refuse('A structured numpy type has no believable fields');
  }
  const parsed = new Map<string, NumpyTypeField>();
  for (const name of names) {
    const entry = fields.get(name);
    const [type, offset] = Array.isArray(entry) ? entry : [];
    if (typeof name !== 'string' || !(type instanceof NumpyType)) {
      refuse('A structured numpy type has a field that is not understood');
    }
    if (!isOffset(offset) || offset + type.itemBytes > itemBytes) {
      refuse(`The field ${JSON.stringify(name)} of a structured numpy type lies outside of it`);
    }
    type.use();
    parsed.set(name, { type, offset });
  }
  return parsed;
}

function isOffset(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
