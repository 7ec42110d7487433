import type { Answer } from '../../model/plan/head.ts';
import { compileAnswerJson } from './answer-json.ts';
import { MODEL_SCHEMA, modelJson } from './model-json.ts';
import { PREDICTION_ID_SCHEMA, type Profile, type ProfiledModel } from './profile.ts';
import { roundToHundredths } from './round.ts';

/** The target whose predictions are also given as a percentage. */
const PERCENT_TARGET = 'profit_margin';

/** The replies of the Superstore service, whose clients read them by these names. */
export const superstore: Profile = {
  name: 'superstore',
  objection: () => null,
  compile(model, level) {
    const { prediction, predictionSchema, details, detailsSchema } = compileAnswerJson(model.shape);
    const inPercent = isToldInPercent(model);
    const tail = `"logged_to_db":${level === 'stored'},${modelJson(model.metadata)}`;
    const answerJson = (answer: Answer): string => {
      const percent = inPercent ? `,"profit_margin_percent":${percentJson(answer)}` : '';
      return `"y_pred":${prediction(answer)}${percent}${details(answer)}`;
    };
    const resultSchema = {
      y_pred: predictionSchema,
      ...(inPercent && { profit_margin_percent: { type: ['number', 'null'] } }),
      ...detailsSchema,
    };
    return {
      reply: ({ id, answer }) => `"prediction_id":${id},${answerJson(answer)},${tail}`,
      replySchema: {
        prediction_id: PREDICTION_ID_SCHEMA,
        ...resultSchema,
        logged_to_db: { type: 'boolean' },
        ...MODEL_SCHEMA,
      },
      result: ({ answer }) => answerJson(answer),
      resultSchema,
    };
  },
};

function isToldInPercent({ metadata, shape }: ProfiledModel): boolean {
  return metadata.target === PERCENT_TARGET && shape.labels === null && shape.outputs === 1;
}

/** A finite share may have no finite percentage, and JSON no infinity. */
function percentJson({ predictions: [share] }: Answer): string {
  const percent = 100 * (share as number);
  return Number.isFinite(percent) ? String(roundToHundredths(percent)) : 'null';
}
