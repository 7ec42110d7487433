import { refuse } from '../../../model/refuse.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf, numbersOf } from '../../python/pickle/elements.ts';
import { PickleObject, type PickleValue, kindOf } from '../../python/pickle/values.ts';

/**
 * One scikit-learn object of the file with the place where it sits, so that every fault
 * is one sentence that names both. Attributes are read by what they must be, never by what they claim.
 */
export class Estimator {
  readonly object: PickleObject;
  readonly place: string;
  readonly #attributes: ReadonlyMap<PickleValue, PickleValue>;

  constructor(value: PickleValue | undefined, place: string) {
    if (!(value instanceof PickleObject)) refuse(`${place} is ${kindOf(value)}, not an estimator`);
    // An object without attributes has no state at all.
    const attributes = value.state ?? new Map<PickleValue, PickleValue>();
    if (!(attributes instanceof Map)) refuse(`${place} is ${kindOf(value)} without attributes`);
    this.object = value;
    this.place = place;
    this.#attributes = attributes;
  }

  get className(): string {
    return this.object.type.name;
  }

  /** `what` continues the sentence after the class and its place. */
  refuse(what: string): never {
    const where = this.place === this.className ? '' : ` at ${this.place}`;
    refuse(`The ${this.className}${where} ${what}`);
  }

  /** An attribute that may be absent: parameters come and go with the versions. */
  get(name: string): PickleValue {
    return this.#attributes.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** A parameter that is true, or absent where that is what its default says. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.#attributes.get(name);
    return typeof value === 'boolean' ? value : otherwise;
  }

  /** A count of things; the fitted attributes are absent when the model was never trained. */
  count(name: string, most: number): number {
    const value = this.get(name);
    if (value === null)
      this.refuse(`has no ${name}: it was saved untrained, or by too old a version`);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) {
      this.refuse(`has a ${name} that is no number from 0 to ${most}`);
    }
    return value;
  }

  list(name: string): readonly PickleValue[] {
    const value = this.get(name);
    if (value === null)
      this.refuse(`has no ${name}: it was saved untrained, or by too old a version`);
    if (!Array.isArray(value)) this.refuse(`has ${kindOf(value)} for its ${name}`);
    return value;
  }

  /** A copy of their own: a view would keep the whole file in memory as long as the model lives. */
  numbers(name: string, length: number): Float64Array {
    const value = this.get(name);
    if (!(value instanceof NumpyArray)) this.refuse(`has ${kindOf(value)} for its ${name}`);
    this.#expect(name, value, length);
    return numbersOf(value).slice();
  }

  items(name: string, length: number): readonly PickleValue[] {
    const value = this.get(name);
    if (!(value instanceof NumpyArray)) this.refuse(`has ${kindOf(value)} for its ${name}`);
    this.#expect(name, value, length);
    return itemsOf(value);
  }

  /** Before anything is made of it: one long array may be named many times. */
  #expect(name: string, { count }: NumpyArray, length: number): void {
    if (count !== length) {
      this.refuse(`has ${count} values for its ${name} where ${length} are expected`);
    }
  }
}
