import * as BYTE from './bytes.ts';
import { Scanner, type Steps, isDigit, isOpening } from './scanner.ts';
import { type ListShape, type Member, type ObjectShape, SINGLE, type Shape } from './shape.ts';

/** Lists and objects of no shape are built up to here: an issue shows no longer ones. */
const UNSHAPED_BYTES_MAX = 1_000;

/** Stand for what is too large to be built. An issue that would show them shows nothing. */
const UNBUILT = { toJSON: (): undefined => undefined };
const UNBUILT_OBJECT: unknown = Object.freeze({ ...UNBUILT });
const UNBUILT_LIST: unknown = Object.freeze(Object.assign([], UNBUILT));

/** An escape of one UTF-16 unit takes six bytes, and each unit is at least a byte in UTF-8. */
const BYTES_OF_ESCAPE = 6;

/** An integer of so many digits is a double without rounding. */
const EXACT_DIGITS_MAX = 15;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS_MAX }, (_, at) => Number(`1e${at}`));

/** Builds of one JSON text what its shape names, and checks all of it. The bytes must be UTF-8. */
export function* buildShaped(bytes: Buffer, shape: Shape): Steps<unknown> {
  const scanner = new Scanner(bytes);
  const byte = scanner.peek();
  const value = isOpening(byte) ? yield* nestedOf(scanner, shape, byte) : singleOf(scanner, byte);
  scanner.expectEnd();
  return value;
}

/** A list or an object. Calls itself no deeper than the shape is. */
function nestedOf(scanner: Scanner, shape: Shape, byte: number): Steps<unknown> {
  if (byte === BYTE.OPEN_OBJECT) {
    return shape.kind === 'object'
      ? objectValueOf(scanner, shape)
      : unshaped(scanner, UNBUILT_OBJECT);
  }
  return shape.kind === 'list' ? listValueOf(scanner, shape) : unshaped(scanner, UNBUILT_LIST);
}

function singleOf(scanner: Scanner, byte: number): unknown {
  const start = scanner.at;
  scanner.skipSingle(byte);
  if (byte === BYTE.QUOTE) return textOf(scanner, start);
  if (byte === BYTE.LETTER_T_SMALL) return true;
  if (byte === BYTE.LETTER_F_SMALL) return false;
  if (byte === BYTE.LETTER_N_SMALL) return null;
  return numberOf(scanner, start);
}

function* unshaped(scanner: Scanner, unbuilt: unknown): Steps<unknown> {
  const start = scanner.at;
  yield* scanner.skip();
  if (scanner.at - start > UNSHAPED_BYTES_MAX) return unbuilt;
  return JSON.parse(scanner.bytes.toString('utf8', start, scanner.at));
}

/** The text that ends before the scanner. @param start The place of its first quote. */
function textOf({ bytes, at, escaped, wide }: Scanner, start: number): string {
  if (escaped) return JSON.parse(bytes.toString('utf8', start, at)) as string;
  return bytes.toString(wide ? 'utf8' : 'latin1', start + 1, at - 1);
}

/**
 * Most numbers have few digits: as an integer and as a power of ten both are exact, and one division rounds
 * once, as the language does.
 */
function numberOf({ bytes, at }: Scanner, start: number): number {
  const negative = bytes[start] === BYTE.MINUS;
  if (at - start <= EXACT_DIGITS_MAX) {
    let [digits, place, fraction] = [0, negative ? start + 1 : start, at];
    for (; place < at; place++) {
      const byte = bytes[place]!;
      if (isDigit(byte)) digits = digits * 10 + byte - BYTE.ZERO;
      else if (byte === BYTE.POINT) fraction = place + 1;
      else break;
    }
    const number = digits / POWERS_OF_TEN[at - fraction]!;
    if (place === at) return negative ? -number : number;
  }
  return Number(bytes.toString('latin1', start, at));
}

function* listValueOf(scanner: Scanner, { items, itemsMax }: ListShape): Steps<unknown[]> {
  scanner.count();
  scanner.at++;
  const list: unknown[] = [];
  if (scanner.peek() === BYTE.CLOSE_LIST) {
    scanner.at++;
    return list;
  }
  let length = 0;
  do {
    if (scanner.stepIsOver) yield;
    const byte = scanner.peek();
    const wanted = length++ < itemsMax;
    if (!isOpening(byte)) {
      if (wanted) list.push(singleOf(scanner, byte));
      else scanner.skipSingle(byte);
    } else if (wanted) list.push(yield* nestedOf(scanner, items, byte));
    else yield* scanner.skip();
  } while (scanner.another(BYTE.CLOSE_LIST));
  list.length = length;
  return list;
}

/** As JSON.parse: the last of several members of one name counts. */
function* objectValueOf(scanner: Scanner, shape: ObjectShape): Steps<Record<string, unknown>> {
  scanner.count();
  scanner.at++;
  const object: Record<string, unknown> = {};
  if (scanner.peek() === BYTE.CLOSE_OBJECT) {
    scanner.at++;
    return object;
  }
  let others = 0;
  let next = 0;
  do {
    if (scanner.stepIsOver) yield;
    if (scanner.peek() !== BYTE.QUOTE) scanner.fail();
    const start = scanner.at;
    scanner.skipText();
    const member = memberAt(scanner, shape, start, next);
    let name = member?.name ?? null;
    if (member !== undefined) {
      next = member.at + 1;
    } else if (shape.othersMax > 0) {
      const other = textOf(scanner, start);
      if (Object.hasOwn(object, other) || others++ < shape.othersMax) name = other;
    }
    scanner.expect(BYTE.COLON);
    const byte = scanner.peek();
    if (!isOpening(byte)) {
      if (name === null) scanner.skipSingle(byte);
      else set(object, name, singleOf(scanner, byte));
    } else if (name === null) yield* scanner.skip();
    else set(object, name, yield* nestedOf(scanner, member?.shape ?? SINGLE, byte));
  } while (scanner.another(BYTE.CLOSE_OBJECT));
  return object;
}

/** @param next The place of the member that is likely: the one behind the last. */
function memberAt(
  scanner: Scanner,
  { members, memberOf, nameBytesMax }: ObjectShape,
  start: number,
  next: number,
): Member | undefined {
  const { bytes, at, escaped } = scanner;
  const length = at - start - 2;
  const likely = members[next];
  if (likely?.bytes.length === length && !escaped && beginsAt(bytes, start + 1, likely.bytes)) {
    return likely;
  }
  if (length > nameBytesMax * (escaped ? BYTES_OF_ESCAPE : 1)) return undefined;
  return memberOf.get(textOf(scanner, start));
}

function beginsAt(bytes: Buffer, at: number, name: Uint8Array): boolean {
  for (let place = 0; place < name.length; place++) {
    if (bytes[at + place] !== name[place]) return false;
  }
  return true;
}

/** Assigned, `__proto__` would be no member. */
function set(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, ...PLAIN });
}

const PLAIN = { configurable: true, enumerable: true, writable: true };
