import { isUtf8 } from 'node:buffer';

import { ThicketError } from '../../core/errors.ts';
import type { HttpRequest, HttpResponse } from './uws.ts';

/**
 * Refuses what the headers already tell, before a byte of the body is kept.
 * @throws {ThicketError} CONTENT_TYPE_UNSUPPORTED or BODY_TOO_LARGE.
 */
export function checkBodyHeaders(req: HttpRequest, bodyBytesMax: number): void {
  const type = req.getHeader('content-type');
  if (type !== 'application/json' && !JSON_UTF8.test(type)) {
    const sentence = `the body must be application/json in UTF-8, not ${JSON.stringify(type)}`;
    throw new ThicketError('CONTENT_TYPE_UNSUPPORTED', sentence);
  }
  const encoding = req.getHeader('content-encoding');
  if (encoding !== '' && encoding !== 'identity') {
    const sentence = `the body must not be encoded, and is ${JSON.stringify(encoding)}`;
    throw new ThicketError('CONTENT_TYPE_UNSUPPORTED', sentence);
  }
  if (Number(req.getHeader('content-length')) > bodyBytesMax) throw tooLarge(bodyBytesMax);
}

const JSON_UTF8 = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i;

/**
 * Reads the body and hands on the JSON value in it. Nothing is handed on for a client that goes away;
 * what comes after a body has grown too large is received and dropped, so that the client reads the
 * refusal and not a reset.
 */
export function readJson(
  res: HttpResponse,
  bodyBytesMax: number,
  done: (error: ThicketError | null, value: unknown) => void,
): void {
  let kept: Buffer[] = [];
  let bytes = 0;
  let refused = false;
  res.onData((chunk, isLast) => {
    if (refused) return;
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) {
      refused = true;
      kept = [];
      done(tooLarge(bodyBytesMax), undefined);
      return;
    }
    if (!isLast) {
      // The chunk is gone after this call: what is kept must be a copy.
      kept.push(Buffer.from(new Uint8Array(chunk)));
      return;
    }
    const last = Buffer.from(chunk);
    const body = kept.length === 0 ? last : Buffer.concat([...kept, last]);
    const [error, value] = parse(body);
    done(error, value);
  });
}

function parse(body: Buffer): [error: ThicketError | null, value: unknown] {
  if (body.length === 0) return [malformed('the body is empty; a JSON object is needed'), null];
  if (!isUtf8(body)) return [malformed('the body is not UTF-8'), null];
  try {
    return [null, JSON.parse(body.toString('utf8'))];
  } catch {
    return [malformed('the body is not JSON'), null];
  }
}

function malformed(sentence: string): ThicketError {
  return new ThicketError('BODY_MALFORMED', sentence);
}

function tooLarge(bodyBytesMax: number): ThicketError {
  return new ThicketError('BODY_TOO_LARGE', `the body is larger than ${bodyBytesMax} bytes`);
}
