import { ThicketError } from '../../core/errors.ts';
import { type MediaType, parseMediaType } from './media-type.ts';
import type { BytesRoute, JsonRoute } from './route.ts';
import type { HttpRequest, HttpResponse } from './uws.ts';

/**
 * The media type of the body. A body is refused for what its headers say before a byte of it is kept.
 * @throws {ThicketError} CONTENT_TYPE_UNSUPPORTED or BODY_TOO_LARGE.
 */
export function checkBodyHeaders(
  req: HttpRequest,
  route: JsonRoute | BytesRoute,
  bodyBytesMax: number,
): MediaType {
  const type = mediaType(req.getHeader('content-type'), route);
  const encoding = req.getHeader('content-encoding');
  if (encoding !== '' && encoding !== 'identity') {
    throw unsupported(`the body must not be encoded, and is ${JSON.stringify(encoding)}`);
  }
  if (Number(req.getHeader('content-length')) > bodyBytesMax) throw tooLarge(bodyBytesMax);
  return type;
}

const JSON_TYPE = 'application/json';
const JSON_UTF8 = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i;

const JSON_MEDIA_TYPE: MediaType = { type: JSON_TYPE, parameters: new Map() };

function mediaType(header: string, route: JsonRoute | BytesRoute): MediaType {
  if (route.body === 'json') {
    if (header === JSON_TYPE || JSON_UTF8.test(header)) return JSON_MEDIA_TYPE;
    throw unsupported(`the body must be ${JSON_TYPE} in UTF-8, not ${JSON.stringify(header)}`);
  }
  const type = parseMediaType(header);
  if (route.mediaTypes.includes(type.type)) return type;
  throw unsupported(
    `the body must be ${route.mediaTypes.join(' or ')}, not ${JSON.stringify(header)}`,
  );
}

/**
 * Reads the body and hands on its bytes, which are good until `done` returns. Nothing is handed on for a
 * client that goes away. What comes after a body has grown too large is received and dropped, so that the
 * client reads the refusal and not a reset.
 */
export function readBody(
  res: HttpResponse,
  bodyBytesMax: number,
  done: (error: ThicketError | null, bytes: Buffer) => void,
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
      done(tooLarge(bodyBytesMax), NO_BYTES);
      return;
    }
    if (!isLast) {
      // The chunk is gone after this call: what is kept must be a copy.
      kept.push(Buffer.from(new Uint8Array(chunk)));
      return;
    }
    const last = Buffer.from(chunk);
    done(null, kept.length === 0 ? last : Buffer.concat([...kept, last]));
  });
}

const NO_BYTES = Buffer.alloc(0);

function unsupported(sentence: string): ThicketError {
  return new ThicketError('CONTENT_TYPE_UNSUPPORTED', sentence);
}

function tooLarge(bodyBytesMax: number): ThicketError {
  return new ThicketError('BODY_TOO_LARGE', `the body is larger than ${bodyBytesMax} bytes`);
}
