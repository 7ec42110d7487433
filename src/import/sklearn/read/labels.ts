import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { itemsOf } from '../../python/pickle/elements.ts';
import { type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { VALUES_MAX } from '../../build/pipeline-builder.ts';
import type { Estimator } from './estimator.ts';

/** Outputs of one model; the widest multi-output data sets have hundreds. */
export const OUTPUTS_MAX = 100_000;

/** The class labels of every output: `classes_` is one array, or a list of them. */
export function labelsOf(model: Estimator, outputs: number): Category[][] {
  const classes = model.get('classes_');
  const lists = Array.isArray(classes) ? classes : [classes];
  if (lists.length !== outputs) {
    model.refuse(`has classes for ${lists.length} of ${outputs} outputs`);
  }
  let count = 0;
  return lists.map((list) => {
    const labels = labelsFrom(list, model);
    count += labels.length;
    if (count > VALUES_MAX) model.refuse(`has more than ${VALUES_MAX} classes`);
    return labels;
  });
}

/** The labels of a classifier with one output. */
export function oneListOfLabels(model: Estimator): Category[] {
  return labelsFrom(model.get('classes_'), model);
}

export function labelsFrom(list: PickleValue, model: Estimator): Category[] {
  if (!(list instanceof NumpyArray)) model.refuse(`has ${kindOf(list)} for its classes`);
  if (list.count > VALUES_MAX) model.refuse(`has more than ${VALUES_MAX} classes`);
  return itemsOf(list).map((label) => {
    const isPlain = typeof label === 'number' || typeof label === 'string';
    if (isPlain || typeof label === 'boolean') return label;
    return model.refuse('has a class that is neither a number, a text nor true or false');
  });
}
