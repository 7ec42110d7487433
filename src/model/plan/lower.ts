import { STEP } from '../../forest/addon.ts';
import { invariant } from '../../core/errors.ts';
import type { Field } from '../../schema/fields.ts';
import { checkEnsemble, kindOf, quoted } from '../check.ts';
import { checkWord } from '../kinds/kind.ts';
import type { Kind, Part } from '../kinds/kind.ts';
import { KINDS } from '../kinds/table.ts';
import type { Ensemble, Model } from '../model.ts';
import { refuse, refuseUnless } from '../refuse.ts';
import type { RequireStage, Stage, TreesStage } from '../stages.ts';
import {
  type ComputedNode,
  type Feature,
  type FieldUse,
  type Lowering,
  type Node,
  type NumberValue,
  type TableOfField,
  type TreesNode,
  type Value,
  asNumber,
  isAfterTrees,
  withSteps,
} from '../values.ts';

/** Values of one model, fields included: what one-hot encoders of wide tables may come to. */
export const VALUES_MAX = 1_000_000;
/**
 * Table entries and steps in the descriptions of all values: some hundred MiB. An encoding into 5,000
 * columns has 10,000; without a bound, long tables through long chains of stages would have no end.
 */
export const DESCRIPTION_MAX = 2 * 1024 * 1024;

/** A model's stages, described by the origin of each value. */
export interface Lowered {
  readonly fields: readonly Field[];
  readonly values: readonly Value[];
  /** The computations of each row, in order. */
  readonly nodes: readonly Node[];
  readonly uses: readonly FieldUse[];
  /** Checks on which the source raises, in the type that it checks. */
  readonly requirements: readonly Requirement[];
}

export interface Requirement {
  readonly value: Feature;
  readonly missing: 'accept' | 'reject';
}

interface Growing extends Lowering {
  readonly ensembles: readonly Ensemble[];
  readonly values: Value[];
  readonly nodes: Node[];
  /** For each number, whether the source raises on it where it is missing, too. */
  readonly required: Map<Feature, Requirement['missing']>;
  /** Values as numbers of a type, by their number: many stages read the same ones. */
  readonly features: Readonly<Record<Ensemble['featureType'], Map<number, Feature>>>;
  readonly named: Set<number>;
  readonly room: { values: number; descriptions: number };
}

export function lowerStages({
  fields,
  stages,
  ensembles,
}: Pick<Model, 'fields' | 'stages' | 'ensembles'>): Lowered {
  const uses = fields.map(() => ({
    codes: new Map<string | number, number>(),
    categories: [],
    accepted: [],
    missingRaises: false,
  }));
  const values: Value[] = fields.map((_, field) => ({
    kind: 'field',
    field,
    fill: null,
    renamed: new Map(),
  }));
  const growing: Growing = {
    fields,
    ensembles,
    uses,
    values,
    nodes: [],
    required: new Map(),
    features: { float32: new Map(), float64: new Map() },
    named: new Set(),
    room: { values: VALUES_MAX - fields.length, descriptions: DESCRIPTION_MAX },
  };
  stages.forEach((stage, at) => lowerStage(stage, at, growing));
  const unnamed = ensembles.findIndex((_, at) => !growing.named.has(at));
  refuseUnless(unnamed < 0, `No stage names ensemble ${unnamed}.`);
  const requirements = Array.from(growing.required, ([value, missing]) => ({ value, missing }));
  return { ...growing, requirements };
}

function lowerStage(stage: Stage, at: number, growing: Growing): void {
  if (!Object.hasOwn(KINDS, stage.kind)) {
    refuse(`Stage ${at} is of an unknown kind ${quoted(kindOf(stage))}.`);
  }
  const { values } = growing;
  for (const input of stage.inputs) {
    refuseUnless(
      Number.isInteger(input) && input >= 0 && input < values.length,
      `Stage ${at} (${stage.kind}) reads value ${input}; only ${values.length} exist before it.`,
    );
  }
  if (stage.kind === 'require') lowerRequire(stage, growing);
  else if (stage.kind === 'trees') lowerTrees(stage, growing);
  else {
    const { parts } = KINDS[stage.kind] as Kind<Stage>;
    // Every part reads the values as they were before the stage.
    const results = parts(stage).map((part) => lowerPart(part, growing));
    for (const part of results) for (const result of part) values.push(result);
  }
}

/** Described where that is possible, computed row by row where it is not. */
function lowerPart(part: Part, growing: Growing): readonly Value[] {
  takeRoom(growing, 'values', part.results);
  const inputs = part.inputs.map((input) => growing.values[input]!);
  const described = part.lower?.(inputs, growing) ?? null;
  if (described !== null) {
    invariant(described.length === part.results, 'a part describes each of its results');
    for (const value of described) takeRoom(growing, 'descriptions', sizeOf(value));
    return described;
  }
  return tablesThrough(part, inputs, growing) ?? computed(part, inputs, growing);
}

