import type { Ensemble } from '../../../model/model.ts';
import { type Trees, rangesOf } from '../../build/tree-arrays.ts';
import { refuse } from '../../../model/refuse.ts';
import { NumpyArray } from '../../python/pickle/array.ts';
import { NumpyType } from '../../python/pickle/dtype.ts';
import { numbersOf } from '../../python/pickle/elements.ts';
import { PickleObject, type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { Estimator } from '../read/estimator.ts';
import { isLibrary } from '../pipeline.ts';
import type { Block, Predictor } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { collectTrees } from './trees.ts';

/** The estimators of a list, each with its place; none may be named twice, which costs two bytes. */
export function estimatorsOf(model: Estimator, list: readonly PickleValue[]): Estimator[] {
  if (list.length === 0) model.refuse('has no estimators');
  if (new Set(list).size !== list.length) model.refuse('names one of its estimators twice');
  return list.map((value, at) => new Estimator(value, `${model.place}.estimators_[${at}]`));
}

/** True for a single tree, which merges with others into one ensemble. */
export function isTree({ className, object }: Estimator): boolean {
  return TREE.test(className) && isLibrary(object.type, 'sklearn');
}

const TREE = /^(Decision|Extra)Tree(Classifier|Regressor)$/;

/** The same where the library knows nothing but trees. */
export function treesOf(model: Estimator, list: readonly PickleValue[]): Estimator[] {
  const trees = estimatorsOf(model, list);
  const stranger = trees.find((tree) => !isTree(tree));
  return stranger === undefined ? trees : stranger.refuse('stands where only trees are expected');
}

/** The numbers that an estimator inside answers; of a classifier they would be positions of classes. */
export function regressionOf(inner: Predictor, owner: Estimator): readonly number[] {
  return inner.labels === null ? inner.predict() : owner.refuse('calculates with a classifier');
}

/** Inputs of models that check their rows as scikit-learn did before trees knew missing values. */
export const FINITE_FLOAT32 = { featureType: 'float32', missing: 'reject' } as const;

/** The largest number below 0: more than it is 0 or above. */
export const BELOW_ZERO = -Number.MIN_VALUE;

/** The trees' arrays with what they add up to. */
export function ensembleOf(
  trees: Trees,
  leafValues: Float64Array,
  adding: Pick<Ensemble, 'base' | 'treeOutputs' | 'missing' | 'featureType'>,
): Ensemble {
  const outputs = adding.base.length;
  return { ...trees, leafValues, outputs, comparison: '<=', sums: 'float64', ...adding };
}

/** Trees with an output of their own in one ensemble: as many as it may have outputs. */
const SEPARATE_TREES_MAX = 4096;

/** The answer of every single regression tree, times a factor: the library multiplies for every row. */
export function answersApart(
  trees: readonly Estimator[],
  factor: number,
  input: Block,
  { builder }: StepContext,
  place: string,
): readonly number[] {
  const answers: number[] = [];
  for (let first = 0; first < trees.length; first += SEPARATE_TREES_MAX) {
    const part = trees.slice(first, first + SEPARATE_TREES_MAX);
    const collected = collectTrees(part, 1, input.values.length, builder);
    const leafValues = collected.leafValues.map((value) => factor * value);
    const ensemble = ensembleOf(collected, leafValues, {
      // x + -0 is x, even where x is -0.
      base: new Float64Array(part.length).fill(-0),
      treeOutputs: Uint32Array.from(part, (_, tree) => tree),
      ...FINITE_FLOAT32,
    });
    answers.push(...builder.trees(ensemble, input.values, place));
  }
  return answers;
}

/** The columns that each estimator was trained on, by their positions (`estimators_features_`). */
export function drawnColumns(model: Estimator, estimators: number, columns: number): number[][] {
  const lists = model.list('estimators_features_');
  if (lists.length !== estimators) {
    model.refuse(`has columns for ${lists.length} of its ${estimators} estimators`);
  }
  return lists.map((value) => columnsOf(value, columns, model));
}

function columnsOf(value: PickleValue, columns: number, model: Estimator): number[] {
  if (!(value instanceof NumpyArray)) {
    model.refuse(`has ${kindOf(value)} for the columns of an estimator`);
  }
  // Columns may be drawn more than once, but no more of them than there are.
  if (value.count > columns) model.refuse('has an estimator with more columns than the table has');
  if (value.shape.length !== 1) model.refuse('has columns that are not in one list');
  const drawn = Array.from(numbersOf(value));
  const exist = drawn.every((at) => Number.isInteger(at) && at >= 0 && at < columns);
  return exist ? drawn : model.refuse('has an estimator whose columns do not exist');
}

/** Every node's feature is a position among the columns drawn for its tree: it becomes that column. */
export function remapColumns(trees: Trees, drawn: readonly (readonly number[])[]): void {
  rangesOf(trees).forEach(({ innerStart, innerEnd }, tree) => {
    const columns = drawn[tree]!;
    for (let node = innerStart; node < innerEnd; node++) {
      const column = columns[trees.feature[node]!];
      if (column === undefined) refuse('A tree asks for a column that was not drawn for it');
      trees.feature[node] = column;
    }
  });
}

/** The same tree with other values in its nodes. */
export function withValues(tree: Estimator, nodes: NumpyArray, values: Float64Array): Estimator {
  const array = new NumpyArray();
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  array.takeOver(NumpyType.parse('f8')!, [values.length], false, bytes);
  const state = new Map<PickleValue, PickleValue>([
    ['nodes', nodes],
    ['values', array],
  ]);
  const inner = withState(new PickleObject(tree.object.type, []), state);
  return new Estimator(withState(tree.object, new Map([['tree_', inner]])), tree.place);
}

function withState(object: PickleObject, state: Map<PickleValue, PickleValue>): PickleObject {
  const copy = new PickleObject(object.type, []);
  copy.state = state;
  return copy;
}
