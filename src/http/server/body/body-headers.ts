import { ThicketError } from '../../../core/errors.ts';
import { type MediaType, parseMediaType } from '../media-type.ts';
import type { BytesRoute, JsonRoute } from '../route.ts';
import type { HttpRequest } from '../uws.ts';
import { tooLarge } from './incoming-body.ts';

export interface BodyHeaders {
  readonly type: MediaType;
  /** The announced bytes; 0 where no length is announced. */
  readonly length: number;
}

/**
 * Reads what the headers say of the body. A body is refused for that before a byte of it is kept.
 * @throws {ThicketError} CONTENT_TYPE_UNSUPPORTED or BODY_TOO_LARGE.
 */
export function readBodyHeaders(
  req: HttpRequest,
  route: JsonRoute | BytesRoute,
  bodyBytesMax: number,
): BodyHeaders {
  const type = mediaType(req.getHeader('content-type'), route);
  const encoding = req.getHeader('content-encoding');
  if (encoding !== '' && encoding !== 'identity') {
    throw unsupported(`the body must not be encoded, and is ${JSON.stringify(encoding)}`);
  }
  const length = Number(req.getHeader('content-length'));
  if (length > bodyBytesMax) throw tooLarge(bodyBytesMax);
  return { type, length };
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

function unsupported(sentence: string): ThicketError {
  return new ThicketError('CONTENT_TYPE_UNSUPPORTED', sentence);
}
