import { describe, expect, test } from 'vitest';
import type { RawRow } from '../../src/core/rows.ts';
import type { ClassRule, Model } from '../../src/model/model.ts';
import { type Plan, compilePlan } from '../../src/model/plan/plan.ts';
import type { Stage } from '../../src/model/stages.ts';
import { allocateRows } from '../../src/schema/encode.ts';
import type { Field } from '../../src/schema/fields.ts';
import { compileValidator } from '../../src/schema/validate.ts';
import { evaluateRow, featuresOf } from './evaluate.ts';
import { numbersOf, scale, smallEnsemble, smallModel } from './small-model.ts';

function encodeRow(plan: Plan, raw: RawRow) {
  const into = allocateRows(plan.rows.slots, 1);
  const valid = compileValidator(plan.rows, { extraFields: 'ignore' })(raw);
  plan.encode(valid, 0, into);
  return into;
}

const features = (plan: Plan, raw: RawRow): number[] =>
  featuresOf(plan.forests[0]!.spec, encodeRow(plan, raw), 0);

/** A model whose features are what `stages` make of `fields`; its one leaf asks nothing. */
function pipelineModel(
  fields: readonly Field[],
  stages: readonly Stage[],
  featureValues: readonly number[],
  ensemble: Partial<Model['ensembles'][0]> = {},
): Model {
  const leaf = {
    ...smallEnsemble(),
    roots: Int32Array.of(~0),
    feature: new Uint32Array(),
    threshold: new Float64Array(),
    left: new Int32Array(),
    right: new Int32Array(),
    missingLeft: new Uint8Array(),
    visits: new Float64Array(),
    outputs: 1,
    leafValues: Float64Array.of(1),
    base: Float64Array.of(0),
  };
  return {
    ...smallModel(),
    fields,
    stages: [...stages, { kind: 'trees', inputs: featureValues, ensemble: 0 }],
    ensembles: [{ ...leaf, ...ensemble }],
    answer: numbersOf(fields.length + stages.reduce((sum, stage) => sum + resultsOf(stage), 0)),
  };
}

function resultsOf(stage: Stage): number {
  if (stage.kind === 'linear') return stage.intercepts.length;
  if (stage.kind === 'require') return 0;
  return stage.kind === 'oneHot' ? stage.categories.flat().length : stage.inputs.length;
}

const X: Field = { name: 'x', type: 'number' };
const T: Field = { name: 't', type: 'text' };
const encodeT = (
  categories: (string | number | boolean | null)[],
  unknown: 'zeros' | 'reject' = 'zeros',
): Stage => ({ kind: 'oneHot', inputs: [0], categories: [categories], unknown });

describe('a plan', () => {
  test('gives the trees what the pipeline would', () => {
    const plan = compilePlan(smallModel());
    const row = { age: 63, paid: true, plan: 'pro' };
    expect(features(plan, row)).toEqual([Math.fround((63 - 40.25) / 12.5), 1, 0, 1]);
    expect(evaluateRow(plan.forests[0]!.spec, encodeRow(plan, row), 0)).toEqual([
      0.5 + 1 / 3,
      0.5 + 2 / 3,
    ]);
  });

  test('imputes, and turns an unknown category into zeros', () => {
    const plan = compilePlan(smallModel());
    const row = { age: null, paid: false, plan: 'gold' };
    expect(features(plan, row)).toEqual([Math.fround((41 - 40.25) / 12.5), 0, 0, 0]);
  });

  test('gives slots only to fields that the trees read', () => {
    const { rows, forests } = compilePlan(smallModel());
    expect(rows.slots).toEqual({
      numbers: [0, 1],
      computed: 0,
      codes: [{ field: 2, categories: ['basic', 'pro'] }],
    });
    expect(forests).toHaveLength(1);
    expect(forests[0]!.spec).toMatchObject({ numberSlots: 2, codeSlots: 1 });
  });

  test('says what the source takes in each field', () => {
    const { rules } = compilePlan(smallModel()).rows;
    expect(rules.map((rule) => rule.missing)).toEqual(['accept', 'reject', 'accept', 'accept']);
    expect(rules.map((rule) => rule.unknown)).toEqual(Array(4).fill('accept'));
  });

  test('takes missing values where the trees do', () => {
    const plan = compilePlan(pipelineModel([X], [], [0], { missing: 'nodes' }));
    expect(plan.rows.rules[0]!.missing).toBe('accept');
    expect(features(plan, { x: null })).toEqual([Number.NaN]);
  });
});

