import { ThicketError } from '../../core/errors.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { Parameter } from '../openapi/operation.ts';
import type { ServerContext } from '../server/context.ts';
import { PARAMETER_CHARACTERS_MAX } from '../server/parameters.ts';
import type { Call } from '../server/route.ts';

/** The path parameter of every route below a model's name. */
const MODEL_NAME: Parameter = {
  name: 'name',
  in: 'path',
  description: 'A live model, as GET /models lists it',
  schema: { type: 'string', maxLength: PARAMETER_CHARACTERS_MAX },
};

/** Routes stand twice: plain ones ask the first model, the others the one that their path names. */
export interface ModelPlace {
  readonly model: 'first' | 'named';
  /** The beginning of the path. */
  readonly below: string;
  readonly parameters: readonly Parameter[];
}

export const FIRST_MODEL: ModelPlace = { model: 'first', below: '', parameters: [] };
export const NAMED_MODEL: ModelPlace = {
  model: 'named',
  below: '/models/{name}',
  parameters: [MODEL_NAME],
};

/**
 * The way through the model that a request asks.
 * @throws {ThicketError} MODEL_UNKNOWN or MODEL_UNAVAILABLE, saying what there is or what is missing.
 */
export function askedModel({ models, missing }: ServerContext, { parameters }: Call): Scoring {
  const name = parameters['name'];
  const found = models.find(name);
  if (found !== null) return found;
  const listed = models.list();
  // Before the start has read its only model, the name of that model is unknown.
  if (name === undefined || listed.length === 0) throw unavailable(missing().join('; '));
  const absent = listed.find((each) => each.name === name);
  if (absent !== undefined) throw unavailable(`${name}: ${absent.reason}`);
  throw new ThicketError(
    'MODEL_UNKNOWN',
    `there is no model ${JSON.stringify(name)}; there are: ${models.names().join(', ')}`,
  );
}

function unavailable(reasons: string): ThicketError {
  return new ThicketError('MODEL_UNAVAILABLE', reasons === '' ? 'no model is live' : reasons);
}
