import type { LiveModel } from '../../live/live-model.ts';
import type { Category } from '../../schema/fields.ts';
import { type Json, objectSchema } from './openapi-object.ts';
import { PERCENT_TARGET } from '../profiles/superstore.ts';

/** The replies of the routes that score, as this model gives them. */
export function predictionSchemas(live: LiveModel): Json {
  const answer = answerProperties(live);
  const model = {
    model_name: { type: 'string' },
    model_version: { type: 'string' },
    target: { type: 'string' },
  };
  const prediction = {
    prediction_id: { type: ['integer', 'null'] },
    ...answer,
    logged_to_db: { type: 'boolean' },
    ...model,
  };
  const result = { raw_id: { type: 'integer' }, ...answer };
  return {
    Prediction: objectSchema(prediction),
    RawPrediction: objectSchema({ raw_id: { type: 'integer' }, ...prediction }),
    BatchPrediction: objectSchema({
      count_requested: { type: 'integer' },
      count_found: { type: 'integer' },
      count_returned: { type: 'integer' },
      count_logged: { type: 'integer' },
      max_batch: { type: 'integer' },
      chunk_size: { type: 'integer' },
      ...model,
      results: { type: 'array', items: objectSchema(result) },
    }),
  };
}

function answerProperties({ metadata, shape }: LiveModel): Json {
  const { labels, outputs, hasProbabilities, scores } = shape;
  const several = (items: readonly Json[]): Json =>
    outputs === 1
      ? items[0]!
      : { type: 'array', prefixItems: items, minItems: outputs, maxItems: outputs };
  if (labels === null) {
    const percent = outputs === 1 && metadata.target === PERCENT_TARGET;
    return {
      y_pred: several(Array.from({ length: outputs }, () => ({ type: 'number' }))),
      ...(percent && { profit_margin_percent: { type: ['number', 'null'] } }),
      ...(scores.length > 0 && { scores: scoresSchema(scores) }),
    };
  }
  return {
    y_pred: several(labels.map((each) => ({ enum: each }))),
    ...(hasProbabilities && { probabilities: several(labels.map(probabilitySchema)) }),
    ...(scores.length > 0 && { scores: scoresSchema(scores) }),
  };
}

function scoresSchema(scores: LiveModel['shape']['scores']): Json {
  const number = { type: 'number' };
  const schemaOf = (width: number): Json =>
    width === 1 ? number : { type: 'array', items: number, minItems: width, maxItems: width };
  return objectSchema(Object.fromEntries(scores.map(({ name, width }) => [name, schemaOf(width)])));
}

function probabilitySchema(labels: readonly Category[]): Json {
  const probability = { type: 'number', minimum: 0, maximum: 1 };
  return objectSchema(Object.fromEntries(labels.map((label) => [String(label), probability])));
}
