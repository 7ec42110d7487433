import { ThicketError } from '../../core/errors.ts';
import { arrayLiteral } from '../array-literal.ts';
import type { Sql } from '../client.ts';
import { isLockedOut } from '../failures.ts';
import type { Store } from '../store.ts';
import { GuardFailure } from './guard-failure.ts';
import type { Group } from './outcome-buffer.ts';

/** A request that its client may send again, by the key that the client chose for it. */
export interface RequestKey {
  /** Two owners may choose the same key. */
  readonly owner: string;
  readonly key: string;
  /** Of all that makes the request another one, in hex: a key is good for one request. */
  readonly sha256: string;
}

/** A reply that is stored together with the outcomes that it answers with. */
export interface KeyedReply extends RequestKey, ReplyText {}

export interface ReplyText {
  /** Its media type. */
  readonly type: string;
  readonly text: string;
}

export type StoredReply = Pick<KeyedReply, 'sha256' | 'type' | 'text'>;

/** The key had a reply already when the outcomes were about to be stored; none of them is. */
export class KeyTaken extends Error {
  constructor() {
    super('the key of the request has a reply already');
  }
}

/**
 * Stores the replies of groups that have a key, by one statement inside the caller's transaction. A key that another
 * transaction is storing is waited for; a lock timeout bounds it.
 * @returns The groups whose keys were free. The outcomes of the others are not to be stored.
 * @throws {GuardFailure} One of the keys was waited for too long. The transaction has been rolled back.
 */
export async function claimKeys(tx: Sql, groups: readonly Group[]): Promise<ReadonlySet<Group>> {
  const claims = groups.map((group) => {
    const keyed = group.keyed!;
    return { ...keyed, group, name: nameOf(keyed) };
  });
  // Two transactions that take the same keys in the same order cannot block each other for ever.
  claims.sort((a, b) => (a.name < b.name ? -1 : 1));
  try {
    const free = await tx<{ owner: string; key: string }[]>`
      insert into idempotency_keys (owner, key, body_sha256, reply, reply_type)
      select owner, key, decode(sha256, 'hex'), reply, type
      from unnest(
        ${arrayLiteral(claims, ({ owner }) => owner)}::text::text[],
        ${arrayLiteral(claims, ({ key }) => key)}::text::text[],
        ${arrayLiteral(claims, ({ sha256 }) => sha256)}::text::text[],
        ${arrayLiteral(claims, ({ text }) => text)}::text::text[],
        ${arrayLiteral(claims, ({ type }) => type)}::text::text[]
      ) as claim (owner, key, sha256, reply, type)
      on conflict do nothing returning owner, key`;
    const names = new Set(free.map(nameOf));
    // A key that stands twice is the first group's.
    return new Set(claims.filter(({ name }) => names.delete(name)).map(({ group }) => group));
  } catch (error) {
    if (!isLockedOut(error)) throw error;
    await tx`rollback`;
    const sentence = 'a request with the same Idempotency-Key is still being stored';
    const known = new ThicketError('STORE_UNAVAILABLE', sentence, { cause: error });
    throw new GuardFailure(groups, known);
  }
}

/** The reply that is stored under a key, whatever the request was. */
export async function findReply(
  store: Pick<Store, 'query'>,
  { owner, key }: RequestKey,
): Promise<StoredReply | null> {
  const [found] = await store.query(
    (sql) => sql<StoredReply[]>`
      select encode(body_sha256, 'hex') as sha256, reply_type as type, reply as text
      from idempotency_keys where owner = ${owner} and key = ${key}`,
  );
  return found ?? null;
}

/** The key belongs to another request. */
export function keyReused(): ThicketError {
  const sentence = 'Idempotency-Key was sent before with another route or body: take a new key';
  const loc = ['header', 'Idempotency-Key'];
  const issues = [{ type: 'idempotency_key_reused', loc, msg: sentence }];
  return new ThicketError('IDEMPOTENCY_KEY_REUSED', sentence, { issues });
}

/** Neither part can hold the sign between them: Postgres has no text with it. */
function nameOf({ owner, key }: Pick<RequestKey, 'owner' | 'key'>): string {
  return `${owner}\0${key}`;
}
