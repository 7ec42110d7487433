import { compileAnswerJson } from './answer-json.ts';
import { NULLABLE_TEXT } from '../openapi/json-schema.ts';
import { PREDICTION_ID_SCHEMA, type Profile, type ProfileJson } from './profile.ts';

/** A number with the interval around it; this version knows no intervals, and says null. */
export const regression: Profile = {
  name: 'regression',
  objection({ shape }) {
    return shape.labels === null ? null : 'it is a classifier, and y_hat is a number';
  },
  compile({ shape }) {
    const { prediction, predictionSchema } = compileAnswerJson(shape);
    const result: ProfileJson['result'] = ({ id, answer }) => {
      const number = prediction(answer);
      return `"prediction":${number},"y_hat":${number},${NO_INTERVAL},"prediction_id":${id}`;
    };
    const resultSchema = {
      prediction: predictionSchema,
      y_hat: predictionSchema,
      p10: { type: ['number', 'null'] },
      p90: { type: ['number', 'null'] },
      interval_method: NULLABLE_TEXT,
      prediction_id: PREDICTION_ID_SCHEMA,
    };
    return { reply: result, replySchema: resultSchema, result, resultSchema };
  },
};

const NO_INTERVAL = '"p10":null,"p90":null,"interval_method":null';
