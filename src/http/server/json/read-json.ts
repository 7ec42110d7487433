import { isUtf8 } from 'node:buffer';

import { ThicketError } from '../../../core/errors.ts';
import { buildShaped } from './build.ts';
import type { Shape } from './shape.ts';

/**
 * Bodies up to here go through JSON.parse, which builds all of them: it is the faster one there, and so small a
 * body builds little. Measured with a row of eight fields.
 */
const PARSED_BYTES_MAX = 4 * 1024;

/**
 * The value of a JSON body, with as much of it as the shape names; of a small body there may be more.
 * @throws {ThicketError} BODY_MALFORMED, or BODY_TOO_LARGE for one that nests too deeply or holds too much.
 */
export function readJson(body: Buffer, shape: Shape): unknown {
  if (body.length === 0) {
    throw new ThicketError('BODY_MALFORMED', 'the body is empty; a JSON object is needed');
  }
  if (!isUtf8(body)) throw new ThicketError('BODY_MALFORMED', 'the body is not UTF-8');
  if (body.length > PARSED_BYTES_MAX) return buildShaped(body, shape);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return buildShaped(body, shape); // It throws as well, and knows the place.
  }
}
