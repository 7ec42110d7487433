import { ThicketError } from '../../core/errors.ts';
import { CODE_MISSING, type FieldValue, type ValidRow } from '../../core/rows.ts';
import { type RowBuffers, allocateRows } from '../../schema/encode.ts';
import { numberSlotsOf } from '../../schema/fields.ts';
import { compileListValidator } from '../../schema/validate.ts';
import { type Scorer, answerRows } from '../plan/answering.ts';
import { blockRows } from '../plan/block-rows.ts';
import { answerOf } from '../plan/head.ts';
import { withRowCheck } from '../plan/row-encoder.ts';
import { syntheticRows } from './golden-inputs.ts';
import type { GoldenRows, Model } from '../model.ts';
import type { Plan } from '../plan/plan.ts';
import { refuse, refuseUnless } from '../refuse.ts';

/** Golden rows of one model: enough to visit every category and many thresholds, scored in no time. */
export const GOLDEN_ROWS_MAX = 64;
/** Values in all golden rows, or numbers in their answers: they are scored at every load and stand in the package as messages. */
export const GOLDEN_CELLS_MAX = 64 * 1024;
/** How far an output may be from the stored one: exp and log differ as much between math libraries. */
const OUTPUT_ULPS_MAX = 1n;

/**
 * Golden rows with the answers of the reference road: of the sample where there is one (the values of
 * each row in field order), else of synthetic rows.
 */
export function makeGolden(
  model: Model,
  plan: Plan,
  scorer: Scorer,
  sample: readonly (readonly FieldValue[])[] = [],
): GoldenRows {
  const widest = Math.max(model.fields.length, plan.rawWidth, plan.head.shape.width);
  const count = Math.max(1, Math.min(GOLDEN_ROWS_MAX, Math.floor(GOLDEN_CELLS_MAX / widest)));
  const inputs = sample.length > 0 ? spread(sample, count) : syntheticRows(model, plan, count);
  return { inputs, ...answerAll(plan, scorer, inputs) };
}

/** Proves the model on its own golden rows: another machine, kernel or version must answer the same. */
export function verifyGolden(model: Model, plan: Plan, scorer: Scorer): void {
  const { inputs, raw, outputs } = model.golden;
  const actual = answerAll(plan, scorer, inputs);
  for (let at = 0; at < raw.length; at++) {
    const row = Math.floor(at / plan.rawWidth);
    refuseUnless(
      Object.is(actual.raw[at], raw[at]),
      `Golden row ${row} has the raw score ${actual.raw[at]}; the package says ${raw[at]}.`,
    );
  }
  for (let at = 0; at < outputs.length; at++) {
    const row = Math.floor(at / plan.head.shape.width);
    refuseUnless(
      ulpsApart(actual.outputs[at]!, outputs[at]!) <= OUTPUT_ULPS_MAX,
      `Golden row ${row} has the output ${actual.outputs[at]}; the package says ${outputs[at]}.`,
    );
  }
}

/**
 * Rows to time a model with: its golden ones, or synthetic ones where it has none. Where no row is known
 * that the model takes, one without values: to the trees any row is as good.
 */
export function encodedSample(model: Model, plan: Plan): RowBuffers & { readonly rows: number } {
  const { inputs: golden } = model.golden;
  const rowsMax = blockRows(GOLDEN_ROWS_MAX, numberSlotsOf(plan.rows.slots));
  const inputs = golden.length > 0 ? golden.slice(0, rowsMax) : syntheticRows(model, plan, rowsMax);
  const encoded = allocateRows(plan.rows.slots, Math.max(1, inputs.length));
  if (inputs.length === 0) encoded.codes.fill(CODE_MISSING);
  const rowAt = validRowsOf(plan, inputs);
  inputs.forEach((_, at) => plan.encode(rowAt(at), at, encoded));
  return { rows: Math.max(1, inputs.length), ...encoded };
}

/** The golden row number `at` as a valid row; each is checked when it is asked for. */
function validRowsOf(plan: Plan, inputs: GoldenRows['inputs']): (at: number) => ValidRow {
  const validate = withRowCheck(compileListValidator(plan.rows), plan.checkRow);
  return (at) => {
    try {
      return validate(inputs[at]!);
    } catch (error) {
      if (!(error instanceof ThicketError)) throw error;
      const sentence = `Golden row ${at} is not a row that the model takes: ${error.message}.`;
      return refuse(sentence, error);
    }
  };
}

function answerAll(
  plan: Plan,
  scorer: Scorer,
  inputs: GoldenRows['inputs'],
): { raw: Float64Array; outputs: Float64Array } {
  const raw = new Float64Array(inputs.length * plan.rawWidth);
  const outputs = answerRows(plan, scorer, inputs.length, validRowsOf(plan, inputs), raw);
  inputs.forEach((_, row) => checkClasses(plan, outputs, row));
  return { raw, outputs };
}

/** A class that is none would otherwise show in the first answer only. */
function checkClasses({ head: { shape } }: Plan, outputs: Float64Array, row: number): void {
  const numbers = outputs.subarray(row * shape.width, (row + 1) * shape.width);
  refuseUnless(
    !numbers.every(Number.isFinite) || answerOf(shape, outputs, row) !== null,
    `Golden row ${row} is answered with a class that the model does not have.`,
  );
}

/** `count` of the rows at even distances, the first and the last among them. */
function spread<T>(rows: readonly T[], count: number): readonly T[] {
  if (rows.length <= count) return rows;
  const step = (rows.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, at) => rows[Math.round(at * step)]!);
}

const bits = new DataView(new ArrayBuffer(8));

/** How many doubles lie between two; two NaN are the same, a NaN and a number are infinitely apart. */
export function ulpsApart(a: number, b: number): bigint {
  if (Number.isNaN(a) || Number.isNaN(b)) return Object.is(a, b) ? 0n : 1n << 64n;
  const difference = orderOf(a) - orderOf(b);
  return difference < 0n ? -difference : difference;
}

function orderOf(x: number): bigint {
  bits.setFloat64(0, x);
  const order = bits.getBigInt64(0);
  return order < 0n ? -(order & 0x7fff_ffff_ffff_ffffn) : order;
}
