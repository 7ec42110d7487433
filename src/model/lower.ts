import { CODE_MISSING, CODE_UNKNOWN } from '../core/rows.ts';
import { STEP } from '../forest/addon.ts';
import { categoryKey } from '../schema/encode.ts';
import type { Category, Field } from '../schema/fields.ts';
import { kindOf, quoted } from './check.ts';
import type { ImputeStage, OneHotStage, PipelineStage, ScaleStage } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Values of one pipeline, fields included: what one-hot encoders of wide tables may come to. */
export const VALUES_MAX = 1_000_000;

/**
 * What a value of the pipeline is, told by the field that it comes from. Lowering runs the pipeline on
 * these descriptions instead of on rows, so that a whole pipeline becomes one step per feature.
 */
export type Value = FieldAsSent | NumberOfField | TableOfField;

/** The field itself; a missing one was replaced by `fill`, unless there is none. */
export interface FieldAsSent {
  readonly kind: 'field';
  readonly field: number;
  readonly fill: Category | null;
}

/** The field's number after arithmetic. */
export interface NumberOfField {
  readonly kind: 'number';
  readonly field: number;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly op: (typeof STEP)[keyof typeof STEP];
  readonly operand: number;
}

/** A number for every category: of the field's category codes, most share one. */
export interface TableOfField {
  readonly kind: 'table';
  readonly field: number;
  readonly byCode: ReadonlyMap<number, number>;
  readonly otherwise: number;
}

/** What the encodings of one field ask of its values, gathered while lowering. */
export interface FieldUse {
  /** Every category that any encoding names, in order of first mention: its place is its code. */
  readonly codes: Map<string | number, number>;
  readonly categories: Category[];
  /** For each encoding that raises on unknown values, the codes that it knows. */
  readonly accepted: ReadonlySet<number>[];
  /** An encoding raises on a missing value. */
  missingRaises: boolean;
}

interface Lowering {
  readonly fields: readonly Field[];
  readonly uses: readonly FieldUse[];
}

/** A function per kind of stage: each turns the described inputs into described results. */
const LOWER: {
  readonly [Kind in PipelineStage['kind']]: (
    stage: Extract<PipelineStage, { kind: Kind }>,
    inputs: readonly Value[],
    lowering: Lowering,
  ) => Value[];
} = { impute: lowerImpute, scale: lowerScale, oneHot: lowerOneHot };

export function lowerPipeline(
  fields: readonly Field[],
  stages: readonly PipelineStage[],
): { values: readonly Value[]; uses: readonly FieldUse[] } {
  const uses = fields.map(() => ({
    codes: new Map<string | number, number>(),
    categories: [],
    accepted: [],
    missingRaises: false,
  }));
  const values: Value[] = fields.map((_, field) => ({ kind: 'field', field, fill: null }));
  stages.forEach((stage, at) => {
    if (!Object.hasOwn(LOWER, stage.kind)) {
      refuse(`Pipeline stage ${at} is of an unknown kind ${quoted(kindOf(stage))}.`);
    }
    const inputs = stage.inputs.map((input) => {
      refuseUnless(
        Number.isInteger(input) && input >= 0 && input < values.length,
        `Pipeline stage ${at} (${stage.kind}) reads value ${input}; only ${values.length} exist before it.`,
      );
      return values[input]!;
    });
    const lower = LOWER[stage.kind] as (...of: [PipelineStage, Value[], Lowering]) => Value[];
    for (const value of lower(stage, inputs, { fields, uses })) values.push(value);
    refuseUnless(
      values.length <= VALUES_MAX,
      `The pipeline makes more than ${VALUES_MAX} values by its stage ${at} (${stage.kind}).`,
    );
  });
  return { values, uses };
}

function lowerImpute(stage: ImputeStage, inputs: readonly Value[], lowering: Lowering): Value[] {
  checkLength('impute', 'fills', stage.fills, inputs);
  return inputs.map((value, at) => {
    const fill = stage.fills[at]!;
    const { name, type } = lowering.fields[value.field]!;
    if (value.kind === 'field' && type === 'text') {
      return value.fill === null ? { ...value, fill } : value;
    }
    refuseUnless(
      typeof fill !== 'string' && Number.isFinite(Number(fill)),
      `The imputer of field ${quoted(name)} fills a ${type} with ${quoted(String(fill))}.`,
    );
    if (value.kind === 'field') return value.fill === null ? { ...value, fill } : value;
    return withSteps(value, [{ op: STEP.replaceMissing, operand: Number(fill) }]);
  });
}

