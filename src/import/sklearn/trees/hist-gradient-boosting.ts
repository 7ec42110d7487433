import { SET_WORDS } from '../../../model/kinds/preparation/members.ts';
import type { Category } from '../../../schema/fields.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { refuse } from '../../../model/refuse.ts';
import { complement } from '../../build/arithmetic.ts';
import { Estimator } from '../read/estimator.ts';
import { type CategorySet, collectHistTrees } from './hist-trees.ts';
import { OUTPUTS_MAX, oneListOfLabels } from '../read/labels.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { ensembleOf } from './tree-ensemble.ts';
import { isAtLeast } from '../read/version.ts';

/** Losses whose raw prediction is a logarithm. */
const LOG_LOSSES: ReadonlySet<unknown> = new Set(['poisson', 'gamma']);

/** sklearn/ensemble/_hist_gradient_boosting/gradient_boosting.py: the baseline, then tree by tree. */
export function importHistGradientBoosting(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const { builder } = context;
  const { place } = model;
  if (input.sparse) model.refuse('takes no sparse columns: use sparse_output=False before it');
  const raw = once(() => rawScores(model, input, context));
  if (!model.className.endsWith('Classifier')) {
    const predict = once(() =>
      LOG_LOSSES.has(model.get('loss'))
        ? builder.stage({ kind: 'apply', inputs: raw(), function: 'exp' }, place)
        : raw(),
    );
    return { labels: null, predict, probabilities: null, scores: {} };
  }
  return classifier(model, oneListOfLabels(model), raw, context);
}

function rawScores(model: Estimator, input: Block, context: StepContext): readonly number[] {
  const { builder, version } = context;
  const sums = model.count('n_trees_per_iteration_', OUTPUTS_MAX);
  const base = baselineOf(model, sums);
  const predictors = predictorsOf(model, sums);
  const values = encodedColumns(model, input, context);
  const { trees, sets } = collectHistTrees(predictors, values.length, builder);
  const memberships = sets.length === 0 ? [] : setValues(model, values, sets, context);
  const turns = Uint32Array.from(predictors, (_, tree) => tree % sums);
  const ensemble = ensembleOf(trees, trees.leafValues, {
    base,
    treeOutputs: sums === 1 ? new Uint32Array(0) : turns,
    featureType: 'float64',
    missing: isAtLeast(version, 0, 22) ? 'nodes' : 'reject',
  });
  return builder.trees(ensemble, [...values, ...memberships], model.place);
}

/** A number, or an array with one for each sum; either is added to zeros. */
function baselineOf(model: Estimator, sums: number): Float64Array {
  const value = model.get('_baseline_prediction');
  const numbers =
    value instanceof NumpyArray && value.type.name === 'f8'
      ? numbersOf(value).slice()
      : Float64Array.from(typeof value === 'number' ? [value] : []);
  if (sums < 1 || numbers.length !== sums || !numbers.every(Number.isFinite)) {
    model.refuse(`has a baseline that is not ${sums} finite doubles`);
  }
  return numbers;
}

/** Iteration after iteration, in each a tree for every sum. */
function predictorsOf(model: Estimator, sums: number): Estimator[] {
  const predictors = model.list('_predictors').flatMap((iteration, at) => {
    if (!Array.isArray(iteration) || iteration.length !== sums) {
      model.refuse(`has ${kindOf(iteration)} for the ${sums} trees of an iteration`);
    }
    return iteration.map(
      (tree: PickleValue, sum) => new Estimator(tree, `${model.place}._predictors[${at}][${sum}]`),
    );
  });
  if (predictors.length === 0) model.refuse('has no trees');
  if (new Set(predictors.map(({ object }) => object)).size !== predictors.length) {
    refuse('Two trees of the file share their nodes');
  }
  return predictors;
}

/**
 * Since 1.4 categories go through an encoder, even where they are numbers, and stand before the other
 * columns from then on.
 */
function encodedColumns(model: Estimator, input: Block, context: StepContext): readonly number[] {
  const { values } = input;
  if (!model.has('_preprocessor')) return values;
  const preprocessor = new Estimator(model.get('_preprocessor'), `${model.place}._preprocessor`);
  const isCategorical = flagsOf(model, 'is_categorical_', values.length);
  const [first] = preprocessor.list('transformers_');
  const [name, encoder] = Array.isArray(first) ? first : [];
  if (name !== 'encoder') {
    preprocessor.refuse('does not encode categories first, as scikit-learn builds it');
  }
  const categorical = values.filter((_, at) => isCategorical[at]);
  const place = `${preprocessor.place}.transformers_[0]`;
  const encoded = context.step(encoder, place, { values: categorical, sparse: false });
  if (encoded.values.length !== categorical.length) {
    preprocessor.refuse('does not make one code of each category');
  }
  return [...encoded.values, ...values.filter((_, at) => !isCategorical[at])];
}

