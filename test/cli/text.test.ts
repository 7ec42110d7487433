import { describe, expect, test } from 'vitest';
import { numberText, outputColumns, outputLine, quotedCell } from '../../src/live/answer-table.ts';
import { startProgress } from '../../src/cli/progress.ts';
import { textTable } from '../../src/cli/text-table.ts';
import type { AnswerShape } from '../../src/model/plan/head.ts';

function shapeOf(changes: Partial<AnswerShape>): AnswerShape {
  const shape = { rawWidth: 1, width: 1, outputs: 1, labels: null, hasProbabilities: false };
  return { ...shape, scores: [], ...changes };
}

describe('a table of predictions', () => {
  test('numbers its columns only where there are several outputs', () => {
    const regression = shapeOf({});
    expect(outputColumns(regression, true)).toEqual(['prediction', 'raw_0']);
    const several = shapeOf({ outputs: 2 });
    expect(outputColumns(several, false)).toEqual(['prediction_0', 'prediction_1']);
    const labels = [['a', 'b'], [0]];
    const classes = shapeOf({ outputs: 2, labels, hasProbabilities: true });
    expect(outputColumns(classes, false)).toEqual([
      'prediction_0',
      'prediction_1',
      'probability_0(a)',
      'probability_0(b)',
      'probability_1(0)',
    ]);
    expect(outputColumns({ ...classes, hasProbabilities: false }, false)).toEqual([
      'prediction_0',
      'prediction_1',
    ]);
  });

  test('numbers the columns of a score where it has several', () => {
    const scores = [
      { name: 'score_samples', width: 1 },
      { name: 'decision_function', width: 2 },
    ];
    expect(outputColumns(shapeOf({ scores }), true)).toEqual([
      'prediction',
      'score_samples',
      'decision_function_0',
      'decision_function_1',
      'raw_0',
    ]);
  });

  test('holds predictions, probabilities, scores and raw scores of a row in that order', () => {
    const answer = {
      predictions: ['a, b', 1, true],
      probabilities: [[0.25, 0.75], [1]],
      scores: { score_samples: [-0], decision_function: [3, 4] },
    };
    expect(outputLine(answer, Float64Array.of(2.5))).toBe('"a, b",1,true,0.25,0.75,1,-0,3,4,2.5');
  });

  test.each([0.1 + 0.2, -0, 5e-324, 1.7976931348623157e308, 1e21, 1e-7, Math.fround(0.1)])(
    'has %d in a form that reads back to the same double',
    (value) => {
      expect(Object.is(Number(numberText(value)), value)).toBe(true);
    },
  );

  test('quotes what would end a cell', () => {
    expect(['plain', 'a"b', 'a\nb', ''].map(quotedCell)).toEqual(['plain', '"a""b"', '"a\nb"', '']);
  });
});

test('a table of text is as wide as its widest cells', () => {
  const rows = [
    ['a', '1'],
    ['long', '1,000'],
  ];
  expect(textTable(rows, ['left', 'right'])).toBe('a         1\nlong  1,000');
});

test('progress is shown on a terminal only, and not for what is quick', () => {
  const written: string[] = [];
  const stream = (isTTY: boolean) =>
    ({ isTTY, write: (text: string) => written.push(text) }) as unknown as NodeJS.WriteStream;
  for (const isTTY of [true, false]) {
    const progress = startProgress('working', stream(isTTY));
    progress.advance(0.5);
    progress.close();
  }
  expect(written).toEqual([]);
});
