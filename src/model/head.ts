import { invariant } from '../core/errors.ts';
import type { RowBuffers } from '../schema/encode.ts';
import type { Category } from '../schema/fields.ts';
import type { Layout } from './layout.ts';
import type { AnswerRule, ClassRule } from './model.ts';
import { type RowAt, compileNode, compileReader } from './readers.ts';
import { refuse } from './refuse.ts';

/** Rows of the head that are worked on at a time, so that its scratch memory stays small. */
const BLOCK_ROWS = 1024;

/** What the caller is told about one row. */
export interface Answer {
  /** One per output of the model: a number, or the label of a class. */
  readonly predictions: readonly Category[];
  /** For each output, the probabilities in the order of its labels, where the source knows them. */
  readonly probabilities: readonly (readonly number[])[] | null;
  /** What the source says of the row besides, by its name there. */
  readonly scores: Readonly<Record<string, readonly number[]>> | null;
}

/** What an answer looks like, known before any row is scored. */
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
  /** Whether `run` needs the encoded rows besides their raw scores. */
  readonly needsRows: boolean;
  /** All numbers of the answers of `rows` rows: rows x shape.width. */
  readonly run: (
    rows: number,
    encoded: RowBuffers | null,
    raw: Float64Array,
    score: ScoreInHead,
  ) => Float64Array;
}

/** A block of rows on their way through the head, row-major. */
interface Block {
  readonly rows: number;
  readonly numbers: Float64Array;
  readonly codes: Int32Array;
}

type Step = (block: Block, score: ScoreInHead) => void;

export function compileHead(rule: AnswerRule, layout: Layout): Head {
  const { rawWidth, headWidth, needsRows, numberSlots } = layout;
  const codeSlots = needsRows ? layout.slots.codes.length : 0;
  const shape = shapeOf(rule, rawWidth, layout.answer.length);
  const steps = compileSteps(layout, codeSlots);
  const readers = layout.answer.map((value) => compileReader(value, layout.headPlaces));
  const rawAt = needsRows ? numberSlots : 0;

  const runBlock = (block: Block, score: ScoreInHead, outputs: Float64Array): void => {
    for (const step of steps) step(block, score);
    forEachRow(block, headWidth, codeSlots, (place, row) => {
      readers.forEach((read, at) => {
        outputs[row * shape.width + at] = read(place);
      });
    });
  };

  return {
    shape,
    needsRows,
    run(rows, encoded, raw, score) {
      invariant(!needsRows || encoded !== null, 'a head that needs the rows is given them');
      const outputs = new Float64Array(rows * shape.width);
      const numbers = new Float64Array(Math.min(rows, BLOCK_ROWS) * headWidth);
      for (let first = 0; first < rows; first += BLOCK_ROWS) {
        const count = Math.min(BLOCK_ROWS, rows - first);
        for (let row = 0; row < count; row++) {
          const [at, from] = [row * headWidth, first + row];
          for (let slot = 0; slot < rawAt; slot++) {
            numbers[at + slot] = encoded!.numbers[from * numberSlots + slot]!;
          }
          for (let output = 0; output < rawWidth; output++) {
            numbers[at + rawAt + output] = raw[from * rawWidth + output]!;
          }
        }
        const codes = needsRows
          ? encoded!.codes.subarray(first * codeSlots, (first + count) * codeSlots)
          : NO_CODES;
        const block = { rows: count, numbers, codes };
        runBlock(block, score, outputs.subarray(first * shape.width));
      }
      return outputs;
    },
  };
}

const NO_CODES = new Int32Array(0);

function compileSteps(layout: Layout, codeSlots: number): readonly Step[] {
  const { headWidth, headPlaces } = layout;
  let forests = 0;
  return layout.after.map(({ node, first }): Step => {
    if (node.kind === 'computed') {
      const compute = compileNode(node, first, headPlaces);
      return (block) => forEachRow(block, headWidth, codeSlots, compute);
    }
    const forest = forests++;
    return ({ rows, numbers, codes }, score) => {
      const raw = new Float64Array(rows * node.results);
      score(forest, rows, { numbers, codes }, raw);
      for (let row = 0; row < rows; row++) {
        numbers.set(
          raw.subarray(row * node.results, (row + 1) * node.results),
          row * headWidth + first,
        );
      }
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

/** The answer of row number `row` of the head's outputs. */
export function answerOf(shape: AnswerShape, outputs: Float64Array, row: number): Answer {
  let at = row * shape.width;
  const take = (count: number): number[] => Array.from(outputs.subarray(at, (at += count)));
  const predictions: Category[] = [];
  const probabilities: number[][] = [];
  for (let output = 0; output < shape.outputs; output++) {
    const value = outputs[at++]!;
    const labels = shape.labels?.[output];
    if (labels === undefined) predictions.push(value);
    else {
      const label = labels[value];
      if (label === undefined) {
        refuse(`The model answers with class ${value} where it has ${labels.length}.`);
      }
      predictions.push(label);
      if (shape.hasProbabilities) probabilities.push(take(labels.length));
    }
  }
  const scores = shape.scores.map(({ name, width }) => [name, take(width)] as const);
  return {
    predictions,
    probabilities: shape.hasProbabilities ? probabilities : null,
    scores: scores.length > 0 ? Object.fromEntries(scores) : null,
  };
}
