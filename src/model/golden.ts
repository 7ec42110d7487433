import { ThicketError } from '../core/errors.ts';
import type { FieldValue, ValidRow } from '../core/rows.ts';
import { type RowBuffers, allocateRows } from '../schema/encode.ts';
import { compileListValidator } from '../schema/validate.ts';
import { syntheticRows } from './golden-inputs.ts';
import { type ScoreInHead, answerOf } from './head.ts';
import type { GoldenRows, Model } from './model.ts';
import type { Plan } from './plan.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Golden rows of one model: enough to visit every category and many thresholds, scored in no time. */
export const GOLDEN_ROWS_MAX = 64;
/** Values in all golden rows: they are scored at every load and stand in the package as messages. */
export const GOLDEN_CELLS_MAX = 64 * 1024;
/** How far an output may be from the stored one: exp and log differ as much between math libraries. */
const OUTPUT_ULPS_MAX = 1n;

/** One road from encoded rows to raw scores: the kernels' or the reference's. */
export interface Scorer {
  /** Writes the raw scores of `rows` encoded rows into `raw`. */
  readonly scoreRows: (rows: number, encoded: RowBuffers, raw: Float64Array) => void;
  readonly scoreInHead: ScoreInHead;
}

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
  const count = Math.max(
    1,
    Math.min(GOLDEN_ROWS_MAX, Math.floor(GOLDEN_CELLS_MAX / model.fields.length)),
  );
  const inputs = sample.length > 0 ? spread(sample, count) : syntheticRows(model, plan, count);
  return { inputs, ...scoreAll(plan, scorer, inputs) };
}

/** Proves the model on its own golden rows: another machine, kernel or version must answer the same. */
export function verifyGolden(model: Model, plan: Plan, scorer: Scorer): void {
  const { inputs, raw, outputs } = model.golden;
  const actual = scoreAll(plan, scorer, inputs);
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

/** Rows to time a model with: its golden ones, or synthetic ones where it has none. */
export function encodedSample(model: Model, plan: Plan): RowBuffers & { readonly rows: number } {
  const { golden } = model;
  const inputs =
    golden.inputs.length > 0 ? golden.inputs : syntheticRows(model, plan, GOLDEN_ROWS_MAX);
  return { rows: inputs.length, ...encodeAll(plan, inputs) };
}

function encodeAll(plan: Plan, inputs: GoldenRows['inputs']): RowBuffers {
  const validate = compileListValidator(plan.rows);
  const encoded = allocateRows(plan.rows.slots, inputs.length);
  inputs.forEach((values, row) => plan.encode(validRow(validate, values, row), row, encoded));
  return encoded;
}

function scoreAll(
  plan: Plan,
  { scoreRows, scoreInHead }: Scorer,
  inputs: GoldenRows['inputs'],
): { raw: Float64Array; outputs: Float64Array } {
  const encoded = encodeAll(plan, inputs);
  const raw = new Float64Array(inputs.length * plan.rawWidth);
  if (inputs.length > 0) scoreRows(inputs.length, encoded, raw);
  const outputs = plan.head.run(inputs.length, encoded, raw, scoreInHead);
  const { shape } = plan.head;
  // A class that is none would otherwise show in the first answer only.
  inputs.forEach((_, row) => answerOf(shape, outputs, row));
  return { raw, outputs };
}

function validRow(
  validate: (values: readonly unknown[]) => ValidRow,
  values: readonly FieldValue[],
  row: number,
): ValidRow {
  try {
    return validate(values);
  } catch (error) {
    if (!(error instanceof ThicketError)) throw error;
    return refuse(`Golden row ${row} is not a row that the model takes: ${error.message}.`, error);
  }
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
