import type { EnsembleSpec, ForestSpec } from '../../forest/addon.ts';
import type { Encoder } from '../../schema/encode.ts';
import type { RowSchema } from '../../schema/fields.ts';
import { checkAnswer, checkFields, checkGolden, checkHistograms, checkMetadata } from '../check.ts';
import { TABLE_VALUES_MAX, featureSpec } from './feature-spec.ts';
import { type Head, compileHead } from './head.ts';
import { layOut } from './layout.ts';
import { lowerStages } from './lower.ts';
import type { Ensemble, Model } from '../model.ts';
import { type RowCheck, compileRowEncoder } from './row-encoder.ts';
import type { Places } from './readers.ts';
import { deriveRules } from './rules.ts';
import type { TreesNode } from '../values.ts';

/** A model compiled: how a row is read, checked and encoded, what its forests are, and how it answers. */
export interface Plan {
  readonly rows: RowSchema;
  readonly encode: Encoder;
  readonly checkRow: RowCheck | null;
  /** The forests that read encoded rows, in the order of their raw scores; arrays are the model's own. */
  readonly forests: readonly PlannedForest[];
  /** Raw scores of one row: those of all these forests. */
  readonly rawWidth: number;
  /** Forests that read what the head has computed, in the order in which it asks them. */
  readonly headForests: readonly PlannedForest[];
  readonly head: Head;
}

/** All of a model that its head is compiled from; of the ensembles only their answers' form counts. */
export type HeadOfModel = Pick<Model, 'fields' | 'stages' | 'ensembles' | 'answer'>;

export interface PlannedForest {
  readonly spec: ForestSpec;
  readonly outputs: number;
}

/** The door between what a file says and what the product trusts: everything in the model is checked. */
export function compilePlan(model: Model): Plan {
  checkFields(model.fields);
  checkMetadata(model.metadata);
  checkHistograms(model.histograms ?? [], model.fields.length);
  const lowered = lowerStages(model);
  checkAnswer(model.answer, lowered.values.length);
  const layout = layOut(model, lowered);
  const rules = deriveRules(lowered);
  const rows: RowSchema = { fields: model.fields, rules: rules.fields, slots: layout.slots };
  const head = compileHead(model.answer, layout, rules.late);
  checkGolden(model, layout.rawWidth, head.shape.width);
  const plan = forestPlanner(model);
  return {
    rows,
    ...compileRowEncoder(layout, rules, model.fields),
    forests: layout.firstTrees.map(({ node }) =>
      plan(node, layout.encodedPlaces, layout.numberSlots, layout.slots.codes.length),
    ),
    rawWidth: layout.rawWidth,
    headForests: layout.after.flatMap(({ node }) =>
      node.kind === 'trees'
        ? plan(node, layout.headPlaces, layout.headWidth, layout.headCodeSlots)
        : [],
    ),
    head,
  };
}

/** The head of a model whose plan was compiled before: a thread that only answers needs nothing else of it. */
export function compileHeadAlone(model: HeadOfModel): Head {
  const lowered = lowerStages(model);
  return compileHead(model.answer, layOut(model, lowered), deriveRules(lowered).late);
}

/** Plans the forests of a model, whose tables share one bound. */
function forestPlanner(model: Model) {
  let room = TABLE_VALUES_MAX;
  return (
    { ensemble, features }: TreesNode,
    places: Places,
    numberSlots: number,
    codeSlots: number,
  ) => {
    const trees = model.ensembles[ensemble]!;
    const spec: ForestSpec = {
      numberSlots,
      codeSlots,
      features: featureSpec(features, places, room),
      ensemble: ensembleSpec(trees),
    };
    room -= spec.features.tableValues.length + spec.features.stepOp.length;
    return { spec, outputs: trees.outputs };
  };
}

function ensembleSpec(ensemble: Ensemble): EnsembleSpec {
  const { featureType: _type, missing, comparison, sums, ...arrays } = ensemble;
  return {
    ...arrays,
    // Where no missing value ever arrives, directions that differ would only double the columns.
    missingLeft: missing === 'nodes' ? arrays.missingLeft : new Uint8Array(arrays.feature.length),
    comparison: comparison === '<=' ? 0 : 1,
    sums: sums === 'float64' ? 0 : 1,
  };
}
