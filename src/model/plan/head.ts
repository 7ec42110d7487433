import { invariant } from '../../core/errors.ts';
import type { RowBuffers } from '../../schema/encode.ts';
import type { Category } from '../../schema/fields.ts';
import { blockRows } from './block-rows.ts';
import type { Layout } from './layout.ts';
import type { AnswerRule, ClassRule } from '../model.ts';
import { type RowAt, compileNode, compileReader } from './readers.ts';
import { type NumberRequirement, isTaken } from './rules.ts';

/** Rows that a head without forests works on at a time: what one step writes, the next finds in the cache. */
const HEAD_ROWS = 1024;

/** The answer to one row. */
export interface Answer {
  /** One per output of the model: a number, or the label of a class. */
  readonly predictions: readonly Category[];
  /** For each output, the probabilities in the order of its labels, where the source knows them. */
  readonly probabilities: readonly (readonly number[])[] | null;
  /** Other outputs of the source library for the row, by their names there. */
  readonly scores: Readonly<Record<string, readonly number[]>> | null;
}

/** The form of every answer of a model, known before any row is scored. */
export interface AnswerShape {
  /** Raw scores of one row. */
  readonly rawWidth: number;
  /** Numbers that make up the answer of one row. */
  readonly width: number;
  /** Predictions of one row. */
  readonly outputs: number;
  /** Classification: the labels of each output; null for regression. */
  readonly labels: readonly (readonly Category[])[] | null;
  readonly hasProbabilities: boolean;
  readonly scores: readonly { readonly name: string; readonly width: number }[];
}

/** Writes the raw scores of rows of the head into `raw`, by its own forest number `forest`. */
export type ScoreInHead = (
  forest: number,
  rows: number,
  encoded: RowBuffers,
  raw: Float64Array,
) => void;

/** From raw scores to answers. */
export interface Head {
  readonly shape: AnswerShape;
  /** True where `run` reads the encoded rows besides their raw scores. */
  readonly needsRows: boolean;
  /** All numbers of the answers of `rows` rows: rows x shape.width. */
  readonly run: (
    rows: number,
    encoded: RowBuffers | null,
    raw: Float64Array,
    score: ScoreInHead,
  ) => Float64Array;
}

/** Rows on their way through the head, row-major: `numbers` is rows x headWidth. */
interface Block {
  rows: number;
  numbers: Float64Array;
  codes: Int32Array;
}

type Step = (block: Block, score: ScoreInHead) => void;

/** `late` are the numbers that the source raises on where trees gave them: such a row has no answer. */
export function compileHead(
  rule: AnswerRule,
  layout: Layout,
  late: readonly NumberRequirement[],
): Head {
  const { rawWidth, headWidth, headCodeSlots: codeSlots, needsRows } = layout;
  const shape = shapeOf(rule, rawWidth, layout.answer.length);
  // A forest is asked once a batch: only the memory of very wide rows makes it more.
  const hasForests = layout.after.some(({ node }) => node.kind === 'trees');
  const rowsMax = blockRows(hasForests ? Number.POSITIVE_INFINITY : HEAD_ROWS, headWidth);
  const steps = compileSteps(layout, rowsMax);
  const tell = compileAnswer(layout, late);
  const numberSlots = needsRows ? layout.numberSlots : 0;
  // Runs never overlap, so all of them share this; its rows grow to the largest block yet.
  const block: Block = { rows: 0, numbers: new Float64Array(headWidth), codes: NO_CODES };

  const fill = (first: number, count: number, encoded: RowBuffers | null, raw: Float64Array) => {
    if (block.numbers.length < count * headWidth) {
      block.numbers = new Float64Array(count * headWidth);
    }
    block.rows = count;
    if (needsRows) {
      block.codes = encoded!.codes.subarray(first * codeSlots, (first + count) * codeSlots);
      copyRows(encoded!.numbers, first, count, numberSlots, block.numbers, headWidth, 0);
    }
    copyRows(raw, first, count, rawWidth, block.numbers, headWidth, numberSlots);
  };

  return {
    shape,
    needsRows,
    run(rows, encoded, raw, score) {
      invariant(!needsRows || encoded !== null, 'a head that needs the rows is given them');
      const outputs = new Float64Array(rows * shape.width);
      for (let first = 0; first < rows; first += rowsMax) {
        fill(first, Math.min(rowsMax, rows - first), encoded, raw);
        for (const step of steps) step(block, score);
        forEachRow(block, headWidth, codeSlots, (place, row) => tell(place, outputs, first + row));
      }
      return outputs;
    },
  };
}

const NO_CODES = new Int32Array(0);

