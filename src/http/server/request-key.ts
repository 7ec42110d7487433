import { createHash } from 'node:crypto';

import { ThicketError } from '../../core/errors.ts';
import type { OutcomeLevel } from '../../ops/config.ts';
import type { RequestKey } from '../../store/outcomes/reply-keys.ts';
import type { MediaType } from './media-type.ts';
import type { BytesRoute, Call, JsonRoute } from './route.ts';
import type { HttpRequest } from './uws.ts';

/**
 * Visible ASCII: such a key reads the same in every log, client and proxy. 255 characters are as many as clients of
 * other services may send, and few enough to be kept by the million.
 */
const KEY = /^[!-~]{1,255}$/;

/** Every key is everybody's, until callers have names of their own. */
export const NO_OWNER = '';

/**
 * The key that the client sent; null without one, and an empty header is none.
 * @throws {ThicketError} REQUEST_MALFORMED or IDEMPOTENCY_KEY_UNSUPPORTED.
 */
export function idempotencyKeyOf(req: HttpRequest, level: OutcomeLevel): string | null {
  const key = req.getHeader('idempotency-key');
  if (key === '') return null;
  if (!KEY.test(key)) {
    const sentence = 'Idempotency-Key must be 1 to 255 visible ASCII characters, without spaces';
    throw new ThicketError('REQUEST_MALFORMED', sentence);
  }
  // A client that asks for a safe retry must not believe that it has one.
  if (level !== 'stored') {
    const sentence = `Idempotency-Key needs THICKET_OUTCOME_LEVEL=stored; it is ${level} here: send no key`;
    throw new ThicketError('IDEMPOTENCY_KEY_UNSUPPORTED', sentence);
  }
  return key;
}

/** The key with all that makes its request another one: route, parameters, media types and body. */
export function requestKey(
  key: string,
  { path }: JsonRoute | BytesRoute,
  { parameters, replyType }: Pick<Call, 'parameters' | 'replyType'>,
  { type, bytes }: { readonly type: MediaType; readonly bytes: Uint8Array },
): RequestKey {
  const head = JSON.stringify([path, parameters, type.type, [...type.parameters], replyType]);
  const sha256 = createHash('sha256').update(head).update(bytes).digest('hex');
  return { owner: NO_OWNER, key, sha256 };
}
