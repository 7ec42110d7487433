import { compileAnswerJson } from './answer-json.ts';
import { MODEL_SCHEMA, modelJson } from './model-json.ts';
import { PREDICTION_ID_SCHEMA, type Profile, type ProfileJson } from './profile.ts';

/** All that the model says of a row, under names that fit every model. */
export const plain: Profile = {
  name: 'plain',
  objection: () => null,
  compile({ metadata, shape }, level) {
    const { prediction, predictionSchema, details, detailsSchema } = compileAnswerJson(shape);
    const tail = `"logged_to_db":${level === 'stored'},${modelJson(metadata)}`;
    const result: ProfileJson['result'] = ({ id, answer }) =>
      `"prediction_id":${id},"y_pred":${prediction(answer)}${details(answer)}`;
    const resultSchema = {
      prediction_id: PREDICTION_ID_SCHEMA,
      y_pred: predictionSchema,
      ...detailsSchema,
    };
    return {
      reply: (each) => `${result(each)},${tail}`,
      replySchema: { ...resultSchema, logged_to_db: { type: 'boolean' }, ...MODEL_SCHEMA },
      result,
      resultSchema,
    };
  },
};
