import { NumpyArray } from '../../python/pickle/array.ts';
import { PickleObject, type PickleValue } from '../../python/pickle/values.ts';
import { shown, shownText } from './wording.ts';

/** Levels of dictionaries, lists and searches around a model. People write one or two. */
export const WRAP_DEPTH_MAX = 8;

/** A value with the place where it sits (`["model"].best_estimator_`). */
export interface Placed {
  readonly value: PickleValue;
  readonly place: string;
}

/** The same with the key that leads to it. */
export interface Found extends Placed {
  readonly key: string;
}

/** One entry of a dictionary, item of a list or attribute of an object. */
export interface Member {
  readonly name: string;
  readonly value: PickleValue;
}

/** Dictionaries and lists, in which a model may be. */
export function isContainer(value: PickleValue): boolean {
  if (value instanceof NumpyArray) return value.objects !== null;
  return Array.isArray(value) || value instanceof Map;
}

/** One by one, as there may be many. */
export function* namedMembers(value: PickleValue): Generator<Member> {
  const map = value instanceof PickleObject ? attributesOf(value) : value;
  if (map instanceof Map) {
    for (const [name, member] of map) {
      if (isName(name)) yield { name: String(name), value: member };
    }
    return;
  }
  const items: unknown = map instanceof NumpyArray ? map.objects : map;
  if (!Array.isArray(items)) return;
  for (const [at, member] of (items as readonly PickleValue[]).entries()) {
    yield { name: String(at), value: member };
  }
}

function isName(key: PickleValue): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}

export function attributesOf({ state }: PickleObject): Map<PickleValue, PickleValue> | null {
  return state instanceof Map ? state : null;
}

/** A key may have dots of its own: the longest that fits is meant. */
export function memberFor(value: PickleValue, path: string): Member | null {
  let best: Member | null = null;
  for (const member of namedMembers(value)) {
    const fits = path === member.name || path.startsWith(`${member.name}.`);
    if (fits && member.name.length > (best?.name.length ?? 0)) best = member;
  }
  return best;
}

/** The way to it as Python writes it, and as a key does. */
export function inside(outer: Found, { name, value }: Member): Found {
  const isText = outer.value instanceof Map && outer.value.has(name);
  const item = isText ? `[${shownText(name)}]` : `[${name}]`;
  const step = outer.value instanceof PickleObject ? `.${shown(name)}` : item;
  const key = outer.key === '' ? name : `${outer.key}.${name}`;
  return { value, place: `${outer.place}${step}`, key };
}