describe('an encoding', () => {
  test('encodes a missing category by its own feature, or as what the imputer made of it', () => {
    const plain = compilePlan(pipelineModel([T], [encodeT(['a', null])], [1, 2]));
    expect(features(plain, { t: null })).toEqual([0, 1]);
    const impute: Stage = { kind: 'impute', inputs: [0], fills: ['a'] };
    const encode = { ...encodeT(['a', 'b']), inputs: [1] };
    const imputed = compilePlan(pipelineModel([T], [impute, encode], [2, 3]));
    expect(features(imputed, { t: null })).toEqual([1, 0]);
  });

  test('rejects what an encoder that raises does not know', () => {
    const [rule] = compilePlan(pipelineModel([T], [encodeT(['a', 'b'], 'reject')], [1, 2])).rows
      .rules;
    expect(rule).toMatchObject({ missing: 'reject', unknown: 'reject', categories: ['a', 'b'] });
  });

  test('lets two encoders of one field share its codes, and accepts what both know', () => {
    const stages = [encodeT(['a', 'b'], 'reject'), encodeT(['b', 'c'])];
    const plan = compilePlan(pipelineModel([T], stages, [1, 2, 3, 4]));
    expect(plan.rows.slots.codes).toEqual([{ field: 0, categories: ['a', 'b', 'c'] }]);
    expect(plan.rows.rules[0]!.categories).toEqual(['a', 'b']);
    expect(features(plan, { t: 'b' })).toEqual([0, 1, 1, 0]);
    expect(() => features(plan, { t: 'c' })).toThrow(
      expect.objectContaining({ code: 'ROW_INVALID' }),
    );
  });

  test('encodes numbers as categories beside the number itself', () => {
    const plan = compilePlan(pipelineModel([X], [encodeT([1, 2.5])], [0, 1, 2]));
    expect(features(plan, { x: 2.5 })).toEqual([2.5, 0, 1]);
    expect(features(plan, { x: 9 })).toEqual([9, 0, 0]);
  });

  test('scales encodings in the source order of operations', () => {
    const scaled = scale([1], { offsets: [0.1], divisors: [0.3] });
    const plan = compilePlan(pipelineModel([T], [encodeT(['a']), scaled], [2]));
    expect(features(plan, { t: 'a' })).toEqual([Math.fround((1 - 0.1) / 0.3)]);
    expect(features(plan, { t: 'z' })).toEqual([Math.fround((0 - 0.1) / 0.3)]);
  });
});

const rangeOf = (stages: Stage[], feature: number, featureType: 'float32' | 'float64') => {
  const { rules } = compilePlan(pipelineModel([X], stages, [feature], { featureType })).rows;
  return [rules[0]!.numberMin, rules[0]!.numberMax] as const;
};
const scaledBy = (offset: number, divisor: number): Stage =>
  scale([0], { offsets: [offset], divisors: [divisor] });
const next = (x: number): number => {
  const bits = new BigInt64Array(Float64Array.of(x).buffer);
  bits[0]! += 1n;
  return new Float64Array(bits.buffer)[0]!;
};

