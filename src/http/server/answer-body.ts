import type { ThicketError } from '../../core/errors.ts';
import { readJson } from './json/read-json.ts';
import type { MediaType } from './media-type.ts';
import type { Reply } from './reply.ts';
import type { BytesRoute, Call, JsonRoute } from './route.ts';

/** A body as it came, or the reason why it did not. */
export interface ReceivedBody {
  readonly error: ThicketError | null;
  readonly type: MediaType;
  /** Good until the current turn of the event loop ends. */
  readonly bytes: Buffer;
}

/** Apart and not `async`, because a function that waits for the answer would hold the body meanwhile. */
export function answerOf(
  route: JsonRoute | BytesRoute,
  call: Call,
  { error, type, bytes }: ReceivedBody,
): Promise<Reply> {
  try {
    if (error !== null) throw error;
    const answer =
      route.body === 'json'
        ? route.answer(call, readJson(bytes, route.reads(call)))
        : route.answer(call, { ...type, bytes: Buffer.from(bytes) }); // A copy, for the route to keep.
    return Promise.resolve(answer);
  } catch (reason) {
    return Promise.reject(reason);
  }
}
