import { ThicketError } from '../../core/errors.ts';
import {
  KeyTaken,
  type RequestKey,
  type StoredReply,
  keyReused,
} from '../../store/outcomes/reply-keys.ts';
import type { Reply } from './reply.ts';

interface UnderWay {
  readonly sha256: string;
  readonly reply: Promise<Reply>;
}

/** The header of a reply that another request has caused, under the name that clients know. */
const REPLAYED = ['Idempotent-Replayed', 'true'] as const;

/**
 * Answers requests that their clients may send again: one of them is answered, and the others get its reply.
 *
 * Each is worked on as if it were the first one, which costs that one nothing more. The store refuses its outcomes
 * where the key has a reply already; and where the work fails, a reply may be there as well, from before.
 */
export class KeyedReplies {
  readonly #find: (key: RequestKey) => Promise<StoredReply | null>;
  /** Requests of this process, by owner and key; other processes meet in the store. */
  readonly #underWay = new Map<string, UnderWay>();

  constructor(find: (key: RequestKey) => Promise<StoredReply | null>) {
    this.#find = find;
  }

  /**
   * Lets go of the work before it returns, and so of the body.
   * @throws {ThicketError} IDEMPOTENCY_KEY_REUSED, or the error of the work.
   */
  answer(key: RequestKey, work: () => Promise<Reply>): Promise<Reply> {
    const name = JSON.stringify([key.owner, key.key]);
    const other = this.#underWay.get(name);
    if (other !== undefined) return replyOfOther(key, other);
    const reply = this.#orStored(key, work()).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, { sha256: key.sha256, reply });
    return reply;
  }

  async #orStored(key: RequestKey, reply: Promise<Reply>): Promise<Reply> {
    try {
      return await reply;
    } catch (error) {
      const stored = isStoreAway(error) ? null : await this.#find(key);
      if (stored !== null) return replyOf(key, stored);
      if (!(error instanceof KeyTaken)) throw error;
      const sentence = 'the reply of this Idempotency-Key has expired in this moment';
      throw new ThicketError('STORE_UNAVAILABLE', sentence, { cause: error });
    }
  }
}

/** Another request has the key now. */
async function replyOfOther(key: RequestKey, { sha256, reply }: UnderWay): Promise<Reply> {
  if (sha256 !== key.sha256) throw keyReused();
  return replayed(await reply);
}

function replyOf(key: RequestKey, { sha256, type, text }: StoredReply): Reply {
  if (sha256 !== key.sha256) throw keyReused();
  return replayed({ status: 200, type, body: text });
}

function replayed(reply: Reply): Reply {
  if (reply.headers?.includes(REPLAYED) === true) return reply;
  return { ...reply, headers: [...(reply.headers ?? []), REPLAYED] };
}

/** Then nothing can be looked up either, and the request is to be sent again anyway. */
function isStoreAway(error: unknown): boolean {
  return error instanceof ThicketError && error.code === 'STORE_UNAVAILABLE';
}