describe('the range of a number', () => {
  test('ends where a float32 overflows', () => {
    const [min, max] = rangeOf([], 0, 'float32');
    expect(Math.fround(max)).toBe(3.4028234663852886e38);
    expect(Math.fround(next(max))).toBe(Infinity);
    expect(min).toBe(-max);
  });

  test.each([
    { name: 'a scaler', offset: 40.25, divisor: 12.5 },
    { name: 'a scaler that turns the order around', offset: 3, divisor: -0.001 },
    { name: 'an offset that dwarfs the numbers', offset: 1e300, divisor: 1e270 },
  ])('ends where the float32 behind $name overflows', ({ offset, divisor }) => {
    const [min, max] = rangeOf([scaledBy(offset, divisor)], 1, 'float32');
    const final = (x: number): number => Math.fround((x - offset) / divisor);
    expect(Number.isFinite(final(min)) && Number.isFinite(final(max))).toBe(true);
    if (max < Number.MAX_VALUE) expect(Number.isFinite(final(next(max)))).toBe(false);
    if (min > -Number.MAX_VALUE) expect(Number.isFinite(final(next(min)))).toBe(false);
  });

  test('is every finite double where the trees read float64', () => {
    expect(rangeOf([], 0, 'float64')).toEqual([-Number.MAX_VALUE, Number.MAX_VALUE]);
  });
});

const small = smallModel();
const [ensemble] = small.ensembles;
const { stages } = small;
const withStages = (...more: Stage[]): Model => ({ ...small, stages: [...stages, ...more] });
const treesOf = (inputs: readonly number[]): Stage => ({ kind: 'trees', inputs, ensemble: 0 });
const withTrees = (inputs: readonly number[]): Model => ({
  ...small,
  stages: stages.map((stage) => (stage.kind === 'trees' ? treesOf(inputs) : stage)),
});
const answering = (changes: Partial<ClassRule>): Model => {
  const output: ClassRule = {
    kind: 'class',
    labels: ['a', 'b'],
    index: 12,
    probabilities: [10, 11],
    ...changes,
  };
  return { ...small, answer: { outputs: [output], scores: [] } };
};

