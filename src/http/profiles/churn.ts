import type { Category } from '../../schema/fields.ts';
import { PROBABILITY_SCHEMA, categoryJson } from './answer-json.ts';
import { PREDICTION_ID_SCHEMA, type Profile, type ProfileJson } from './profile.ts';

/** Labels that say yes, in lower case; 1 and true read so as well. */
const POSITIVE_LABELS: ReadonlySet<string> = new Set(['1', 'true', 'yes']);

/** How likely a customer leaves, and how sure the model is of its label. */
export const churn: Profile = {
  name: 'churn',
  idName: 'customer_id',
  objection({ shape: { labels, hasProbabilities } }) {
    if (labels === null) return 'it is a regression, and churn_probability belongs to a class';
    if (labels.length > 1) return `it has ${labels.length} outputs, and the reply has room for one`;
    if (!hasProbabilities) return 'it knows no probabilities';
    if (positiveClass(labels[0]!) !== null) return null;
    return `none of its ${labels[0]!.length} classes is 1, true or yes`;
  },
  compile({ shape }) {
    const labels = shape.labels![0]!;
    const positive = positiveClass(labels)!;
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

/** The place of the class that says yes; the second of two where none says so by its name. */
function positiveClass(labels: readonly Category[]): number | null {
  const named = labels.findIndex((label) => POSITIVE_LABELS.has(String(label).toLowerCase()));
  if (named >= 0) return named;
  return labels.length === 2 ? 1 : null;
}
