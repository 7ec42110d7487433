import { invariant } from '../core/errors.ts';
import type { ValidRow } from '../core/rows.ts';
import type { Answer, AnswerShape } from '../model/plan/head.ts';
import type { LiveModel } from '../live/live-model.ts';
import type { OutcomeDraft } from '../store/outcomes/outcome-writer.ts';

/** A row with its answer, before it is stored. */
export interface ScoredRow {
  readonly row: ValidRow;
  readonly answer: Answer;
  /** Null for a row that a client sent. */
  readonly rawId: number | null;
}

type StoredAnswer = Pick<
  OutcomeDraft,
  'prediction' | 'label' | 'outputs' | 'probabilities' | 'scores'
>;

/**
 * A scored row as it will be stored. Compiled per model: the names of fields and classes are quoted once.
 * `docs/outcomes.md` describes the columns.
 */
export function compileDrafts(
  live: Pick<LiveModel, 'metadata' | 'schema' | 'shape'>,
  modelDigest: string,
): (scored: ScoredRow, requestId: string | null) => OutcomeDraft {
  const { name: modelName, version: modelVersion, target } = live.metadata;
  const keys = live.schema.fields.map((field) => `${JSON.stringify(field.name)}:`);
  const storedAnswer = compileAnswer(live.shape);
  return ({ row, answer, rawId }, requestId) => ({
    rawId,
    modelName,
    modelVersion,
    modelDigest,
    target,
    ...storedAnswer(answer),
    requestId,
    jobId: null,
    runId: null,
    // Of a raw row too: its table may be changed or filled anew, and a replay must not notice.
    input: inputOf(keys, row),
  });
}

function inputOf(keys: readonly string[], row: ValidRow): string {
  let text = '{';
  for (let at = 0; at < keys.length; at++) {
    text += `${at === 0 ? '' : ','}${keys[at]}${JSON.stringify(row[at])}`;
  }
  return `${text}}`;
}

function compileAnswer({ labels }: AnswerShape): (answer: Answer) => StoredAnswer {
  const entries = (labels ?? []).map((classes, output) =>
    classes.map((label) => `{"output":${output},"label":${JSON.stringify(label)},"probability":`),
  );
  return ({ predictions, probabilities, scores }) => {
    const [first] = predictions;
    invariant(first !== undefined, 'an answer has at least one output');
    const single = predictions.length === 1;
    return {
      prediction: single && typeof first === 'number' ? first : null,
      label: single && labels !== null ? String(first) : null,
      outputs: single ? null : JSON.stringify(predictions),
      probabilities: probabilities === null ? null : probabilitiesText(entries, probabilities),
      scores: scores === null ? null : JSON.stringify(scores),
    };
  };
}

/** One entry a class; a class is identified by its output and its label with the label's type. */
function probabilitiesText(
  entries: readonly (readonly string[])[],
  probabilities: NonNullable<Answer['probabilities']>,
): string {
  let text = '';
  for (let output = 0; output < probabilities.length; output++) {
    const values = probabilities[output]!;
    for (let at = 0; at < values.length; at++) {
      text += `${text === '' ? '[' : ','}${entries[output]![at]}${values[at]}}`;
    }
  }
  return `${text}]`;
}
