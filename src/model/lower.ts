import { STEP } from '../forest/addon.ts';
import type { Field } from '../schema/fields.ts';
import { checkEnsemble, kindOf, quoted } from './check.ts';
import { checkWord } from './kind.ts';
import type { Kind, Part } from './kind.ts';
import { KINDS } from './kinds.ts';
import type { Ensemble, Model } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';
import type { RequireStage, Stage, TreesStage } from './stages.ts';
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
  throughTable,
  withSteps,
} from './values.ts';

/** Values of one model, fields included: what one-hot encoders of wide tables may come to. */
export const VALUES_MAX = 1_000_000;

/** A model's stages, told by what each value comes from. */
export interface Lowered {
  readonly fields: readonly Field[];
  readonly values: readonly Value[];
  /** What happens row by row, in order. */
  readonly nodes: readonly Node[];
  readonly uses: readonly FieldUse[];
  /** What the source raises on, in the type that it checks. */
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
  readonly requirements: Requirement[];
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
  const growing: Growing = { fields, ensembles, uses, values, nodes: [], requirements: [] };
  stages.forEach((stage, at) => lowerStage(stage, at, growing));
  return growing;
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
    for (const results of parts(stage).map((part) => lowerPart(part, growing))) {
      for (const result of results) values.push(result);
      refuseUnless(
        values.length <= VALUES_MAX,
        `The model makes more than ${VALUES_MAX} values by its stage ${at} (${stage.kind}).`,
      );
    }
  }
}

/** Described where that is possible, computed row by row where it is not. */
function lowerPart(part: Part, growing: Growing): readonly Value[] {
  const inputs = part.inputs.map((input) => growing.values[input]!);
  const described = part.lower?.(inputs, growing) ?? tablesThrough(part, inputs);
  if (described !== null) return described;
  const node: ComputedNode = {
    kind: 'computed',
    inputs: inputs.map((input) => asNumber(input, growing.fields, 'computes with')),
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

/** What is computed from one table alone is as many tables as it has results. */
function tablesThrough(part: Part, inputs: readonly Value[]): TableOfField[] | null {
  const [table] = inputs;
  if (inputs.length !== 1 || table?.kind !== 'table') return null;
  const x = new Float64Array(1);
  const y = new Float64Array(part.results);
  return Array.from(y, (_, result) =>
    throughTable(table, (entry) => {
      x[0] = entry;
      part.compute(x, y);
      return y[result]!;
    }),
  );
}

const TO_FLOAT32 = [{ op: STEP.toFloat32, operand: 0 }];

function inType(value: Feature, type: Ensemble['featureType']): Feature {
  return type === 'float32' ? withSteps(value, TO_FLOAT32) : value;
}

function lowerRequire(stage: RequireStage, growing: Growing): void {
  checkWord(stage, 'missing', stage.missing, ['accept', 'reject']);
  checkWord(stage, 'type', stage.type, ['float32', 'float64']);
  const { values, fields, uses, requirements } = growing;
  for (const input of stage.inputs) {
    const sent = values[input]!;
    if (sent.kind === 'field' && fields[sent.field]!.type === 'text') {
      // A text is there or not; what arithmetic says of it does not apply.
      if (stage.missing === 'reject' && sent.fill === null) uses[sent.field]!.missingRaises = true;
      continue;
    }
    const value = asNumber(sent, fields, 'checks');
    requirements.push({ value: inType(value, stage.type), missing: stage.missing });
  }
}

function lowerTrees(stage: TreesStage, growing: Growing): void {
  const { ensembles, fields, values, nodes, requirements } = growing;
  const ensemble = ensembles[stage.ensemble];
  if (ensemble === undefined) {
    refuse(
      `A stage (trees) names ensemble ${stage.ensemble}; the model has ${ensembles.length} of them.`,
    );
  }
  refuseUnless(
    nodes.every((node) => node.kind !== 'trees' || node.ensemble !== stage.ensemble),
    `Two stages name ensemble ${stage.ensemble}.`,
  );
  checkEnsemble(ensemble, stage.inputs.length);
  const inputs = stage.inputs.map((input) => values[input]!);
  const features = inputs.map((input) =>
    inType(asNumber(input, fields, 'gives the trees'), ensemble.featureType),
  );
  const missing = ensemble.missing === 'nodes' ? 'accept' : 'reject';
  for (const value of features) requirements.push({ value, missing });
  const node: TreesNode = {
    kind: 'trees',
    ensemble: stage.ensemble,
    features,
    results: ensemble.outputs,
    afterTrees: inputs.some(isAfterTrees),
  };
  for (const result of addNode(node, growing)) values.push(result);
}
