import { describe, expect, test } from 'vitest';
import { answerOf } from '../../src/model/plan/head.ts';
import type { AnswerRule } from '../../src/model/model.ts';
import { type Plan, compilePlan } from '../../src/model/plan/plan.ts';
import type { Stage } from '../../src/model/stages.ts';
import { argmax, numbersOf, scale, smallEnsemble, smallModel } from './small-model.ts';

/** The first raw score: value 0 is the field. */
const FIRST = 1;

/** A plan of one field whose `width` raw scores are values 1 and on, followed by `stages`. */
function planOf(width: number, stages: readonly Stage[], answer: AnswerRule): Plan {
  const ensemble = {
    ...smallEnsemble(),
    feature: Uint32Array.of(0, 0, 0),
    outputs: width,
    leafValues: new Float64Array(5 * width),
    base: new Float64Array(width),
  };
  return compilePlan({
    ...smallModel(),
    fields: [{ name: 'x', type: 'number' }],
    stages: [{ kind: 'trees', inputs: [0], ensemble: 0 }, ...stages],
    ensembles: [ensemble],
    answer,
  });
}

function answersOf({ head }: Plan, rows: number, raw: readonly number[]) {
  const outputs = head.run(rows, null, Float64Array.from(raw), () => {
    throw new Error('no forest stands in this head');
  });
  return Array.from({ length: rows }, (_, row) => answerOf(head.shape, outputs, row));
}

const range = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => first + at);

describe('the head', () => {
  test('divides, and does not multiply by the reciprocal', () => {
    // 49 * (1 / 49) is not 1: the one shows what the other would have answered.
    const plan = planOf(2, [scale([1, 2], { divisors: [49, 49] })], numbersOf(3, 4));
    const [answer] = answersOf(plan, 1, [49, 0.3]);
    expect(answer!.predictions).toEqual([1, 0.3 / 49]);
    expect(49 * (1 / 49)).not.toBe(1);
  });

  test('without stages answers the raw scores, one prediction an output', () => {
    const plan = planOf(2, [], numbersOf(1, 2));
    expect(answersOf(plan, 2, [1, 2, 3, 4])[1]).toEqual({
      predictions: [3, 4],
      probabilities: null,
      scores: null,
    });
    expect(plan.head.shape).toEqual({
      rawWidth: 2,
      width: 2,
      outputs: 2,
      labels: null,
      hasProbabilities: false,
      scores: [],
    });
  });

  test('answers the label of the first largest probability', () => {
    const labels = ['a', 'b', 'c'];
    const output = { kind: 'class', labels, index: 4, probabilities: range(FIRST, 3) } as const;
    const plan = planOf(3, [argmax(range(FIRST, 3))], { outputs: [output], scores: [] });
    expect(answersOf(plan, 1, [0.25, 0.375, 0.375])).toEqual([
      { predictions: ['b'], probabilities: [[0.25, 0.375, 0.375]], scores: null },
    ]);
  });

  test('answers several outputs with classes of their own', () => {
    // The second output has two classes; its third place is filler that must never win.
    const stages = [argmax([1, 2, 3]), argmax([4, 5])];
    const outputs = [
      { kind: 'class', labels: ['a', 'b', 'c'], index: 7, probabilities: [1, 2, 3] },
      { kind: 'class', labels: [0, 1], index: 8, probabilities: [4, 5] },
    ] as const;
    const plan = planOf(6, stages, { outputs, scores: [] });
    expect(answersOf(plan, 1, [0, 0, 1, 0.5, 0.25, 9])).toEqual([
      {
        predictions: ['c', 0],
        probabilities: [
          [0, 0, 1],
          [0.5, 0.25],
        ],
        scores: null,
      },
    ]);
    expect(plan.head.shape).toMatchObject({
      width: 7,
      outputs: 2,
      labels: [
        ['a', 'b', 'c'],
        [0, 1],
      ],
      hasProbabilities: true,
    });
  });

  test('tells scores by their names, beside classes without probabilities', () => {
    const output = { kind: 'class', labels: ['out', 'in'], index: 3, probabilities: null } as const;
    const scores = [
      { name: 'decision_function', values: [1] },
      { name: 'score_samples', values: [2, 1] },
    ];
    const plan = planOf(2, [argmax([1, 2])], { outputs: [output], scores });
    expect(plan.head.shape).toMatchObject({ width: 4, hasProbabilities: false });
    expect(answersOf(plan, 1, [-0.5, 2])).toEqual([
      {
        predictions: ['in'],
        probabilities: null,
        scores: { decision_function: [-0.5], score_samples: [2, -0.5] },
      },
    ]);
  });

  test('answers any number of rows, each from its own raw scores', () => {
    const rows = 2_500;
    const plan = planOf(1, [scale([1], { shifts: [0.5] })], numbersOf(2));
    const answers = answersOf(plan, rows, range(0, rows));
    expect(answers.map((answer) => answer!.predictions[0])).toEqual(
      range(0, rows).map((x) => x + 0.5),
    );
  });
});

describe('no answer', () => {
  const output = { kind: 'class', labels: ['a', 'b'], index: 1, probabilities: null } as const;

  test.each([
    { name: 'where a number is not a number', raw: Number.NaN },
    { name: 'where a number is infinite', raw: Number.NEGATIVE_INFINITY },
  ])('is given $name, and its neighbours have theirs', ({ raw }) => {
    const answers = answersOf(planOf(1, [], numbersOf(1)), 3, [1, raw, 3]);
    expect(answers.map((answer) => answer?.predictions ?? null)).toEqual([[1], null, [3]]);
  });

  test('is given where there is no such class', () => {
    const plan = planOf(1, [], { outputs: [output], scores: [] });
    const answers = answersOf(plan, 4, [1, 2, 0.5, -1]);
    expect(answers.map((answer) => answer?.predictions ?? null)).toEqual([['b'], null, null, null]);
  });
});