const REFUSED: { name: string; model: Model; words: string }[] = [
  { name: 'without fields', model: { ...small, fields: [] }, words: 'no fields' },
  {
    name: 'with two fields of one name',
    model: { ...small, fields: [X, X, T, T] },
    words: 'two fields named "x"',
  },
  {
    name: 'without an ensemble that a stage names',
    model: { ...small, ensembles: [] },
    words: 'names ensemble 0; the model has 0',
  },
  {
    name: 'with an ensemble that no stage names',
    model: { ...small, ensembles: [ensemble!, ensemble!] },
    words: 'No stage names ensemble 1',
  },
  {
    name: 'with two stages that name one ensemble',
    model: withStages(treesOf([5, 1, 6, 7])),
    words: 'Two stages name ensemble 0',
  },
  {
    name: 'with a stage that reads itself',
    model: withStages({ kind: 'impute', inputs: [13], fills: [0] }),
    words: 'Stage 6 (impute) reads value 13; only 13 exist before it',
  },
  {
    name: 'with a stage that reads a later value',
    model: withStages({ kind: 'impute', inputs: [99], fills: [0] }),
    words: 'reads value 99',
  },
  {
    name: 'with a stage of another length than its inputs',
    model: withStages({ kind: 'impute', inputs: [0], fills: [] }),
    words: '0 fills for 1 inputs',
  },
  {
    name: 'with a stage of a kind nobody knows',
    model: withStages({ kind: 'toString', inputs: [] } as unknown as Stage),
    words: 'unknown kind "toString"',
  },
  {
    name: 'that encodes after arithmetic and raises on what it does not know',
    model: withStages({ kind: 'oneHot', inputs: [5], categories: [[1]], unknown: 'reject' }),
    words: 'after arithmetic',
  },
  {
    name: 'that scales a text',
    model: withStages(scale([2], {})),
    words: 'scales field "plan", which is text',
  },
  {
    name: 'that divides by 0',
    model: withStages(scale([0], { divisors: [0] })),
    words: 'divides by 0',
  },
  {
    name: 'that imputes a number with a text',
    model: withStages({ kind: 'impute', inputs: [0], fills: ['many'] }),
    words: 'imputer of field "age", a number, fills it with "many"',
  },
  {
    name: 'that names a category twice',
    model: withStages({
      kind: 'oneHot',
      inputs: [2],
      categories: [['a', 'a']],
      unknown: 'zeros',
    }),
    words: 'names a category twice',
  },
  {
    name: 'whose trees read a feature that is not there',
    model: withTrees([5, 1, 6]),
    words: 'asks for feature 3; the pipeline gives 3',
  },
  {
    name: 'whose trees read a text',
    model: withTrees([5, 1, 6, 2]),
    words: 'gives the trees field "plan", which is text',
  },
  {
    name: 'whose arrays disagree',
    model: { ...small, ensembles: [{ ...ensemble!, left: Int32Array.of(0) }] },
    words: 'left has 1 entries for its 3 inner nodes',
  },
  {
    name: 'whose leaf values are no whole leaves',
    model: { ...small, ensembles: [{ ...ensemble!, leafValues: new Float64Array(3) }] },
    words: 'no multiple',
  },
  {
    name: 'whose trees add to more outputs than there are',
    model: { ...small, ensembles: [{ ...ensemble!, treeOutputs: Uint32Array.of(0) }] },
    words: 'treeOutputs has 1 entries for its 2 trees',
  },
  { name: 'that answers nothing', model: { ...small, answer: numbersOf() }, words: 'nothing' },
  {
    name: 'that answers with a value that is not there',
    model: { ...small, answer: numbersOf(13) },
    words: 'output 0 is value 13; the model has 13',
  },
  {
    name: 'that answers with a text',
    model: { ...small, answer: numbersOf(2) },
    words: 'answers with field "plan", which is text',
  },
  {
    name: 'that answers with numbers and classes',
    model: {
      ...small,
      answer: {
        outputs: [...small.answer.outputs, { kind: 'number', value: 8 }],
        scores: [],
      },
    },
    words: 'numbers and with classes',
  },
  {
    name: 'whose classes have other probabilities',
    model: answering({ labels: ['a', 'b', 'c'] }),
    words: '2 probabilities for 3 classes',
  },
  {
    name: 'whose classes are none',
    model: answering({ labels: [], probabilities: null }),
    words: 'no class',
  },
  {
    name: 'with two classes that are one key of the probabilities',
    model: answering({ labels: [1, '1'] }),
    words: 'Output 0 has two classes named "1" (1 and "1"): give each class a text of its own.',
  },
  {
    name: 'whose score has no numbers',
    model: { ...small, answer: { ...small.answer, scores: [{ name: 'votes', values: [] }] } },
    words: 'a score without name or numbers',
  },
  {
    name: 'with two scores of one name',
    model: {
      ...small,
      answer: {
        ...small.answer,
        scores: [
          { name: 'votes', values: [8] },
          { name: 'votes', values: [9] },
        ],
      },
    },
    words: 'two scores named "votes"',
  },
  {
    name: 'that takes nothing in a field',
    model: withStages(
      { kind: 'oneHot', inputs: [2], categories: [['a']], unknown: 'reject' },
      { kind: 'oneHot', inputs: [2], categories: [['b']], unknown: 'reject' },
    ),
    words: 'no value at all in field "plan"',
  },
  {
    name: 'without a name',
    model: { ...small, metadata: { ...small.metadata, name: '' } },
    words: 'name is empty',
  },
  {
    name: 'whose version the store could not take',
    model: { ...small, metadata: { ...small.metadata, version: '1\0' } },
    words: 'version is longer than 1000 characters or holds U+0000',
  },
  {
    name: 'whose labels the store could not take',
    model: answering({ labels: ['a\0', 'b'] }),
    words: 'A class label is longer',
  },
  {
    name: 'with a histogram of a field that is not there',
    model: {
      ...small,
      histograms: [
        { field: 4, edges: Float64Array.of(0, 1), counts: Float64Array.of(1), missing: 0 },
      ],
    },
    words: 'histogram of field 4',
  },
  {
    name: 'whose golden rows have no answers',
    model: { ...small, golden: { ...small.golden, inputs: [[1, true, 'pro', '']] } },
    words: '1 golden rows do not have 2 raw scores and 3 answers each',
  },
];

describe('a model is refused', () => {
  test.each(REFUSED)('$name', ({ model, words }) => {
    expect(() => compilePlan(model)).toThrow(
      expect.objectContaining({
        code: 'MODEL_REFUSED',
        message: expect.stringContaining(words) as string,
      }),
    );
  });
});
