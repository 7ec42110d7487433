import { NumpyArray } from '../../python/pickle/array.ts';
import { NumpyType } from '../../python/pickle/dtype.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { Global, type PickleValue, kindOf } from '../../python/pickle/values.ts';
import type { PipelineBuilder } from '../../build/pipeline-builder.ts';
import type { Estimator } from './estimator.ts';

/** A number that a parameter or a fitted attribute must be. */
export function numberOf(step: Estimator, name: string): number {
  const value = step.get(name);
  if (typeof value !== 'number' || Number.isNaN(value)) {
    step.refuse(`has ${kindOf(value)} for its ${name} where a number is expected`);
  }
  return value;
}

/** One of the words that a parameter may be. */
export function wordOf<Word extends string>(
  step: Estimator,
  name: string,
  words: readonly Word[],
): Word {
  const value = step.get(name);
  const word = words.find((each) => each === value);
  if (word === undefined) {
    step.refuse(`has a ${name} that is not understood: it may be ${words.join(', ')}`);
  }
  return word;
}

/** Numbers of which none is missing or infinite. */
export function finiteNumbers(step: Estimator, name: string, length: number): Float64Array {
  const numbers = step.numbers(name, length);
  if (!numbers.every(Number.isFinite)) {
    step.refuse(`has a ${name} that is not finite: a column was empty when it was fitted`);
  }
  return numbers;
}

/** How many elements an array has, where nothing else says it. */
export function lengthOf(step: Estimator, name: string): number {
  const value = step.get(name);
  if (!(value instanceof NumpyArray)) step.refuse(`has ${kindOf(value)} for its ${name}`);
  return value.count;
}

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly numbers: Float64Array;
}

/** A table of finite numbers with so many columns. */
export function matrixOf(
  step: Estimator,
  name: string,
  columns: number,
  builder: PipelineBuilder,
): Matrix {
  const value = step.get(name);
  if (!(value instanceof NumpyArray) || value.shape.length !== 2 || value.shape[1] !== columns) {
    step.refuse(`has no ${name} of ${columns} columns: it was saved untrained`);
  }
  builder.handOver(value.count);
  const numbers = numbersOf(value).slice();
  if (!numbers.every(Number.isFinite))
    step.refuse(`has a ${name} with numbers that are not finite`);
  return { rows: value.shape[0]!, columns, numbers };
}

/** The type of a result by its `dtype`: numbers of float64, of float32, or whole ones. */
export type NumberType = 'float64' | 'float32' | 'integer';

const NUMBER_TYPES: Readonly<Record<string, NumberType>> = {
  float: 'float64',
  float64: 'float64',
  double: 'float64',
  float32: 'float32',
  single: 'float32',
  int: 'integer',
  int8: 'integer',
  int16: 'integer',
  int32: 'integer',
  int64: 'integer',
  intc: 'integer',
  longlong: 'integer',
  uint8: 'integer',
  uint16: 'integer',
  uint32: 'integer',
  uint64: 'integer',
  bool: 'integer',
  bool_: 'integer',
  f8: 'float64',
  f4: 'float32',
  i1: 'integer',
  i2: 'integer',
  i4: 'integer',
  i8: 'integer',
  u1: 'integer',
  u2: 'integer',
  u4: 'integer',
  u8: 'integer',
  b1: 'integer',
};

/** Integer types of one byte or truth values, which not every position fits. */
const NARROW: ReadonlySet<string> = new Set(['int8', 'uint8', 'i1', 'u1', 'bool', 'bool_', 'b1']);

/** Whole numbers up to this fit the narrow types as 0 and 1 do: an int8 holds them all. */
const NARROW_MAX = 127;

/** The type of a step's results, whose absolute values are at most `largest`. */
export function numberTypeOf(step: Estimator, name: string, largest: number): NumberType {
  const word = nameOfType(step.get(name));
  if (!Object.hasOwn(NUMBER_TYPES, word)) {
    step.refuse(`answers in a ${name} that is not understood: use numpy.float64`);
  }
  const most = word.startsWith('b') ? 1 : NARROW_MAX;
  if (NARROW.has(word) && largest > most) {
    step.refuse(`answers in a ${name} too narrow for its ${largest} categories: use numpy.float64`);
  }
  return NUMBER_TYPES[word]!;
}

function nameOfType(value: PickleValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof NumpyType) return value.name;
  return value instanceof Global ? value.name : '';
}
