import { invariant } from '../core/errors.ts';
import type { Category } from '../schema/fields.ts';
import type { ClassesStage, HeadStage } from './model.ts';

/** What the caller is told about one row. */
export interface Answer {
  /** One per output of the model: a number, or the label of a class. */
  readonly predictions: readonly Category[];
  /** Classification: for each output, the probabilities in the order of its labels. */
  readonly probabilities: readonly (readonly number[])[] | null;
}

/** What an answer looks like, known before any row is scored. */
export interface AnswerShape {
  /** Raw scores, and numbers after the head, of one row. */
  readonly width: number;
  /** Predictions of one row. */
  readonly outputs: number;
  /** Classification: the labels of each output; null for regression. */
  readonly labels: readonly (readonly Category[])[] | null;
}

export function answerShape(head: readonly HeadStage[], rawWidth: number): AnswerShape {
  const classes = classesOf(head);
  if (classes === null) return { width: rawWidth, outputs: rawWidth, labels: null };
  return { width: rawWidth, outputs: classes.labels.length, labels: classes.labels };
}

/**
 * Raw scores to outputs, in the source's arithmetic: row-major, as many numbers out as in. `raw` and
 * `outputs` may be the same array.
 */
export function applyHead(
  head: readonly HeadStage[],
  raw: Float64Array,
  outputs: Float64Array,
): void {
  invariant(raw.length === outputs.length, 'the head gives as many numbers as it takes');
  if (outputs !== raw) outputs.set(raw);
  for (const stage of head) {
    if (stage.kind === 'average') divide(outputs, stage.divisor);
  }
}

/** The answer of row number `row` of the outputs. */
export function answerOf(
  head: readonly HeadStage[],
  outputs: Float64Array,
  rawWidth: number,
  row: number,
): Answer {
  const numbers = outputs.subarray(row * rawWidth, (row + 1) * rawWidth);
  const classes = classesOf(head);
  if (classes === null) return { predictions: Array.from(numbers), probabilities: null };
  const probabilities = classes.labels.map((labels, output) => {
    const start = output * classes.stride;
    return Array.from(numbers.subarray(start, start + labels.length));
  });
  const predictions = classes.labels.map((labels, at) => labels[firstLargest(probabilities[at]!)]!);
  return { predictions, probabilities };
}

function classesOf(head: readonly HeadStage[]): ClassesStage | null {
  const last = head.at(-1);
  return last?.kind === 'classes' ? last : null;
}

function divide(values: Float64Array, divisor: number): void {
  for (let at = 0; at < values.length; at++) values[at]! /= divisor;
}

/** As numpy's argmax: the first of equals, and the first NaN before any number. */
function firstLargest(values: readonly number[]): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) {
    if (Number.isNaN(values[best]!)) return best;
    if (values[at]! > values[best]! || Number.isNaN(values[at]!)) best = at;
  }
  return best;
}
