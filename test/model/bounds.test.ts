import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/forest/load.ts';
import { ROW_NUMBERS_MAX } from '../../src/model/plan/layout.ts';
import { DESCRIPTION_MAX, VALUES_MAX } from '../../src/model/plan/lower.ts';
import type { AnswerRule, Ensemble, Model } from '../../src/model/model.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import type { LookupStage, Stage } from '../../src/model/stages.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import { numbersOf, scale, smallEnsemble, smallModel } from './small-model.ts';

// A hostile package can ask for much memory with few bytes: arrays are shared, lists repeat names.

const MiB = 1024 * 1024;
const [NUMBER, TEXT] = [0, 1];

/** A model of a number, a text and these stages; only the number is part of the answer. */
function modelOf(stages: readonly Stage[], ensembles: readonly Ensemble[] = []): Model {
  return {
    ...smallModel(),
    fields: [
      { name: 'x', type: 'number' },
      { name: 't', type: 'text' },
    ],
    stages,
    ensembles,
    answer: numbersOf(NUMBER),
  };
}

const repeated = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value);

function linear(inputs: readonly number[], results: number): Stage {
  const weights = new Float64Array(inputs.length * results);
  return { kind: 'linear', inputs, weights, intercepts: new Float64Array(results) };
}

const long = Array.from({ length: 100_000 }, (_, at) => `category ${at}`);
const longTable: LookupStage = {
  kind: 'lookup',
  inputs: [TEXT],
  categories: [long],
  numbers: new Float64Array(long.length),
  unknown: 'others',
  others: Float64Array.of(0),
};
const wideTrees: Ensemble = {
  ...smallEnsemble(),
  outputs: 100_000,
  treeOutputs: Uint32Array.of(0, 1),
  leafValues: new Float64Array(5),
  base: new Float64Array(100_000),
};
const trees = (ensemble: number): Stage => ({ kind: 'trees', inputs: [0, 0, 0, 0], ensemble });

const tellingOften = (value: number, times: number): AnswerRule => ({
  ...numbersOf(value),
  scores: [{ name: 'again', values: repeated(value, times) }],
});

const HOSTILE: { name: string; model: () => Model; words: string }[] = [
  {
    name: 'more results of one stage than a model may have values',
    model: () => modelOf([linear([], VALUES_MAX)]),
    words: `more than ${VALUES_MAX} values`,
  },
  {
    name: 'forests whose outputs come to more, of arrays that they share',
    model: () =>
      modelOf(
        Array.from({ length: 1_000 }, (_, at) => trees(at)),
        repeated(wideTrees, 1_000),
      ),
    words: `more than ${VALUES_MAX} values`,
  },
  {
    name: 'a long table that is scaled again and again',
    model: () => modelOf([longTable, scale(repeated(2, 10_000), { shifts: repeated(1, 10_000) })]),
    words: `more than ${DESCRIPTION_MAX} entries`,
  },
  {
    name: 'a long table that is summed up to many results',
    model: () => modelOf([longTable, linear([2], 500_000)]),
    words: `more than ${DESCRIPTION_MAX} entries`,
  },
  {
    name: 'a chain of steps on one number',
    model: () =>
      modelOf(
        Array.from({ length: 20_000 }, (_, at) => scale([at === 0 ? 0 : at + 1], { shifts: [1] })),
      ),
    words: `more than ${DESCRIPTION_MAX} entries`,
  },
  {
    name: 'rows of more numbers than a row may have, before the trees',
    model: () => ({
      ...modelOf([linear([NUMBER], ROW_NUMBERS_MAX)]),
      answer: numbersOf(2),
    }),
    words: 'numbers of each row',
  },
  {
    name: 'rows of more numbers than a row may have, behind the trees',
    model: () => ({
      ...modelOf([trees(0), linear([2], ROW_NUMBERS_MAX)], [smallEnsemble()]),
      answer: numbersOf(2, 4),
    }),
    words: 'numbers of each row',
  },
  {
    name: 'an answer of more numbers than a row may have',
    model: () => ({ ...modelOf([]), answer: tellingOften(0, ROW_NUMBERS_MAX) }),
    words: 'numbers of each row',
  },
  {
    name: 'many forests whose tables are large together',
    model: () => {
      const reading = (ensemble: number): Stage => ({
        kind: 'trees',
        inputs: repeated(2, 170),
        ensemble,
      });
      return modelOf([longTable, reading(0), reading(1)], repeated(smallEnsemble(), 2));
    },
    words: 'need tables of more than',
  },
  {
    name: 'more golden rows than anybody writes',
    model: () => {
      const golden = { ...smallModel().golden, inputs: repeated([1, 'a'], 100_000) };
      return { ...modelOf([]), golden };
    },
    words: '100000 golden rows',
  },
];

