import type { Answer } from '../../model/plan/head.ts';
import type { Category } from '../../schema/fields.ts';
import type { Prediction, RawPrediction, Scoring } from '../../score/scoring.ts';
import { roundToHundredths } from './round.ts';

/** The target whose predictions are also told as a percentage. */
export const PERCENT_TARGET = 'profit_margin';

/** Answers as JSON text, written by hand: the hot reply, and its shape is known per model. */
export interface PredictionJson {
  one(prediction: Prediction): string;
  oneRaw(prediction: RawPrediction): string;
  batch(
    predictions: readonly RawPrediction[],
    counts: { requested: number; batchRowsMax: number; chunkRows: number },
  ): string;
}

export function compilePredictionJson(scoring: Pick<Scoring, 'live' | 'level'>): PredictionJson {
  const { metadata, shape } = scoring.live;
  const modelJson = [
    `"model_name":${JSON.stringify(metadata.name)}`,
    `"model_version":${JSON.stringify(metadata.version)}`,
    `"target":${JSON.stringify(metadata.target)}`,
  ].join(',');
  const logged = scoring.level === 'stored';
  const inPercent = metadata.target === PERCENT_TARGET && shape.labels === null;
  const classKeys = shape.labels?.map((labels) => labels.map(classKey)) ?? null;

  const answerJson = ({ predictions, probabilities, scores }: Answer): string => {
    const [first] = predictions;
    const single = predictions.length === 1;
    let text = `"y_pred":${single ? categoryJson(first!) : `[${predictions.map(categoryJson).join(',')}]`}`;
    if (inPercent && single) {
      text += `,"profit_margin_percent":${percentJson(first as number)}`;
    }
    if (probabilities !== null) {
      const byClass = probabilities.map((values, at) => objectJson(classKeys![at]!, values));
      text += `,"probabilities":${single ? byClass[0]! : `[${byClass.join(',')}]`}`;
    }
    if (scores !== null) text += `,"scores":${scoresJson(scores)}`;
    return text;
  };
  const tailJson = `"logged_to_db":${logged},${modelJson}}`;
  return {
    one: ({ id, answer }) => `{"prediction_id":${id},${answerJson(answer)},${tailJson}`,
    oneRaw: ({ rawId, id, answer }) =>
      `{"raw_id":${rawId},"prediction_id":${id},${answerJson(answer)},${tailJson}`,
    batch: (predictions, { requested, batchRowsMax, chunkRows }) => {
      const count = predictions.length;
      const results = predictions.map(
        (each) => `{"raw_id":${each.rawId},${answerJson(each.answer)}}`,
      );
      return (
        `{"count_requested":${requested},"count_found":${count},"count_returned":${count},` +
        `"count_logged":${logged ? count : 0},"max_batch":${batchRowsMax},"chunk_size":${chunkRows},` +
        `${modelJson},"results":[${results.join(',')}]}`
      );
    },
  };
}

/** Finite numbers only: the scoring path has proved it. */
function categoryJson(value: Category): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** A finite share may have no finite percentage, and JSON no infinity. */
function percentJson(share: number): string {
  const percent = 100 * share;
  return Number.isFinite(percent) ? String(roundToHundredths(percent)) : 'null';
}

/** One number stands alone, several are a list. */
function scoresJson(scores: NonNullable<Answer['scores']>): string {
  const entries = Object.entries(scores).map(([name, values]) => {
    const value = values.length === 1 ? String(values[0]) : `[${values.join(',')}]`;
    return `${JSON.stringify(name)}:${value}`;
  });
  return `{${entries.join(',')}}`;
}

function classKey(label: Category): string {
  return JSON.stringify(String(label));
}

function objectJson(keys: readonly string[], values: readonly number[]): string {
  return `{${keys.map((key, at) => `${key}:${values[at]!}`).join(',')}}`;
}
