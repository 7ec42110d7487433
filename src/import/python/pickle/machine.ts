import { refuse } from '../../../model/refuse.ts';
import { Account, COST } from './memory-budget.ts';
import { NumpyArray } from './array.ts';
import { construct } from './construct.ts';
import { NumpyType } from './dtype.ts';
import { allowGlobal } from './globals.ts';
import type { Reader } from './reader.ts';
import { Global, PickleObject, type PickleValue, kindOf } from './values.ts';

/** Open brackets. Python's own pickler recurses, and stops before this. */
export const MARKS_MAX = 1_000;

/** Called when an object has got its attributes: what it returns takes the object's place. */
export type BuildHook = (object: PickleObject, machine: PickleMachine) => PickleValue;

/**
 * The state of a pickle stream: a stack, marks on it, a memo. It only ever moves data about; the
 * opcodes (opcodes.ts) are its methods in the stream's order.
 */
export class PickleMachine {
  readonly reader: Reader;
  readonly account: Account;
  readonly #onBuild: BuildHook;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  // Picklers count upwards; other numbers of a file go into the map.
  readonly #memo: PickleValue[] = [];
  readonly #memoBeyond = new Map<number, PickleValue>();
  #stackLengthMax = 0;

  constructor(reader: Reader, account: Account, onBuild: BuildHook) {
    this.reader = reader;
    this.account = account;
    this.#onBuild = onBuild;
  }

  push(value: PickleValue): void {
    if (this.#stack.length === this.#stackLengthMax) {
      this.account.charge(COST.slot);
      this.#stackLengthMax += 1;
    }
    this.#stack.push(value);
  }

  pop(): PickleValue {
    this.#needValue();
    return this.#stack.pop()!;
  }

  top(): PickleValue {
    this.#needValue();
    return this.#stack.at(-1)!;
  }

  mark(): void {
    if (this.#marks.length === MARKS_MAX) refuse(`The file nests deeper than ${MARKS_MAX} levels`);
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark; the mark goes too. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) refuse('The file is damaged: a mark is missing');
    const items = this.#stack.slice(mark);
    this.account.charge(COST.array + COST.slot * items.length);
    this.#stack.length = mark;
    return items;
  }

  /** POP takes a value, or a mark that stands right at the top. */
  discard(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  memoize(index: number): void {
    const value = this.top();
    if (index < this.#memo.length) {
      this.#memo[index] = value;
    } else if (index === this.#memo.length) {
      this.account.charge(COST.slot);
      this.#memo.push(value);
      this.#memoBeyond.delete(index);
    } else {
      this.account.charge(COST.entry);
      this.#memoBeyond.set(index, value);
    }
  }

  memoizeNext(): void {
    this.memoize(this.#memo.length + this.#memoBeyond.size);
  }

  recall(index: number): void {
    const value = index < this.#memo.length ? this.#memo[index] : this.#memoBeyond.get(index);
    if (value === undefined)
      refuse(`The file is damaged: it recalls ${index}, which it never kept`);
    this.push(value);
  }

  pushText(length: number): void {
    this.#chargeText(length);
    this.push(this.reader.utf8(length));
  }

  /** Python 2's text: one byte a character. */
  pushLatin1(length: number): void {
    this.#chargeText(length);
    this.push(this.reader.latin1(length));
  }

  pushBytes(length: number): void {
    this.account.charge(COST.view);
    this.push(this.reader.view(length));
  }

  pushList(items: PickleValue[]): void {
    this.account.charge(COST.array);
    this.push(items);
  }

  pushTuple(length: number): void {
    const items = Array.from({ length }, () => this.pop()).toReversed();
    this.account.charge(COST.array + COST.slot * length);
    this.push(items);
  }

  pushMap(items: readonly PickleValue[]): void {
    this.account.charge(COST.map);
    this.push(new Map());
    this.setItems(items);
  }

  pushSet(items: readonly PickleValue[]): void {
    this.account.charge(COST.set + COST.entry * items.length);
    this.push(new Set(items));
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    this.account.charge(COST.slot * items.length);
    const target = list instanceof PickleObject ? list.items : list;
    if (!Array.isArray(target)) refuse(`The file is damaged: it appends to ${kindOf(list)}`);
    for (const item of items) target.push(item);
  }

  addItems(items: readonly PickleValue[]): void {
    const set = this.top();
    if (!(set instanceof Set)) refuse(`The file is damaged: it adds to ${kindOf(set)}`);
    this.account.charge(COST.entry * items.length);
    for (const item of items) set.add(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const map = this.top();
    if (items.length % 2 !== 0)
      refuse('The file is damaged: a dictionary has a key without a value');
    this.account.charge((COST.entry / 2) * items.length);
    if (map instanceof PickleObject) {
      this.append(items);
      return;
    }
    if (!(map instanceof Map)) refuse(`The file is damaged: it sets an item of ${kindOf(map)}`);
    for (let at = 0; at < items.length; at += 2) map.set(items[at]!, items[at + 1]!);
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      refuse('The file is damaged: it gives a name that is no text');
    }
    this.account.charge(COST.object);
    this.push(allowGlobal(module, name, `at byte ${this.reader.at}`));
  }

  /** A call or a new object, as data. Shared by every opcode that would make Python run something. */
  pushCall(callee: PickleValue | undefined, args: PickleValue): void {
    if (!(callee instanceof Global || callee instanceof PickleObject)) {
      refuse(`The file calls ${kindOf(callee)}, not a name; nothing was run`);
    }
    if (!Array.isArray(args))
      refuse(`The file is damaged: it calls ${kindOf(callee)} without arguments`);
    const slots = COST.slot * args.length;
    const state = args[2]; // In dill's call for an array its last part is text, and becomes bytes.
    const data = Array.isArray(state) ? sizeOf(state.at(-1)) : 0;
    this.account.charge(COST.object + slots + sizeOf(args[0]) + sizeOf(args[1]) + data);
    this.push(construct(callee, args));
  }

  /** BUILD: the object below gets its state. */
  build(): void {
    const state = this.pop();
    const object = this.pop();
    if (object instanceof NumpyArray || object instanceof NumpyType) {
      if (Array.isArray(state)) this.account.charge(sizeOf(state.at(-1)));
      object.restore(state);
      this.push(object);
    } else if (object instanceof PickleObject) {
      object.state = state;
      this.push(this.#onBuild(object, this));
    } else if (object instanceof Map) {
      this.push(object); // A dictionary's own attributes are of no interest.
    } else {
      refuse(`The file is damaged: it gives attributes to ${kindOf(object)}`);
    }
  }

  /** A length that the file does not have is the reader's to refuse. */
  #chargeText(length: number): void {
    this.account.charge(COST.text + Math.min(length, this.reader.left));
  }

  #needValue(): void {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      refuse('The file is damaged: it takes a value that is not there');
    }
  }
}

/** The cost of copying an argument: only text becomes bytes, only collections are copied. */
function sizeOf(value: PickleValue | undefined): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.length * COST.entry;
  return value instanceof Map || value instanceof Set ? value.size * COST.entry : 0;
}