function lowerScale(stage: ScaleStage, inputs: readonly Value[], lowering: Lowering): Value[] {
  const { offsets, divisors } = stage;
  if (offsets !== null) checkLength('scale', 'offsets', offsets, inputs);
  if (divisors !== null) checkLength('scale', 'divisors', divisors, inputs);
  return inputs.map((value, at) => {
    const { name } = lowering.fields[value.field]!;
    const steps: Step[] = [];
    if (offsets !== null) steps.push({ op: STEP.subtract, operand: offsets[at]! });
    if (divisors !== null) steps.push({ op: STEP.divide, operand: divisors[at]! });
    refuseUnless(
      steps.every(
        ({ op, operand }) => Number.isFinite(operand) && (op !== STEP.divide || operand !== 0),
      ),
      `The scaler of field ${quoted(name)} has a constant that is not finite or divides by 0.`,
    );
    return withSteps(asNumber(value, lowering.fields, 'scales'), steps);
  });
}

function lowerOneHot(stage: OneHotStage, inputs: readonly Value[], lowering: Lowering): Value[] {
  checkLength('oneHot', 'category lists', stage.categories, inputs);
  return inputs.flatMap((value, at) => {
    const field = lowering.fields[value.field]!;
    if (value.kind !== 'field') {
      refuse(
        `The pipeline one-hot encodes field ${quoted(field.name)} after arithmetic on it, which is not supported.`,
      );
    }
    return lowerOneHotField(
      value,
      stage,
      stage.categories[at]!,
      lowering.uses[value.field]!,
      field,
    );
  });
}

function lowerOneHotField(
  value: FieldAsSent,
  stage: OneHotStage,
  categories: readonly (Category | null)[],
  use: FieldUse,
  field: Field,
): TableOfField[] {
  const codes = categories.map((category) => internCategory(category, use, field));
  refuseUnless(
    new Set(codes).size === codes.length,
    `The one-hot encoder of field ${quoted(field.name)} names a category twice.`,
  );
  // A row's missing value meets the encoder as what the imputer before it made of it.
  const missingAs =
    value.fill === null ? CODE_MISSING : (use.codes.get(categoryKey(value.fill)) ?? CODE_UNKNOWN);
  if (stage.unknown === 'reject') {
    use.accepted.push(new Set(codes));
    if (!codes.includes(missingAs)) use.missingRaises = true;
  }
  return codes.map((code) => ({
    kind: 'table',
    field: value.field,
    byCode: new Map([
      [code, 1],
      [CODE_MISSING, code === missingAs ? 1 : 0],
    ]),
    otherwise: 0,
  }));
}

function internCategory(category: Category | null, use: FieldUse, field: Field): number {
  if (category === null || Number.isNaN(category)) return CODE_MISSING;
  const fits =
    field.type === 'text' ||
    (field.type === 'boolean' ? typeof category !== 'string' : typeof category === 'number');
  refuseUnless(
    fits,
    `The one-hot encoder of field ${quoted(field.name)} (${field.type}) names the category ${quoted(String(category))}.`,
  );
  const key = categoryKey(category);
  const known = use.codes.get(key);
  if (known !== undefined) return known;
  const code = use.categories.length;
  use.codes.set(key, code);
  use.categories.push(category);
  return code;
}

/** The value as arithmetic sees it. `verb` says who asks, for the sentence that refuses a text. */
export function asNumber(
  value: Value,
  fields: readonly Field[],
  verb: string,
): NumberOfField | TableOfField {
  if (value.kind !== 'field') return value;
  const { name, type } = fields[value.field]!;
  refuseUnless(type !== 'text', `The pipeline ${verb} field ${quoted(name)}, which is text.`);
  const steps =
    value.fill === null ? [] : [{ op: STEP.replaceMissing, operand: Number(value.fill) }];
  return { kind: 'number', field: value.field, steps };
}

export function withSteps<T extends NumberOfField | TableOfField>(
  value: T,
  steps: readonly Step[],
): T {
  if (value.kind === 'number') return { ...value, steps: [...value.steps, ...steps] };
  const after = (x: number): number => runSteps(x, steps);
  const byCode = new Map([...value.byCode].map(([code, x]) => [code, after(x)]));
  return { ...value, byCode, otherwise: after(value.otherwise) };
}

/** The same float64 operations, in the same order, as the addon's. */
export function runSteps(value: number, steps: readonly Step[]): number {
  let x = value;
  for (const { op, operand } of steps) x = runStep(x, op, operand);
  return x;
}

function runStep(x: number, op: Step['op'], operand: number): number {
  switch (op) {
    case STEP.replaceMissing:
      return Number.isNaN(x) ? operand : x;
    case STEP.subtract:
      return x - operand;
    case STEP.divide:
      return x / operand;
    case STEP.multiply:
      return x * operand;
    case STEP.add:
      return x + operand;
    case STEP.toFloat32:
      return Math.fround(x);
  }
}

function checkLength(
  kind: PipelineStage['kind'],
  what: string,
  list: ArrayLike<unknown>,
  inputs: readonly Value[],
): void {
  refuseUnless(
    list.length === inputs.length,
    `A pipeline stage (${kind}) has ${list.length} ${what} for ${inputs.length} inputs.`,
  );
}
