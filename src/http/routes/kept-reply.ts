import { invariant } from '../../core/errors.ts';
import type { KeptReply } from '../../score/caller.ts';
import type { ReplyText } from '../../store/outcomes/reply-keys.ts';
import type { Reply } from '../server/reply.ts';
import type { Call } from '../server/route.ts';

/** A reply that a keyed route makes. */
export interface PendingReply<Result> {
  /** For the scoring, which stores the reply with its outcomes; null where the request has no key. */
  readonly kept: KeptReply<Result> | null;
  /** The reply, once its result is there. */
  from(result: Promise<Result>): Promise<Reply>;
}

/**
 * The reply of a keyed route. Where the request has a key, it is made before the commit, is stored with the
 * outcomes, and leaves as it was stored. It can be kept with one write alone.
 */
export function keptReply<Result>(
  { key }: Call,
  replyOf: (result: Result) => Reply,
): PendingReply<Result> {
  if (key === null) return { kept: null, from: (result) => result.then(replyOf) };
  let reply: Reply | null = null;
  const replyOnce = (result: Result): Reply => (reply ??= replyOf(result));
  return {
    kept: { key, replyOf: (result) => textOf(replyOnce(result)) },
    from: (result) => result.then(replyOnce), // Made only now where nothing was stored.
  };
}

function textOf({ status, type, body }: Reply): ReplyText {
  invariant(status === 200 && typeof body === 'string', 'a reply that is kept is a text, and good');
  return { type, text: body };
}