/** Truth values, which the bin mapper keeps as bytes. */
function flagsOf(owner: Estimator, name: string, length: number): readonly boolean[] {
  const value = owner.get(name);
  const isFit = value instanceof NumpyArray && ['b1', 'u1'].includes(value.type.name);
  if (!isFit || value.count !== length) {
    owner.refuse(`has no flag for each of its ${length} columns in its ${name}`);
  }
  return Array.from(numbersOf(value), (flag) => flag !== 0);
}

/** Of every set whether the row's category is in it: one stage for each column that has sets. */
function setValues(
  model: Estimator,
  values: readonly number[],
  sets: readonly CategorySet[],
  { builder, version }: StepContext,
): readonly number[] {
  const mapper = new Estimator(model.get('_bin_mapper'), `${model.place}._bin_mapper`);
  const isCategorical = flagsOf(mapper, 'is_categorical_', values.length);
  const byColumn = new Map<number, number[]>();
  sets.forEach(({ column }, at) => {
    const places = byColumn.get(column);
    if (places === undefined) byColumn.set(column, [at]);
    else places.push(at);
  });
  const results: number[] = [];
  for (const [column, places] of byColumn) {
    if (!isCategorical[column]!) model.refuse('asks for a category of a column of numbers');
    const words = new Uint32Array(places.length * SET_WORDS);
    places.forEach((set, at) => words.set(sets[set]!.words, at * SET_WORDS));
    const made = builder.stage(
      {
        kind: 'members',
        inputs: [values[column]!],
        sets: words,
        known: knownCodes(mapper, column, values.length),
        negative: isAtLeast(version, 1, 2) ? 'missing' : 'wrapped',
      },
      model.place,
    );
    places.forEach((set, at) => (results[set] = made[at]!));
  }
  return results;
}

/** The codes that training saw: for a column of categories its bin thresholds are these. */
function knownCodes(mapper: Estimator, column: number, columns: number): Uint32Array {
  const lists = mapper.list('bin_thresholds_');
  const codes = lists[column];
  if (lists.length !== columns || !(codes instanceof NumpyArray)) {
    mapper.refuse('does not say which categories training saw');
  }
  const words = new Uint32Array(SET_WORDS);
  for (const code of numbersOf(codes)) {
    if (!(code >= 0 && code < 32 * SET_WORDS)) mapper.refuse(`has a category ${code}, beyond 255`);
    words[code >> 5]! |= 1 << (code & 31);
  }
  return words;
}

function classifier(
  model: Estimator,
  labels: readonly Category[],
  raw: () => readonly number[],
  { builder, version }: StepContext,
): Predictor {
  const { place } = model;
  const sums = model.count('n_trees_per_iteration_', OUTPUTS_MAX);
  if (labels.length === 1) {
    model.refuse(
      'was trained on one class and gives two probabilities for it: use a forest instead',
    );
  }
  if (labels.length !== (sums === 1 ? 2 : sums)) {
    model.refuse(`was trained on ${labels.length} classes, with ${sums} trees an iteration`);
  }
  const probabilities = once(() => {
    if (sums > 1) {
      // Until 1.0 by way of the logarithm of the sum.
      const kind = isAtLeast(version, 1, 1) ? 'softmax' : 'softmaxByLog';
      return [builder.stage({ kind, inputs: raw() }, place)];
    }
    const positive = builder.stage({ kind: 'sigmoid', inputs: raw() }, place);
    return [[...complement(positive, builder, place), ...positive]];
  });
  const predict = once(() => {
    // Until 1.4 the probabilities decided: where both round to one half, the first class.
    if (!isAtLeast(version, 1, 5)) {
      return builder.stage({ kind: 'argmax', inputs: probabilities()[0]! }, place);
    }
    if (sums > 1) return builder.stage({ kind: 'argmax', inputs: raw() }, place);
    return builder.stage({ kind: 'above', inputs: raw(), threshold: 0 }, place);
  });
  return { labels: [labels], predict, probabilities, scores: { decision_function: raw } };
}
