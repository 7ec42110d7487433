import type { ReplyText, RequestKey } from '../store/outcomes/reply-keys.ts';

/** A reply that is stored in one commit with the outcomes it answers with; at level `stored` only. */
export interface KeptReply<Result> {
  readonly key: RequestKey;
  /** The reply to the result, whose ids are those that are about to be stored. */
  readonly replyOf: (result: Result) => ReplyText;
}

/** The one that asks for rows, as far as storing them goes. */
export interface Caller<Result> {
  readonly requestId: string | null;
  /** False once the client is gone. */
  readonly isAwaited: () => boolean;
  readonly kept: KeptReply<Result> | null;
}

/** Of callers that nobody can leave. */
export const ALWAYS = (): boolean => true;

/** A command, whose rows are no request's. */
export const NOBODY: Caller<unknown> = { requestId: null, isAwaited: ALWAYS, kept: null };