/** Copies `width` numbers of each row, from rows of as many into longer ones at position `at`. */
function copyRows(
  from: Float64Array,
  first: number,
  count: number,
  width: number,
  into: Float64Array,
  intoWidth: number,
  at: number,
): void {
  for (let row = 0; row < count; row++) {
    const [start, target] = [(first + row) * width, row * intoWidth + at];
    for (let number = 0; number < width; number++) into[target + number] = from[start + number]!;
  }
}

/** Writes the answer's numbers of one row; all of them NaN where the source raises. */
function compileAnswer({ answer, headPlaces }: Layout, late: readonly NumberRequirement[]) {
  const readers = answer.map((value) => compileReader(value, headPlaces));
  const checks = late.map(({ value, missing }) => {
    const read = compileReader(value, headPlaces);
    return (place: RowAt): boolean => isTaken(read(place), missing);
  });
  return (place: RowAt, outputs: Float64Array, row: number): void => {
    const start = row * readers.length;
    for (let at = 0; at < readers.length; at++) outputs[start + at] = readers[at]!(place);
    for (let at = 0; at < checks.length; at++) {
      if (!checks[at]!(place)) outputs.fill(Number.NaN, start, start + readers.length);
    }
  };
}

function compileSteps(layout: Layout, rowsMax: number): readonly Step[] {
  const { headWidth, headCodeSlots: codeSlots, headPlaces } = layout;
  let forests = 0;
  return layout.after.map(({ node, first }): Step => {
    if (node.kind === 'computed') {
      const compute = compileNode(node, first, headPlaces);
      return (block) => forEachRow(block, headWidth, codeSlots, compute);
    }
    const forest = forests++;
    const width = node.results;
    let raw = new Float64Array(width);
    return ({ rows, numbers, codes }, score) => {
      if (raw.length < rows * width) raw = new Float64Array(Math.min(rows, rowsMax) * width);
      score(forest, rows, { numbers, codes }, raw);
      copyRows(raw, 0, rows, width, numbers, headWidth, first);
    };
  });
}

function forEachRow(
  { rows, numbers, codes }: Block,
  width: number,
  codeSlots: number,
  visit: (place: RowAt, row: number) => void,
): void {
  const place: RowAt = { numbers, numbersAt: 0, codes, codesAt: 0 };
  for (let row = 0; row < rows; row++) {
    visit(place, row);
    place.numbersAt += width;
    place.codesAt += codeSlots;
  }
}

function shapeOf({ outputs, scores }: AnswerRule, rawWidth: number, width: number): AnswerShape {
  const classes = outputs.filter((rule): rule is ClassRule => rule.kind === 'class');
  return {
    rawWidth,
    width,
    outputs: outputs.length,
    labels: classes.length === 0 ? null : classes.map(({ labels }) => labels),
    hasProbabilities: classes.length > 0 && classes.every((rule) => rule.probabilities !== null),
    scores: scores.map(({ name, values }) => ({ name, width: values.length })),
  };
}

/**
 * The answer of row number `row` of the head's outputs; null where there is none: a number that is not
 * finite, which JSON and the store's readers do not know, or a class that the model does not have.
 */
export function answerOf(shape: AnswerShape, outputs: Float64Array, row: number): Answer | null {
  const end = (row + 1) * shape.width;
  let at = row * shape.width;
  for (let number = at; number < end; number++) {
    if (!Number.isFinite(outputs[number]!)) return null;
  }
  const take = (count: number): number[] => {
    const numbers: number[] = [];
    for (let number = 0; number < count; number++) numbers.push(outputs[at++]!);
    return numbers;
  };
  const predictions: Category[] = [];
  const probabilities: number[][] = [];
  for (let output = 0; output < shape.outputs; output++) {
    const value = outputs[at++]!;
    const labels = shape.labels?.[output];
    const prediction = labels === undefined ? value : labels[value];
    if (prediction === undefined) return null;
    predictions.push(prediction);
    if (labels !== undefined && shape.hasProbabilities) probabilities.push(take(labels.length));
  }
  const scores = shape.scores.map(({ name, width }) => [name, take(width)] as const);
  return {
    predictions,
    probabilities: shape.hasProbabilities ? probabilities : null,
    scores: scores.length > 0 ? Object.fromEntries(scores) : null,
  };
}

/** The answers of `count` rows of the head's outputs, from row number `first` on. */
export function answersOf(
  shape: AnswerShape,
  outputs: Float64Array,
  first: number,
  count: number,
): readonly (Answer | null)[] {
  const answers: (Answer | null)[] = [];
  for (let row = first; row < first + count; row++) answers.push(answerOf(shape, outputs, row));
  return answers;
}