function computed(part: Part, inputs: readonly Value[], growing: Growing): readonly NumberValue[] {
  const node: ComputedNode = {
    kind: 'computed',
    inputs: part.inputs.map((input) => featureOf(input, 'float64', 'computes with', growing)),
    results: part.results,
    compute: part.compute,
    afterTrees: inputs.some(isAfterTrees),
  };
  return addNode(node, growing);
}

function addNode(node: Node, { nodes }: Growing): readonly NumberValue[] {
  nodes.push(node);
  return Array.from({ length: node.results }, (_, result) => ({
    kind: 'number',
    source: { kind: 'computed', node, result },
    steps: [],
  }));
}

/** Called before what it counts is made. */
function takeRoom({ room }: Growing, what: keyof Growing['room'], count: number): void {
  room[what] -= count;
  refuseUnless(
    room[what] >= 0,
    what === 'values'
      ? `The model makes more than ${VALUES_MAX} values of a row.`
      : `The model's encodings and steps have more than ${DESCRIPTION_MAX} entries.`,
  );
}

function sizeOf(value: Value): number {
  if (value.kind === 'field') return 0;
  return value.kind === 'table' ? value.byCode.size : value.steps.length;
}

/** A computation from one table alone becomes a table for each of its results. */
function tablesThrough(
  part: Part,
  inputs: readonly Value[],
  growing: Growing,
): TableOfField[] | null {
  const [table] = inputs;
  if (inputs.length !== 1 || table?.kind !== 'table') return null;
  takeRoom(growing, 'descriptions', part.results * table.byCode.size);
  const x = new Float64Array(1);
  const y = new Float64Array(part.results);
  const resultsOf = (entry: number): Float64Array => {
    x[0] = entry;
    part.compute(x, y);
    return y;
  };
  const entries = Array.from(y, () => new Map<number, number>());
  for (const [code, entry] of table.byCode) {
    resultsOf(entry).forEach((result, at) => entries[at]!.set(code, result));
  }
  const otherwise = resultsOf(table.otherwise);
  const { kind, field } = table;
  return entries.map((byCode, at) => ({ kind, field, byCode, otherwise: otherwise[at]! }));
}

const TO_FLOAT32 = [{ op: STEP.toFloat32, operand: 0 }];

/** The value as a number of the type. `verb` says who asks, for the sentence that refuses a text. */
function featureOf(
  value: number,
  type: Ensemble['featureType'],
  verb: string,
  growing: Growing,
): Feature {
  const known = growing.features[type].get(value);
  if (known !== undefined) return known;
  const number =
    type === 'float64'
      ? asNumber(growing.values[value]!, growing.fields, verb)
      : withSteps(featureOf(value, 'float64', verb, growing), TO_FLOAT32);
  takeRoom(growing, 'descriptions', sizeOf(number));
  growing.features[type].set(value, number);
  return number;
}

function addRequirement(
  value: Feature,
  missing: Requirement['missing'],
  { required }: Growing,
): void {
  if (missing === 'reject' || !required.has(value)) required.set(value, missing);
}

function lowerRequire(stage: RequireStage, growing: Growing): void {
  checkWord(stage, 'missing', stage.missing, ['accept', 'reject']);
  checkWord(stage, 'type', stage.type, ['float32', 'float64']);
  const { values, fields, uses } = growing;
  for (const input of stage.inputs) {
    const sent = values[input]!;
    if (sent.kind === 'field' && fields[sent.field]!.type === 'text') {
      // A text is there or not; what arithmetic says of it does not apply.
      if (stage.missing === 'reject' && sent.fill === null) uses[sent.field]!.missingRaises = true;
      continue;
    }
    addRequirement(featureOf(input, stage.type, 'checks', growing), stage.missing, growing);
  }
}

function lowerTrees(stage: TreesStage, growing: Growing): void {
  const { ensembles, values, named } = growing;
  const ensemble = ensembles[stage.ensemble];
  if (ensemble === undefined) {
    refuse(
      `A stage (trees) names ensemble ${stage.ensemble}; the model has ${ensembles.length} of them.`,
    );
  }
  refuseUnless(!named.has(stage.ensemble), `Two stages name ensemble ${stage.ensemble}.`);
  named.add(stage.ensemble);
  checkEnsemble(ensemble, stage.inputs.length);
  takeRoom(growing, 'values', ensemble.outputs);
  const features = stage.inputs.map((input) =>
    featureOf(input, ensemble.featureType, 'gives the trees', growing),
  );
  const missing = ensemble.missing === 'nodes' ? 'accept' : 'reject';
  for (const value of features) addRequirement(value, missing, growing);
  const node: TreesNode = {
    kind: 'trees',
    ensemble: stage.ensemble,
    features,
    results: ensemble.outputs,
    afterTrees: stage.inputs.some((input) => isAfterTrees(values[input]!)),
  };
  for (const result of addNode(node, growing)) values.push(result);
}
