import { CODE_MISSING, CODE_UNKNOWN } from '../core/rows.ts';
import {
  type EnsembleSpec,
  FEATURE_KIND,
  type FeatureSpec,
  type ForestSpec,
  STEP,
} from '../forest/addon.ts';
import type { Field, FieldRules, RowSchema, Slots } from '../schema/fields.ts';
import {
  checkEnsemble,
  checkFields,
  checkGolden,
  checkHead,
  checkHistograms,
  checkMetadata,
  quoted,
} from './check.ts';
import {
  type FieldUse,
  type NumberOfField,
  type TableOfField,
  asNumber,
  lowerPipeline,
  runSteps,
  withSteps,
} from './lower.ts';
import type { Ensemble, Model } from './model.ts';
import { FINITE_DOUBLES, type NumberRange, finiteRange } from './number-range.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Numbers in all tables of a plan: 256 MiB, which 5,000 categories one-hot encoded come to. */
export const TABLE_VALUES_MAX = 32 * 1024 * 1024;

/** A model compiled: how a row is read and encoded, and what the addon builds the forest from. */
export interface Plan {
  readonly rows: RowSchema;
  /** Shares the ensemble's arrays with the model. */
  readonly forest: ForestSpec;
  /** Raw scores of one row. */
  readonly rawWidth: number;
}

type Feature = NumberOfField | TableOfField;

/** The door between what a file says and what the product trusts: everything in the model is checked. */
export function compilePlan(model: Model): Plan {
  checkFields(model.fields);
  checkMetadata(model.metadata);
  checkHistograms(model.histograms ?? [], model.fields.length);
  refuseUnless(
    model.ensembles.length === 1,
    `The model has ${model.ensembles.length} ensembles; exactly one is supported.`,
  );
  const ensemble = model.ensembles[0]!;
  const { values, uses } = lowerPipeline(model.fields, model.pipeline.stages);
  const features = model.pipeline.features.map((value, at) => {
    refuseUnless(
      Number.isInteger(value) && value >= 0 && value < values.length,
      `Feature ${at} is value ${value} of the pipeline; it has ${values.length}.`,
    );
    const feature = asNumber(values[value]!, model.fields, 'gives the trees');
    return ensemble.featureType === 'float32' ? withSteps(feature, TO_FLOAT32) : feature;
  });
  checkEnsemble(ensemble, features.length);
  checkHead(model.head, ensemble.outputs);
  checkGolden(model, ensemble.outputs);
  const slots = assignSlots(features, uses);
  return {
    rows: {
      fields: model.fields,
      rules: deriveRules(model.fields, features, uses, ensemble),
      slots,
    },
    forest: {
      numberSlots: slots.numbers.length,
      codeSlots: slots.codes.length,
      features: featureSpec(features, slots),
      ensemble: ensembleSpec(ensemble),
    },
    rawWidth: ensemble.outputs,
  };
}

const TO_FLOAT32 = [{ op: STEP.toFloat32, operand: 0 }];

/** Slots in field order, for the fields that some feature is made from. */
function assignSlots(features: readonly Feature[], uses: readonly FieldUse[]): Slots {
  const fieldsOf = (kind: Feature['kind']): number[] => {
    const fields = features.filter((feature) => feature.kind === kind).map(({ field }) => field);
    return [...new Set(fields)].toSorted((a, b) => a - b);
  };
  const codes = fieldsOf('table').map((field) => ({ field, categories: uses[field]!.categories }));
  return { numbers: fieldsOf('number'), codes };
}

