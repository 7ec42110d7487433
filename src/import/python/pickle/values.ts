import type { NumpyArray } from './array.ts';
import type { NumpyType } from './dtype.ts';

/** A name that the file gives: nothing is ever looked up or called. */
export class Global {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object as the file describes it: its class by name, what it was made from, its attributes. */
export class PickleObject {
  readonly type: Global;
  readonly args: readonly PickleValue[];
  state: PickleValue = null;
  /** Items that APPEND and SETITEM put into an object that behaves like a list or a dictionary. */
  readonly items: PickleValue[] = [];

  constructor(type: Global, args: readonly PickleValue[]) {
    this.type = type;
    this.args = args;
  }
}

/** Lists and tuples are arrays; dictionaries are maps; integers beyond 2^53 are bigints. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Global
  | PickleObject
  | NumpyArray
  | NumpyType;

/** Names of the other kinds for Python's users, by our own: their classes build on this file. */
const KINDS: Readonly<Record<string, string>> = {
  NumpyArray: 'a numpy array',
  NumpyType: 'a numpy dtype',
  Set: 'a set',
  Uint8Array: 'bytes',
  Buffer: 'bytes',
};

/** Calls by which cloudpickle and dill would rebuild a function that they carry. */
const CARRIED_FUNCTION = /^(?:cloudpickle|dill)\..*function$/;

export function isCarriedFunction(value: PickleValue): boolean {
  return value instanceof PickleObject && CARRIED_FUNCTION.test(value.type.path);
}

/** The kind of a value, for a refusal: never its contents, which may be endless. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (isCarriedFunction(value)) return 'a function';
  if (value instanceof PickleObject) return `a ${value.type.path}`;
  if (value instanceof Global) return `the name ${value.path}`;
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dictionary';
  if (typeof value === 'object') return KINDS[value.constructor.name] ?? 'an object';
  return `a ${typeof value}`;
}
