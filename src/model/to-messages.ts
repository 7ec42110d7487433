import type { Category, Field } from '../schema/fields.ts';
import { type PackedArray, declareArray } from './arrays.ts';
import {
  COMPARISONS,
  FEATURE_TYPES,
  FIELD_TYPES,
  MISSING_RULES,
  UNKNOWN_RULES,
} from './from-messages.ts';
import type {
  CategoriesMessage,
  CategoryMessage,
  EnsembleMessage,
  FieldMessage,
  HeadStageMessage,
  HistogramMessage,
  PackageMessage,
  PipelineStageMessage,
} from './messages.ts';
import type { Ensemble, HeadStage, Histogram, Model, PipelineStage } from './model.ts';
import { newerAround, newerArrays, newerOf } from './newer.ts';

/** A package's messages, and the arrays whose chunks follow them. */
export function messagesOf(model: Model): {
  message: PackageMessage;
  arrays: readonly PackedArray[];
} {
  const { pipeline, metadata, golden } = model;
  const arrays: PackedArray[] = [];
  for (const { at, array } of newerArrays(model)) arrays[at] = array;
  const message = {
    fields: model.fields.map(fieldMessage),
    pipeline: {
      stages: pipeline.stages.map(stageMessage),
      features: [...pipeline.features],
      ...newerOf(pipeline),
    },
    ensembles: model.ensembles.map((ensemble) => ensembleMessage(ensemble, arrays)),
    head: model.head.map(headStageMessage),
    metadata: { ...metadata, metrics: { ...metadata.metrics }, ...newerOf(metadata) },
    histograms: (model.histograms ?? []).map(histogramMessage),
    golden: {
      inputs: golden.inputs.flat().map(categoryMessage),
      raw: Array.from(golden.raw),
      outputs: Array.from(golden.outputs),
      ...newerOf(golden),
    },
    ...newerOf(model),
  };
  // A number that nobody took (an ensemble has gone since) still has to be there.
  const dense = Array.from(arrays, (array) => array ?? new Uint8Array(0));
  return { message: { ...message, arrays: dense.map(declareArray) }, arrays: dense };
}

function fieldMessage(field: Field): FieldMessage {
  return { ...field, type: FIELD_TYPES.indexOf(field.type), ...newerOf(field) };
}

function stageMessage(stage: PipelineStage): PipelineStageMessage {
  const around = { inputs: [...stage.inputs], ...newerAround(stage) };
  switch (stage.kind) {
    case 'impute':
      return { ...around, impute: { fills: stage.fills.map(categoryMessage), ...newerOf(stage) } };
    case 'scale': {
      const { offsets, divisors } = stage;
      return {
        ...around,
        scale: {
          offsets: offsets && { values: Array.from(offsets) },
          divisors: divisors && { values: Array.from(divisors) },
          ...newerOf(stage),
        },
      };
    }
    case 'oneHot': {
      const categories = stage.categories.map(categoriesMessage);
      const unknown = UNKNOWN_RULES.indexOf(stage.unknown);
      return { ...around, oneHot: { categories, unknown, ...newerOf(stage) } };
    }
  }
}

function headStageMessage(stage: HeadStage): HeadStageMessage {
  switch (stage.kind) {
    case 'average':
      return { average: { divisor: stage.divisor, ...newerOf(stage) }, ...newerAround(stage) };
    case 'classes': {
      const labels = stage.labels.map(categoriesMessage);
      const classes = { stride: stage.stride, labels, ...newerOf(stage) };
      return { classes, ...newerAround(stage) };
    }
  }
}

/** Appends the ensemble's arrays, at the numbers that are still free, and refers to them. */
function ensembleMessage(ensemble: Ensemble, arrays: PackedArray[]): EnsembleMessage {
  let free = 0;
  const put = (array: PackedArray): number => {
    while (arrays[free] !== undefined) free++;
    arrays[free] = array;
    return free;
  };
  return {
    outputs: ensemble.outputs,
    comparison: COMPARISONS.indexOf(ensemble.comparison),
    featureType: FEATURE_TYPES.indexOf(ensemble.featureType),
    missing: MISSING_RULES.indexOf(ensemble.missing),
    roots: put(ensemble.roots),
    feature: put(ensemble.feature),
    threshold: put(ensemble.threshold),
    left: put(ensemble.left),
    right: put(ensemble.right),
    missingLeft: put(ensemble.missingLeft),
    visits: put(ensemble.visits),
    leafValues: put(ensemble.leafValues),
    base: put(ensemble.base),
    ...newerOf(ensemble),
  };
}

function histogramMessage(histogram: Histogram): HistogramMessage {
  const { field, edges, counts, missing } = histogram;
  const numbers = { edges: Array.from(edges), counts: Array.from(counts) };
  return { field, ...numbers, missing, ...newerOf(histogram) };
}

function categoriesMessage(values: readonly (Category | null)[]): CategoriesMessage {
  return { values: values.map(categoryMessage) };
}

function categoryMessage(value: Category | null): CategoryMessage {
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'number') return { number: value };
  return value === null ? { missing: true } : { boolean: value };
}
