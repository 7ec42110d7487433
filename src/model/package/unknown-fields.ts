import type { PackedArray } from './arrays.ts';
import type { Carrier } from './messages.ts';

/*
 * Fields that a newer minor version wrote into a package travel with the model's objects under symbols. So
 * they survive copies and edits, and are there when the model is written again.
 */

const NEWER = Symbol('fields of a newer minor version');
const NEWER_AROUND = Symbol('fields of a newer minor version, beside the kind of a stage');
const NEWER_ARRAYS = Symbol('arrays that only a newer minor version refers to');

/** An array with the number that unknown fields call it by. */
interface NumberedArray {
  readonly at: number;
  readonly array: PackedArray;
}

interface Carried {
  readonly [NEWER]?: Uint8Array[];
  readonly [NEWER_AROUND]?: Uint8Array[];
  readonly [NEWER_ARRAYS]?: readonly NumberedArray[];
}

export function keepNewer<T extends object>(message: Carrier, value: T): T {
  return message.$unknowns ? { ...value, [NEWER]: message.$unknowns } : value;
}

/** For the message around a stage, whose own message keeps its own. */
export function keepNewerAround<T extends object>(message: Carrier, value: T): T {
  return message.$unknowns ? { ...value, [NEWER_AROUND]: message.$unknowns } : value;
}

export function newerOf(value: object): Carrier {
  const { [NEWER]: newer } = value as Carried;
  return newer ? { $unknowns: newer } : {};
}

export function newerAround(value: object): Carrier {
  const { [NEWER_AROUND]: newer } = value as Carried;
  return newer ? { $unknowns: newer } : {};
}

export function keepNewerArrays<T extends object>(value: T, arrays: readonly NumberedArray[]): T {
  return arrays.length > 0 ? { ...value, [NEWER_ARRAYS]: arrays } : value;
}

export function newerArrays(value: object): readonly NumberedArray[] {
  return (value as Carried)[NEWER_ARRAYS] ?? [];
}
