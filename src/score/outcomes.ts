import { invariant } from '../core/errors.ts';
import type { ValidRow } from '../core/rows.ts';
import type { Answer } from '../model/plan/head.ts';
import type { LiveModel } from '../live/live-model.ts';
import type { OutcomeDraft } from '../store/outcomes/outcome-writer.ts';

/** A row with its answer, before it is stored. */
export interface ScoredRow {
  readonly row: ValidRow;
  readonly answer: Answer;
  /** Null for a row that a client sent. */
  readonly rawId: number | null;
}

/** A scored row as it will be stored. Compiled per model: the field names are quoted once. */
export function compileDrafts(
  live: Pick<LiveModel, 'metadata' | 'schema' | 'shape'>,
): (scored: ScoredRow, requestId: string | null) => OutcomeDraft {
  const { name: modelName, version: modelVersion, target } = live.metadata;
  const { labels } = live.shape;
  const keys = live.schema.fields.map((field) => `${JSON.stringify(field.name)}:`);
  return ({ row, answer, rawId }, requestId) => ({
    rawId,
    modelName,
    modelVersion,
    target,
    ...storedAnswer(answer, labels),
    requestId,
    jobId: null,
    // A raw row is in the store already, and its id says which.
    input: rawId === null ? inputOf(keys, row) : null,
  });
}

function inputOf(keys: readonly string[], row: ValidRow): string {
  let text = '{';
  for (let at = 0; at < keys.length; at++) {
    text += `${at === 0 ? '' : ','}${keys[at]}${JSON.stringify(row[at])}`;
  }
  return `${text}}`;
}

/** Where a model knows no probabilities, its scores are what says how sure it is. */
function scoresOf(scores: Answer['scores']): string | null {
  return scores === null ? null : JSON.stringify({ scores });
}

/** One output has a column of its own; several are one JSON array beside an empty one. */
function storedAnswer(
  { predictions, probabilities, scores }: Answer,
  labels: LiveModel['shape']['labels'],
): Pick<OutcomeDraft, 'prediction' | 'label' | 'probabilities'> {
  const [first] = predictions;
  invariant(first !== undefined, 'an answer has at least one output');
  const byClass =
    probabilities?.map((values, output) =>
      Object.fromEntries(values.map((value, at) => [String(labels![output]![at]), value])),
    ) ?? null;
  if (predictions.length > 1) {
    const stored = byClass === null ? predictions : { predictions, probabilities: byClass };
    return { prediction: null, label: null, probabilities: JSON.stringify(stored) };
  }
  return {
    prediction: typeof first === 'number' ? first : null,
    label: labels === null ? null : String(first),
    probabilities: byClass === null ? scoresOf(scores) : JSON.stringify(byClass[0]),
  };
}