describe('a model is refused before it takes memory or time, for', () => {
  test.each(HOSTILE)('$name', ({ model, words }) => {
    const hostile = model();
    const [before, start] = [process.memoryUsage(), process.cpuUsage()];
    expect(() => compilePlan(hostile)).toThrow(
      expect.objectContaining({
        code: 'MODEL_REFUSED',
        message: expect.stringContaining(words) as string,
      }),
    );
    const after = process.memoryUsage();
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(512 * MiB);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(1024 * MiB);
  });
});

test('a wide encoding in a linear model takes no table of every column', () => {
  const categories = Array.from({ length: 20_000 }, (_, at) => `category ${at}`);
  const columns = Array.from(categories, (_, at) => 2 + at);
  const weights = Float64Array.from(columns, (at) => at);
  const model: Model = {
    ...modelOf([
      { kind: 'oneHot', inputs: [TEXT], categories: [categories], unknown: 'zeros' },
      { kind: 'linear', inputs: columns, weights, intercepts: Float64Array.of(0.5) },
    ]),
    answer: numbersOf(2 + categories.length),
  };
  const before = process.memoryUsage().arrayBuffers;
  const live = createLiveModel(model, { addon: loadAddon(), extraFields: 'ignore' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MiB);
  const rows = ['category 0', 'category 19999', 'another'].map((t) => live.validateList([0, t]));
  const answers = live.answer(rows);
  expect(answers.map((answer) => answer!.predictions[0])).toEqual([2.5, 20_001.5, 0.5]);
  live.close();
});

const MEANINGLESS: { name: string; stage: Stage; words: string }[] = [
  { name: 'a weight that is no number', stage: withWeight(Number.NaN), words: 'not finite' },
  { name: 'an infinite weight', stage: withWeight(Infinity), words: 'not finite' },
  {
    name: 'weights that are too few',
    stage: { ...linear([0, 0], 3), weights: new Float64Array(5) } as Stage,
    words: '5 weights for 2 inputs; it needs 6',
  },
  { name: 'a value beyond all', stage: scale([2 ** 32], {}), words: 'reads value 4294967296' },
  { name: 'half a value', stage: scale([0.5], {}), words: 'reads value 0.5' },
  { name: 'no value', stage: scale([Number.NaN], {}), words: 'reads value NaN' },
  { name: 'a value before all', stage: scale([-1], {}), words: 'reads value -1' },
  {
    name: 'a list that is longer than the inputs',
    stage: scale([0], { offsets: [1, 2] }),
    words: '2 offsets for 1 inputs',
  },
  {
    name: 'an infinite offset',
    stage: scale([0], { offsets: [-Infinity] }),
    words: 'not finite',
  },
  {
    name: 'the largest of nothing',
    stage: { kind: 'argmax', inputs: [] },
    words: 'no inputs',
  },
  {
    name: 'a missing value to fill missing ones with',
    stage: { kind: 'impute', inputs: [0], fills: [null!] },
    words: 'fills missing values with a missing value',
  },
  {
    name: 'a word that nobody knows',
    stage: { kind: 'require', inputs: [0], missing: 'ignore' as 'accept', type: 'float32' },
    words: '"ignore" for its missing; it may be accept or reject',
  },
  {
    name: 'an encoding of other lists than inputs',
    stage: { kind: 'oneHot', inputs: [1], categories: [], unknown: 'zeros' },
    words: '0 category lists for 1 inputs',
  },
  {
    name: 'a lookup without its numbers',
    stage: { ...longTable, numbers: new Float64Array(1) },
    words: '1 numbers for 1 inputs; it needs 100000',
  },
  { name: 'half an ensemble', stage: trees(0.5), words: 'names ensemble 0.5' },
];

function withWeight(weight: number): Stage {
  return { ...linear([0], 1), weights: Float64Array.of(weight) } as Stage;
}

describe('a stage is refused for', () => {
  test.each(MEANINGLESS)('$name', ({ stage, words }) => {
    expect(() => compilePlan(modelOf([stage]))).toThrow(
      expect.objectContaining({
        code: 'MODEL_REFUSED',
        message: expect.stringContaining(words) as string,
      }),
    );
  });
});

test('trees that add to an output that is not there are refused when they are built', () => {
  const ensemble = { ...smallEnsemble(), treeOutputs: Uint32Array.of(0, 2) };
  const model = modelOf([trees(0)], [{ ...ensemble, leafValues: new Float64Array(5) }]);
  expect(() => createLiveModel(model, { addon: loadAddon(), extraFields: 'ignore' })).toThrow(
    expect.objectContaining({ code: 'MODEL_REFUSED' }),
  );
});
