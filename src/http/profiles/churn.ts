import type { Metadata } from '../../model/model.ts';
import type { Category } from '../../schema/fields.ts';
import { PROBABILITY_SCHEMA, categoryJson } from './answer-json.ts';
import { PREDICTION_ID_SCHEMA, type Profile, type ProfileJson } from './profile.ts';

/** Labels of the positive class, in lower case. */
const POSITIVE_LABELS: ReadonlySet<string> = new Set(['1', 'true', 'yes']);

/** How likely a customer leaves, and how sure the model is of its label. */
export const churn: Profile = {
  name: 'churn',
  idName: 'customer_id',
  objection({ metadata, shape: { labels, hasProbabilities } }) {
    if (labels === null) return 'it is a regression, and churn_probability belongs to a class';
    if (labels.length > 1) return `it has ${labels.length} outputs, and the reply has room for one`;
    if (!hasProbabilities) return 'it knows no probabilities';
    const positive = positiveClasses(metadata, labels[0]!);
    if (positive.length === 1) return null;
    const { positiveClass: named = '1, true or yes' } = metadata;
    if (positive.length === 0) return `none of its ${labels[0]!.length} classes is ${named}`;
    const several = positive.map((at) => JSON.stringify(labels[0]![at])).join(' and ');
    return `its classes ${several} all mean yes: name one as positive_class in the spec`;
  },
  compile({ metadata, shape }) {
    const labels = shape.labels![0]!;
    const [positive] = positiveClasses(metadata, labels) as [number];
    const places = new Map(labels.map((label, at) => [label, at]));
    const result: ProfileJson['result'] = ({ id, answer }) => {
      const [label] = answer.predictions;
      const probabilities = answer.probabilities![0]!;
      return (
        `"prediction":${categoryJson(label!)},"churn_probability":${probabilities[positive]!},` +
        `"confidence":${probabilities[places.get(label!)!]!},"prediction_id":${id}`
      );
    };
    const resultSchema = {
      prediction: { enum: labels },
      churn_probability: PROBABILITY_SCHEMA,
      confidence: PROBABILITY_SCHEMA,
      prediction_id: PREDICTION_ID_SCHEMA,
    };
    return { reply: result, replySchema: resultSchema, result, resultSchema };
  },
};

/** The place of the spec's class; else those of classes with a positive label; else the second of two. */
function positiveClasses(metadata: Metadata, labels: readonly Category[]): readonly number[] {
  const { positiveClass: specified } = metadata;
  const isPositive = (label: Category): boolean =>
    specified === undefined
      ? POSITIVE_LABELS.has(String(label).toLowerCase())
      : String(label) === specified;
  const places = labels.flatMap((label, at) => (isPositive(label) ? [at] : []));
  if (places.length > 0) return places;
  return specified === undefined && labels.length === 2 ? [1] : [];
}
