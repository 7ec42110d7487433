import type { Answer, AnswerShape } from '../../model/plan/head.ts';
import type { Category } from '../../schema/fields.ts';
import { type Json, objectSchema } from '../openapi/json-schema.ts';

/** The parts of an answer as JSON text, written by hand: their shape is known per model. */
export interface AnswerJson {
  /** The prediction; a list of them where the model has several outputs. */
  readonly prediction: (answer: Answer) => string;
  readonly predictionSchema: Json;
  /** The members `probabilities` and `scores`, each behind a comma, where the model knows them. */
  readonly details: (answer: Answer) => string;
  readonly detailsSchema: Json;
}

export function compileAnswerJson(shape: AnswerShape): AnswerJson {
  const classKeys = shape.labels?.map((labels) => labels.map(classKey)) ?? null;
  return {
    prediction:
      shape.outputs === 1
        ? ({ predictions }) => categoryJson(predictions[0]!)
        : ({ predictions }) => `[${predictions.map(categoryJson).join(',')}]`,
    predictionSchema: predictionSchema(shape),
    details: ({ probabilities, scores }) => {
      let text = '';
      if (probabilities !== null) {
        const byClass = probabilities.map((values, at) => objectJson(classKeys![at]!, values));
        text += `,"probabilities":${oneOrAll(byClass)}`;
      }
      if (scores !== null) text += `,"scores":${scoresJson(scores)}`;
      return text;
    },
    detailsSchema: {
      ...(shape.hasProbabilities && { probabilities: probabilitiesSchema(shape) }),
      ...(shape.scores.length > 0 && { scores: scoresSchema(shape) }),
    },
  };
}

/** One value stands alone, several are a list. */
function oneOrAll(texts: readonly string[]): string {
  return texts.length === 1 ? texts[0]! : `[${texts.join(',')}]`;
}

/** Finite numbers only: the scoring path has proved it. */
export function categoryJson(value: Category): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function scoresJson(scores: NonNullable<Answer['scores']>): string {
  const entries = Object.entries(scores).map(
    ([name, values]) => `${JSON.stringify(name)}:${oneOrAll(values.map(String))}`,
  );
  return `{${entries.join(',')}}`;
}

function classKey(label: Category): string {
  return JSON.stringify(String(label));
}

function objectJson(keys: readonly string[], values: readonly number[]): string {
  return `{${keys.map((key, at) => `${key}:${values[at]!}`).join(',')}}`;
}

function predictionSchema({ labels, outputs }: AnswerShape): Json {
  if (labels !== null) return oneOrAllSchema(labels.map((each) => ({ enum: each })));
  return oneOrAllSchema(Array.from({ length: outputs }, () => ({ type: 'number' })));
}

function probabilitiesSchema({ labels }: AnswerShape): Json {
  const byClass = labels!.map((each) =>
    objectSchema(Object.fromEntries(each.map((label) => [String(label), PROBABILITY_SCHEMA]))),
  );
  return oneOrAllSchema(byClass);
}

export const PROBABILITY_SCHEMA: Json = { type: 'number', minimum: 0, maximum: 1 };

function scoresSchema({ scores }: AnswerShape): Json {
  const number = { type: 'number' };
  const schemaOf = (width: number): Json =>
    width === 1 ? number : { type: 'array', items: number, minItems: width, maxItems: width };
  return objectSchema(Object.fromEntries(scores.map(({ name, width }) => [name, schemaOf(width)])));
}

function oneOrAllSchema(items: readonly Json[]): Json {
  if (items.length === 1) return items[0]!;
  return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
}
