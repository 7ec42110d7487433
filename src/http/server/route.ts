import { ThicketError } from '../../core/errors.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { Call, Neighbours } from './neighbours.ts';
import type { Reply } from './reply.ts';

/** One path and method of the server. A GET answers HEAD as well; a POST has a JSON body. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Its name in the metrics, where several paths are one thing. */
  readonly label?: string;
  readonly answer: (call: Call) => Reply | Promise<Reply>;
}

/** @throws {ThicketError} MODEL_UNAVAILABLE, saying what is missing. */
export function requireScoring({ scoring, missing }: Neighbours): Scoring {
  const found = scoring();
  if (found !== null) return found;
  const reasons = missing().join('; ');
  throw new ThicketError('MODEL_UNAVAILABLE', reasons === '' ? 'no model is live' : reasons);
}
