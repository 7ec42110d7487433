import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import type { PickleValue } from '../../python/pickle/values.ts';
import { type KnownCategory, importCategories, metCategories } from './categories.ts';
import type { Estimator } from '../read/estimator.ts';
import { wordOf } from '../read/parameters.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/**
 * TargetEncoder: the mean of the target that training saw with the category, shrunk; what is unknown
 * gets the mean of all. With more than two classes (since 1.4) each class has a column of its own.
 */
export function importTargetEncoder(step: Estimator, input: Block, context: StepContext): Block {
  const type = wordOf(step, 'target_type_', ['binary', 'continuous', 'multiclass']);
  const lists = importCategories(step, input, context).map(({ known }) => known);
  const means = meansOf(step, type === 'multiclass');
  const encodings = step.list('encodings_');
  if (encodings.length !== lists.length * means.length) {
    step.refuse(`has ${encodings.length} encodings for ${lists.length} columns`);
  }
  const numbers = encodings.map((encoding, at) => {
    const known = lists[Math.floor(at / means.length)]!;
    context.builder.handOver(known.length);
    return numbersFor(encoding, known, step);
  });
  const ofColumns = <T>(list: readonly T[]): T[] => list.flatMap((each) => means.map(() => each));
  const values = context.builder.lookup(
    {
      inputs: ofColumns(input.values),
      categories: ofColumns(lists).map(metCategories),
      numbers: Float64Array.from(numbers.flat()),
      unknown: 'others',
      others: Float64Array.from(lists.flatMap(() => means)),
    },
    step.place,
  );
  return { values, sparse: false };
}

function meansOf(step: Estimator, ofClasses: boolean): readonly number[] {
  const mean = step.get('target_mean_');
  const means = mean instanceof NumpyArray ? Array.from(numbersOf(mean)) : [mean];
  const isRight = means.every((each) => typeof each === 'number' && Number.isFinite(each));
  if (!isRight || means.length === 0 || (!ofClasses && means.length !== 1)) {
    step.refuse('has a target_mean_ that is not understood');
  }
  return means as number[];
}

function numbersFor(
  encoding: PickleValue,
  known: readonly KnownCategory[],
  step: Estimator,
): readonly number[] {
  if (!(encoding instanceof NumpyArray) || encoding.count !== known.length) {
    step.refuse(`has an encoding that does not fit its ${known.length} categories`);
  }
  const numbers = numbersOf(encoding);
  if (!numbers.every(Number.isFinite)) step.refuse('has an encoding that is not finite');
  return Array.from(numbers).filter((_, at) => known[at] !== undefined);
}
