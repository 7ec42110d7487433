import { ThicketError } from '../../core/errors.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { ServerContext } from '../server/context.ts';

/** @throws {ThicketError} MODEL_UNAVAILABLE, saying what is missing. */
export function requireScoring({ models, missing }: ServerContext): Scoring {
  const found = models.find();
  if (found !== null) return found;
  const reasons = missing().join('; ');
  throw new ThicketError('MODEL_UNAVAILABLE', reasons === '' ? 'no model is live' : reasons);
}
