import { describe, expect, test } from 'vitest';
import { answerOf, answerShape, applyHead } from '../../src/model/head.ts';
import type { HeadStage } from '../../src/model/model.ts';

describe('the head', () => {
  test('divides, and does not multiply by the reciprocal', () => {
    // 49 * (1 / 49) is not 1: the one shows what the other would have answered.
    const outputs = new Float64Array(2);
    applyHead([{ kind: 'average', divisor: 49 }], Float64Array.of(49, 0.3), outputs);
    expect([...outputs]).toEqual([1, 0.3 / 49]);
    expect(49 * (1 / 49)).not.toBe(1);
  });

  test('without stages answers the raw scores, one prediction an output', () => {
    const outputs = new Float64Array(4);
    applyHead([], Float64Array.of(1, 2, 3, 4), outputs);
    expect(answerOf([], outputs, 2, 1)).toEqual({ predictions: [3, 4], probabilities: null });
    expect(answerShape([], 2)).toEqual({ width: 2, outputs: 2, labels: null });
  });

  test('answers the label of the first largest probability', () => {
    const head: HeadStage[] = [{ kind: 'classes', stride: 3, labels: [['a', 'b', 'c']] }];
    expect(answerOf(head, Float64Array.of(0.25, 0.375, 0.375), 3, 0)).toEqual({
      predictions: ['b'],
      probabilities: [[0.25, 0.375, 0.375]],
    });
  });

  test('answers several outputs with classes of their own', () => {
    const head: HeadStage[] = [
      {
        kind: 'classes',
        stride: 3,
        labels: [
          ['a', 'b', 'c'],
          [0, 1],
        ],
      },
    ];
    // The second output has two classes; its third place is filler that must never win.
    const scores = Float64Array.of(0, 0, 1, 0.5, 0.25, 9);
    expect(answerOf(head, scores, 6, 0)).toEqual({
      predictions: ['c', 0],
      probabilities: [
        [0, 0, 1],
        [0.5, 0.25],
      ],
    });
    expect(answerShape(head, 6)).toEqual({
      width: 6,
      outputs: 2,
      labels: [
        ['a', 'b', 'c'],
        [0, 1],
      ],
    });
  });
});
