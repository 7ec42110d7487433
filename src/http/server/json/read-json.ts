import { isUtf8 } from 'node:buffer';

import { ThicketError } from '../../../core/errors.ts';
import { buildShaped } from './build.ts';
import type { Steps } from './scanner.ts';
import type { Shape } from './shape.ts';

/**
 * Bodies up to here go through JSON.parse, which builds all of them: it is the faster one there, and so small a
 * body builds little. Measured with a row of eight fields.
 */
export const PARSED_BYTES_MAX = 4 * 1024;

/**
 * The value of a JSON body, with as much of it as the shape names; of a small body there may be more.
 * @throws {ThicketError} BODY_MALFORMED, or BODY_TOO_LARGE for one that nests too deeply or holds too much.
 */
export function readJson(body: Buffer, shape: Shape): unknown {
  checkText(body);
  if (body.length > PARSED_BYTES_MAX) return finished(buildShaped(body, shape));
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return finished(buildShaped(body, shape)); // It throws as well, and knows the place.
  }
}

/** The same in steps, between which others may go on. */
export function* readJsonInSteps(body: Buffer, shape: Shape): Steps<unknown> {
  checkText(body);
  return yield* buildShaped(body, shape);
}

function checkText(body: Buffer): void {
  if (body.length === 0) {
    throw new ThicketError('BODY_MALFORMED', 'the body is empty; a JSON object is needed');
  }
  if (!isUtf8(body)) throw new ThicketError('BODY_MALFORMED', 'the body is not UTF-8');
}

function finished<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
