import { PARSED_BYTES_MAX, readJson } from '../json/read-json.ts';
import type { MediaType } from '../media-type.ts';
import type { Reply } from '../reply.ts';
import type { BytesRoute, Call, JsonRoute } from '../route.ts';
import type { ReceivedBytes } from './incoming-body.ts';
import type { ReadingTurns } from './reading-turns.ts';

export interface ReceivedBody extends ReceivedBytes {
  readonly type: MediaType;
}

/**
 * The answer of a route to a body. Not `async`, because a function that waits for the answer would hold the body
 * meanwhile.
 */
export function answerOf(
  route: JsonRoute | BytesRoute,
  call: Call,
  { error, type, bytes, areKept }: ReceivedBody,
  turns: ReadingTurns,
): Promise<Reply> {
  try {
    if (error !== null) throw error;
    if (route.body === 'bytes') {
      const kept = areKept ? bytes : Buffer.from(bytes);
      const body = { ...type, bytes: kept, readJson: turns.readerOf(kept, call.isAwaited) };
      return Promise.resolve(route.answer(call, body));
    }
    const shape = route.reads(call);
    if (bytes.length <= PARSED_BYTES_MAX) {
      return Promise.resolve(route.answer(call, readJson(bytes, shape)));
    }
    const read = turns.readerOf(areKept ? bytes : Buffer.from(bytes), call.isAwaited);
    return read(shape).then((value) => route.answer(call, value));
  } catch (reason) {
    return Promise.reject(reason);
  }
}
