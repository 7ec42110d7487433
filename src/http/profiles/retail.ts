import { compileAnswerJson } from './answer-json.ts';
import { PREDICTION_ID_SCHEMA, type Profile, type ProfileJson } from './profile.ts';

/** The prediction, and what the caller's own log needs of the request. */
export const retail: Profile = {
  name: 'retail',
  objection: () => null,
  compile({ shape }) {
    const { prediction, predictionSchema } = compileAnswerJson(shape);
    const result: ProfileJson['result'] = ({ id, answer }) =>
      `"prediction":${prediction(answer)},"prediction_id":${id}`;
    const resultSchema = { prediction: predictionSchema, prediction_id: PREDICTION_ID_SCHEMA };
    return {
      reply: (each, { requestId, startedMs }) =>
        `${result(each)},"request_id":${JSON.stringify(requestId)},` +
        `"processing_time":${secondsSince(startedMs)}`,
      replySchema: {
        ...resultSchema,
        request_id: { type: 'string' },
        processing_time: { type: 'number', minimum: 0, description: 'Seconds' },
      },
      result,
      resultSchema,
    };
  },
};

/** To a microsecond, as `X-Process-Time` says it. */
function secondsSince(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1_000) / 1_000_000;
}
