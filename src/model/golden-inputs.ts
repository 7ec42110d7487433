import type { FieldValue } from '../core/rows.ts';
import { STEP } from '../forest/addon.ts';
import type { Field, FieldRules, RowSchema } from '../schema/fields.ts';
import { type Step, asNumber, lowerPipeline } from './lower.ts';
import type { Model } from './model.ts';

/** Thresholds of one field that golden rows are placed around. */
const THRESHOLDS_MAX = 256;
/** Rows around thresholds for each row with a certain special value (missing, a category). */
const NUMBERS_PER_SPECIAL = 6;
/** A category that no model knows. */
const NO_CATEGORY = '\u{1F333} no such category';

/** Draws numbers in [0, 1). */
type Draw = () => number;

/**
 * Rows that the model takes, the same for the same model: values on and beside cut points, every
 * category in turn, unknown and missing ones where they are taken.
 */
export function syntheticRows(model: Model, rows: RowSchema, count: number): FieldValue[][] {
  const draw = seededDraw(model.fields.length);
  const thresholds = thresholdsByField(model, draw);
  const columns = model.fields.map((field, at) =>
    syntheticColumn(field, rows.rules[at]!, thresholds[at]!, count, draw),
  );
  return Array.from({ length: count }, (_, row) => columns.map((column) => column[row]!));
}

function syntheticColumn(
  field: Field,
  rules: FieldRules,
  thresholds: readonly number[],
  count: number,
  draw: Draw,
): FieldValue[] {
  const numbers = () => numberNear(thresholds, field, rules, draw);
  const turn = candidatesOf(field, rules);
  return Array.from({ length: count }, () => {
    // Most of a number's rows lie around the thresholds, the others are its special values.
    const special = turn.length / (turn.length + NUMBERS_PER_SPECIAL);
    const anyNumber = field.type === 'number' && rules.unknown === 'accept';
    if (anyNumber && draw() >= special) return numbers();
    return turn[Math.floor(draw() * turn.length)]!;
  });
}

/** Missing, unknown, and every category, as far as the field takes them. */
function candidatesOf(field: Field, rules: FieldRules): FieldValue[] {
  const candidates: FieldValue[] = rules.categories.filter(
    (category) => field.type !== 'number' || isTaken(Number(category), field, rules),
  );
  if (rules.missing === 'accept') candidates.push(null);
  if (field.type === 'boolean') candidates.push(...fitting([true, false], rules));
  if (field.type === 'text' && rules.unknown === 'accept') candidates.push(NO_CATEGORY);
  return candidates;
}

function fitting(values: readonly boolean[], rules: FieldRules): readonly boolean[] {
  if (rules.unknown === 'accept') return values;
  return values.filter((value) =>
    rules.categories.some((known) => Number(known) === Number(value)),
  );
}

function numberNear(
  thresholds: readonly number[],
  field: Field,
  rules: FieldRules,
  draw: Draw,
): number {
  const anchor = thresholds.length === 0 ? 0 : thresholds[Math.floor(draw() * thresholds.length)]!;
  if (field.integer === true) {
    return withinRange(Math.floor(anchor) + (draw() < 0.5 ? 0 : 1), field, rules);
  }
  const nudged = [anchor, anchor * (1 + 2 ** -23), anchor * (1 - 2 ** -23), anchor + draw() - 0.5];
  const value = nudged[Math.floor(draw() * nudged.length)]!;
  return withinRange(value, field, rules);
}

function withinRange(value: number, field: Field, rules: FieldRules): number {
  const min = Math.max(field.minimum ?? rules.numberMin, rules.numberMin);
  const max = Math.min(field.maximum ?? rules.numberMax, rules.numberMax);
  const held = Math.min(Math.max(value, min), max);
  if (field.integer !== true || Number.isInteger(held)) return held;
  return Math.ceil(min) <= max ? Math.ceil(min) : held;
}

function isTaken(value: number, field: Field, rules: FieldRules): boolean {
  return Object.is(withinRange(value, field, rules), value);
}

/** About where each field's thresholds lie before the pipeline; exactness is not needed here. */
function thresholdsByField(model: Model, draw: Draw): number[][] {
  const { values } = lowerPipeline(model.fields, model.pipeline.stages);
  const byField: number[][] = model.fields.map(() => []);
  const ensemble = model.ensembles[0]!;
  const nodes = ensemble.feature.length;
  const tries = Math.min(nodes, THRESHOLDS_MAX * model.fields.length);
  for (let round = 0; round < tries; round++) {
    const node = nodes === tries ? round : Math.floor(draw() * nodes);
    const feature = values[model.pipeline.features[ensemble.feature[node]!]!]!;
    const source = feature.kind === 'table' ? feature : asNumber(feature, model.fields, 'reads');
    const list = byField[source.field]!;
    if (source.kind === 'table' || list.length >= THRESHOLDS_MAX) continue;
    const before = stepsUndone(ensemble.threshold[node]!, source.steps);
    if (Number.isFinite(before)) list.push(before);
  }
  return byField;
}

function stepsUndone(value: number, steps: readonly Step[]): number {
  return steps.toReversed().reduce((x, { op, operand }) => {
    if (op === STEP.subtract) return x + operand;
    if (op === STEP.add) return x - operand;
    if (op === STEP.divide) return x * operand;
    return op === STEP.multiply ? x / operand : x;
  }, value);
}

/** The same numbers in every run (mulberry32): a model's golden rows do not change with the weather. */
function seededDraw(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
