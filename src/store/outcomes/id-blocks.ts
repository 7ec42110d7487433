import type { Store } from '../store.ts';

interface Block {
  next: number;
  readonly end: number;
}

/**
 * Ids for predictions, taken in whole blocks: the sequence's increment is a block's size, so a reply
 * does not wait for the database to number its row, and a plain insert by another program never
 * collides. The rest of a block when the process ends is never used: there are 2^53 ids.
 */
export class IdBlocks {
  readonly #store: Store;
  readonly #reserve: number;
  #blocks: Block[] = [];
  #left = 0;
  #refill: Promise<void> | null = null;

  /** @param reserve Ids to have at hand beyond those taken: for rows admitted while the store is away. */
  constructor(store: Store, reserve: number) {
    this.#store = store;
    this.#reserve = reserve;
  }

  get left(): number {
    return this.#left;
  }

  /** @throws {ThicketError} STORE_UNAVAILABLE when there are too few and the store cannot be asked. */
  async take(count: number): Promise<number[]> {
    while (this.#left < count) await this.refill(count);
    const ids = this.#taken(count);
    // The store may be away: then the next call that runs out gets the error.
    if (this.#left < this.#reserve) this.refill(0).catch(() => {});
    return ids;
  }

  /** Joins a refill that is under way. */
  refill(count: number): Promise<void> {
    this.#refill ??= this.#fetch(count + this.#reserve).finally(() => (this.#refill = null));
    return this.#refill;
  }

  async #fetch(wanted: number): Promise<void> {
    const [sequence] = await this.#store.query(
      (sql) => sql<{ size: number }[]>`
        select seqincrement as size from pg_sequence
        where seqrelid = 'predictions_id_seq'::regclass`,
    );
    const size = sequence!.size;
    // One block more than is missing, so that this comes once a block and not with every row.
    const blocks = Math.ceil(Math.max(0, wanted - this.#left) / size) + 1;
    const rows = await this.#store.query(
      (sql) => sql<{ first: number }[]>`
        select nextval('predictions_id_seq') as first from generate_series(1, ${blocks}::int)`,
    );
    for (const { first } of rows) this.#blocks.push({ next: first, end: first + size });
    this.#left += rows.length * size;
  }

  #taken(count: number): number[] {
    const ids: number[] = [];
    while (ids.length < count) {
      const block = this.#blocks[0]!;
      while (block.next < block.end && ids.length < count) ids.push(block.next++);
      if (block.next === block.end) this.#blocks.shift();
    }
    this.#left -= count;
    return ids;
  }
}
