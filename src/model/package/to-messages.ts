import {
  ENSEMBLE_ARRAY_NAMES,
  type EnsembleArrayName,
  isExtra,
} from '../../forest/ensemble-arrays.ts';
import type { Field } from '../../schema/fields.ts';
import { type PackedArray, declareArray } from './arrays.ts';
import { categoryMessage } from './category-messages.ts';
import { COMPARISONS, FEATURE_TYPES, FIELD_TYPES, MISSING_RULES, SUMS } from './from-messages.ts';
import type {
  AnswerMessage,
  EnsembleMessage,
  FieldMessage,
  HistogramMessage,
  OutputMessage,
  PackageMessage,
  StageMessage,
} from './messages.ts';
import type { AnswerRule, Ensemble, Histogram, Model, OutputRule } from '../model.ts';
import { newerAround, newerArrays, newerOf } from './unknown-fields.ts';
import { type PutArray, TREES_IN_FLOAT32, stageMessage } from './stage-messages.ts';
import type { Stage } from '../stages.ts';

/** A package's messages, and the arrays whose chunks follow them. */
export function messagesOf(model: Model): {
  message: PackageMessage;
  arrays: readonly PackedArray[];
} {
  const { metadata, golden } = model;
  const arrays: PackedArray[] = [];
  for (const { at, array } of newerArrays(model)) arrays[at] = array;
  // At the numbers that are still free.
  let free = 0;
  const put: PutArray = (array) => {
    while (arrays[free] !== undefined) free++;
    arrays[free] = array;
    return free;
  };
  const message = {
    fields: model.fields.map(fieldMessage),
    stages: model.stages.map((stage) => guarded(stageMessage(stage, put), stage, model)),
    ensembles: model.ensembles.map((ensemble) => ensembleMessage(ensemble, put)),
    answer: answerMessage(model.answer),
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
  // Every number needs an array, also one whose ensemble has been removed since.
  const dense = Array.from(arrays, (array) => array ?? new Uint8Array(0));
  return { message: { ...message, arrays: dense.map(declareArray) }, arrays: dense };
}

/**
 * A reader older than an ensemble's `sums` would keep them unread and add in float64. So the stage of such an
 * ensemble is of a kind of its own, which that reader refuses by name.
 */
function guarded(message: StageMessage, stage: Stage, { ensembles }: Model): StageMessage {
  const isOther = stage.kind === 'trees' && ensembles[stage.ensemble]?.sums === 'float32';
  return isOther ? { ...message, kind: TREES_IN_FLOAT32 } : message;
}

function fieldMessage(field: Field): FieldMessage {
  return { ...field, type: FIELD_TYPES.indexOf(field.type), ...newerOf(field) };
}

function answerMessage(answer: AnswerRule): AnswerMessage {
  return {
    outputs: answer.outputs.map(outputMessage),
    scores: answer.scores.map((score) => ({
      name: score.name,
      values: [...score.values],
      ...newerOf(score),
    })),
    ...newerOf(answer),
  };
}

function outputMessage(rule: OutputRule): OutputMessage {
  if (rule.kind === 'number') return { number: rule.value, ...newerOf(rule) };
  const { index, probabilities } = rule;
  const labels = rule.labels.map(categoryMessage);
  const message = { labels, index, probabilities: [...(probabilities ?? [])], ...newerOf(rule) };
  return { class: message, ...newerAround(rule) };
}

function ensembleMessage(ensemble: Ensemble, put: PutArray): EnsembleMessage {
  return {
    outputs: ensemble.outputs,
    comparison: COMPARISONS.indexOf(ensemble.comparison),
    featureType: FEATURE_TYPES.indexOf(ensemble.featureType),
    missing: MISSING_RULES.indexOf(ensemble.missing),
    sums: SUMS.indexOf(ensemble.sums),
    ...numbersOfArrays(ensemble, put),
    ...newerOf(ensemble),
  };
}

function numbersOfArrays(
  ensemble: Ensemble,
  put: PutArray,
): Partial<Record<EnsembleArrayName, number>> {
  const there = ENSEMBLE_ARRAY_NAMES.filter((name) => !isExtra(name) || ensemble[name].length > 0);
  return Object.fromEntries(there.map((name) => [name, put(ensemble[name])]));
}

function histogramMessage(histogram: Histogram): HistogramMessage {
  const { field, edges, counts, missing } = histogram;
  const numbers = { edges: Array.from(edges), counts: Array.from(counts) };
  return { field, ...numbers, missing, ...newerOf(histogram) };
}
