import type { FieldValue } from '../../core/rows.ts';
import { STEP } from '../../forest/addon.ts';
import type { Field, FieldRules } from '../../schema/fields.ts';
import { ThicketError } from '../../core/errors.ts';
import { isDateType, textOf } from '../../schema/dates.ts';
import { compileListValidator } from '../../schema/validate.ts';
import { lowerStages } from '../plan/lower.ts';
import type { Model } from '../model.ts';
import type { Plan } from '../plan/plan.ts';
import type { Step } from '../values.ts';

/** Thresholds of one field that golden rows are placed around. */
const THRESHOLDS_MAX = 256;
/** Rows around thresholds for each row with a certain special value (missing, a category). */
const NUMBERS_PER_SPECIAL = 6;
/** A category that no model knows. */
const NO_CATEGORY = '\u{1F333} no such category';

/** Draws numbers in [0, 1). */
type Draw = () => number;

/** Where single fields do not tell which rows a model takes: rows tried for each that is wanted. */
const TRIES_PER_ROW = 32;

/**
 * Rows that the model takes, the same for the same model: values on and beside cut points, every
 * category in turn, unknown and missing ones where they are taken. Fewer than `count` where most rows
 * are refused for what the model computes from them.
 */
export function syntheticRows(model: Model, plan: Plan, count: number): FieldValue[][] {
  const draw = seededDraw(model.fields.length);
  const thresholds = thresholdsByField(model, draw);
  const tries = plan.checkRow === null ? count : count * TRIES_PER_ROW;
  const columns = model.fields.map((field, at) =>
    syntheticColumn(field, plan.rows.rules[at]!, thresholds[at]!, tries, draw),
  );
  const rows = Array.from({ length: tries }, (_, row) => columns.map((column) => column[row]!));
  return plan.checkRow === null ? rows : rows.filter(takenBy(plan)).slice(0, count);
}

function takenBy({ rows, checkRow }: Plan): (row: readonly FieldValue[]) => boolean {
  const validate = compileListValidator(rows);
  return (row) => {
    try {
      checkRow?.(validate(row));
      return true;
    } catch (error) {
      if (error instanceof ThicketError) return false;
      throw error;
    }
  };
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
    if (isDateType(field.type)) {
      return draw() >= special ? textOf(field.type, numbers()) : null;
    }
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
  const anchor =
    thresholds.length === 0
      ? anyMagnitude(draw)
      : thresholds[Math.floor(draw() * thresholds.length)]!;
  if (field.integer === true) {
    return withinRange(Math.floor(anchor) + (draw() < 0.5 ? 0 : 1), field, rules);
  }
  const nudged = [anchor, anchor * (1 + 2 ** -23), anchor * (1 - 2 ** -23), anchor + draw() - 0.5];
  const value = nudged[Math.floor(draw() * nudged.length)]!;
  return withinRange(value, field, rules);
}

/** Where nothing is known of a field's thresholds: from hundredths to tens of thousands, of both signs. */
function anyMagnitude(draw: Draw): number {
  const size = 10 ** (draw() * 7 - 2);
  return draw() < 0.25 ? -size : size;
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
  const byField: number[][] = model.fields.map(() => []);
  for (const node of lowerStages(model).nodes) {
    if (node.kind !== 'trees') continue;
    const { feature, threshold } = model.ensembles[node.ensemble]!;
    const nodes = feature.length;
    const tries = Math.min(nodes, THRESHOLDS_MAX * model.fields.length);
    for (let round = 0; round < tries; round++) {
      const at = nodes === tries ? round : Math.floor(draw() * nodes);
      const value = node.features[feature[at]!]!;
      if (value.kind === 'table' || value.source.kind === 'computed') continue;
      const list = byField[value.source.field]!;
      if (list.length >= THRESHOLDS_MAX) continue;
      const before = stepsUndone(threshold[at]!, value.steps);
      if (Number.isFinite(before)) list.push(before);
    }
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