function deriveRules(
  fields: readonly Field[],
  features: readonly Feature[],
  uses: readonly FieldUse[],
  ensemble: Ensemble,
): FieldRules[] {
  const ranges = fields.map(() => FINITE_DOUBLES);
  const missingRaises = uses.map((use) => use.missingRaises);
  for (const feature of features) {
    if (feature.kind === 'table') continue;
    const { name } = fields[feature.field]!;
    const range = overlap(ranges[feature.field]!, finiteRange(feature.steps));
    if (range === null) {
      refuse(`No number in field ${quoted(name)} stays finite on its way to the trees.`);
    }
    ranges[feature.field] = range;
    const missing = runSteps(Number.NaN, feature.steps);
    if (Number.isNaN(missing)) missingRaises[feature.field] ||= ensemble.missing === 'reject';
    else
      refuseUnless(
        Number.isFinite(missing),
        `The imputed value of field ${quoted(name)} is not finite.`,
      );
  }
  return fields.map(({ name }, field) => {
    const rules = categoryRules(uses[field]!);
    refuseUnless(
      !missingRaises[field]! || rules.unknown === 'accept' || rules.categories.length > 0,
      `The model takes no value at all in field ${quoted(name)}.`,
    );
    const { min, max } = ranges[field]!;
    const missing = missingRaises[field]! ? 'reject' : 'accept';
    return { ...rules, missing, numberMin: min, numberMax: max };
  });
}

/** Where encodings raise on unknown values, a category must be known to each of them. */
function categoryRules(use: FieldUse): Pick<FieldRules, 'unknown' | 'categories'> {
  if (use.accepted.length === 0) return { unknown: 'accept', categories: use.categories };
  const categories = use.categories.filter((_, code) => use.accepted.every((set) => set.has(code)));
  return { unknown: 'reject', categories };
}

function overlap(a: NumberRange, b: NumberRange | null): NumberRange | null {
  if (b === null) return null;
  const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
  return min <= max ? { min, max } : null;
}

function featureSpec(features: readonly Feature[], slots: Slots): FeatureSpec {
  const numberSlotOf = new Map(slots.numbers.map((field, slot) => [field, slot]));
  const codeSlotOf = new Map(slots.codes.map(({ field }, slot) => [field, slot]));
  const tableLength = (feature: TableOfField): number =>
    slots.codes[codeSlotOf.get(feature.field)!]!.categories.length + 2;

  const stepStart = new Uint32Array(features.length + 1);
  const tableStart = new Uint32Array(features.length + 1);
  let tableEnd = 0;
  features.forEach((feature, at) => {
    const isTable = feature.kind === 'table';
    stepStart[at + 1] = stepStart[at]! + (isTable ? 0 : feature.steps.length);
    tableEnd += isTable ? tableLength(feature) : 0;
    refuseUnless(
      tableEnd <= TABLE_VALUES_MAX,
      `The model's encodings need tables of more than ${TABLE_VALUES_MAX} numbers.`,
    );
    tableStart[at + 1] = tableEnd;
  });

  const steps = features.flatMap((feature) => (feature.kind === 'number' ? feature.steps : []));
  const tableValues = new Float64Array(tableEnd);
  features.forEach((feature, at) => {
    if (feature.kind !== 'table') return;
    fillTable(tableValues.subarray(tableStart[at], tableStart[at + 1]), feature);
  });
  return {
    kind: Uint8Array.from(features, (feature) => FEATURE_KIND[feature.kind]),
    slot: Uint32Array.from(features, ({ kind, field }) =>
      (kind === 'number' ? numberSlotOf : codeSlotOf).get(field)!,
    ),
    stepStart,
    stepOp: Uint8Array.from(steps, (step) => step.op),
    stepOperand: Float64Array.from(steps, (step) => step.operand),
    tableStart,
    tableValues,
  };
}

/** [missing, unknown, category 0, category 1, ...] */
function fillTable(table: Float64Array, feature: TableOfField): void {
  const firstCategory = 2;
  const at = (code: number): number => {
    if (code === CODE_MISSING) return 0;
    return code === CODE_UNKNOWN ? 1 : code + firstCategory;
  };
  table.fill(feature.otherwise);
  for (const [code, value] of feature.byCode) table[at(code)] = value;
}

function ensembleSpec(ensemble: Ensemble): EnsembleSpec {
  const { featureType: _type, missing, comparison, ...arrays } = ensemble;
  return {
    ...arrays,
    // Where no missing value ever arrives, directions that differ would only double the columns.
    missingLeft: missing === 'nodes' ? arrays.missingLeft : new Uint8Array(arrays.feature.length),
    comparison: comparison === '<=' ? 0 : 1,
  };
}
