import type { MicroBatcher } from '../batch/micro-batcher.ts';
import { ThicketError, invariant } from '../core/errors.ts';
import { readAhead } from '../core/read-ahead.ts';
import type { RawRow, RawValues, ValidRow } from '../core/rows.ts';
import { Service } from '../core/service.ts';
import type { Answer } from '../model/plan/head.ts';
import type { IdentifiedRow } from '../data/raw-rows.ts';
import type { OutcomeLevel } from '../ops/config.ts';
import type { LiveModel } from '../live/live-model.ts';
import type { Guard } from '../store/outcomes/guard.ts';
import type { OutcomeWriter } from '../store/outcomes/outcome-writer.ts';
import { ALWAYS, type Caller, type KeptReply, NOBODY } from './caller.ts';
import type { Observation } from './observation.ts';
import {
  type ListOptions,
  type ListedRow,
  type RefusedRow,
  isTaken,
  refuseUnlessWhole,
  withAnswers,
} from './listed-rows.ts';
import { type ScoredRow, compileDrafts } from './outcomes.ts';
import { type RawRowSource, validateRawRow, withoutAnswer } from './raw-row.ts';
import type { RefusedRawRow, ScoredRawRows, StoreScored } from './walked-rows.ts';

export interface ScoringOptions {
  readonly live: LiveModel;
  /** SHA-256 of what the model was loaded from, in hex; its outcomes carry it. */
  readonly digest: string;
  readonly batcher: Pick<MicroBatcher, 'answer' | 'stop' | 'queuedRows'>;
  readonly level: OutcomeLevel;
  /** Resolves with the ids when the outcomes are as durable as asked; all of a call or none. */
  readonly write: OutcomeWriter['write'];
  /** The ids of the outcomes that the guard kept; null for the others. */
  readonly writeGuarded: OutcomeWriter['writeGuarded'];
  readonly rawRows: RawRowSource;
  /** Raw rows read and scored at a time. */
  readonly chunkRows: number;
  /** Sees every answered row, also where its outcome cannot be stored. */
  readonly observation?: Observation | undefined;
}

/** The result of one row for its caller. */
export interface Prediction {
  readonly answer: Answer;
  /** Null at level `none`. */
  readonly id: number | null;
}

/** The results of a list, in its order. */
export type ListResult = readonly (Prediction | RefusedRow)[];

export interface RawPrediction extends Prediction {
  readonly rawId: number;
}

interface ScoredRawRow extends ScoredRow {
  readonly rawId: number;
}

/** A row whose outcome is stored only where a guard keeps it. */
export interface GuardedRow {
  /** As `live.validate` or `rawRows` has given it. */
  readonly row: ValidRow;
  /** Null for a row that a client sent. */
  readonly rawId: number | null;
  readonly jobId: string;
}

/** The way of every row through one live model, from what was sent to what is stored. */
export class Scoring extends Service {
  readonly live: LiveModel;
  readonly digest: string;
  readonly level: OutcomeLevel;
  /** The name of the table that raw ids belong to, for messages. */
  readonly rawTable: string;
  readonly #batcher: ScoringOptions['batcher'];
  readonly #write: ScoringOptions['write'];
  readonly #writeGuarded: ScoringOptions['writeGuarded'];
  readonly #rawRows: ScoringOptions['rawRows'];
  readonly #chunkRows: number;
  readonly #observation: Observation | undefined;
  readonly #draftOf: ReturnType<typeof compileDrafts>;
  #calls = 0;
  readonly #idle: (() => void)[] = [];

  constructor(options: ScoringOptions) {
    super();
    this.live = options.live;
    this.digest = options.digest;
    this.level = options.level;
    this.#batcher = options.batcher;
    this.#write = options.write;
    this.#writeGuarded = options.writeGuarded;
    this.rawTable = options.rawRows.table;
    this.#rawRows = options.rawRows;
    this.#chunkRows = options.chunkRows;
    this.#observation = options.observation;
    this.#draftOf = compileDrafts(options.live, options.digest);
  }

  /** Rows admitted and not yet scored. */
  get queuedRows(): number {
    return this.#batcher.queuedRows;
  }

  /** Finishes every call that has begun, then lets the model go. */
  protected override async onStop(): Promise<void> {
    if (this.#calls > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#batcher.stop();
    this.#observation?.flush(this.live);
    this.live.close();
  }

  /**
   * A row as a client sent it. It is let go at once: no closure holds it while the outcome is stored.
   * @throws {KeyTaken} Here and below, where the reply is to be kept: its key has one already.
   */
  predict(
    raw: RawRow,
    requestId: string | null,
    isAwaited: () => boolean = ALWAYS,
    kept: KeptReply<Prediction> | null = null,
  ): Promise<Prediction> {
    try {
      return this.#predictValid(this.live.validate(raw), requestId, isAwaited, kept);
    } catch (error) {
      return Promise.reject(error); // ROW_INVALID names every field that is wrong.
    }
  }

  #predictValid(
    valid: ValidRow,
    requestId: string | null,
    isAwaited: () => boolean,
    kept: KeptReply<Prediction> | null,
  ): Promise<Prediction> {
    return this.#counted(async () => {
      const [answer] = await this.#batcher.answer([valid]); // QUEUE_FULL when too many rows wait.
      if (!answer) throw withoutAnswer();
      const scored = [{ row: valid, answer, rawId: null }];
      this.#observation?.add(scored, this.live);
      const resultOf = ([id]: readonly number[]): Prediction => ({ answer, id: id ?? null });
      // QUEUE_FULL, STORE_UNAVAILABLE: not stored.
      return this.#stored(scored, { requestId, isAwaited, kept }, resultOf);
    });
  }

  /**
   * Rows that a client sent together, in their order; a refused one stands in its place. The others are stored
   * in one piece, or none. A chunk is read while the one before it is scored.
   * @throws {ThicketError} ROW_INVALID where a row is refused and `onError` is `reject`: nothing is stored.
   */
  predictList(
    chunks: AsyncIterable<readonly ListedRow[]>,
    { requestId, isAwaited = ALWAYS, kept = null, onError }: ListOptions<ListResult>,
  ): Promise<ListResult> {
    return this.#counted(async () => {
      const list: (ScoredRow | RefusedRow)[] = [];
      for await (const chunk of readAhead(chunks)) {
        const answers = await this.#batcher.answer(chunk.filter(isTaken));
        for (const each of withAnswers(chunk, answers)) list.push(each);
      }
      if (onError === 'reject') refuseUnlessWhole(list);
      const scored = list.filter(isTaken);
      this.#observation?.add(scored, this.live);
      const resultOf = (ids: readonly number[]): ListResult => {
        let next = 0;
        return list.map((each) =>
          isTaken(each) ? { answer: each.answer, id: ids[next++] ?? null } : each,
        );
      };
      return this.#stored(scored, { requestId, isAwaited, kept }, resultOf);
    });
  }

  /** @throws {ThicketError} ROW_UNKNOWN when the store has no such row. */
  async predictRawId(
    rawId: number,
    requestId: string | null,
    isAwaited: () => boolean = ALWAYS,
    kept: KeptReply<RawPrediction> | null = null,
  ): Promise<RawPrediction> {
    const keptOne = kept && { ...kept, replyOf: (all: RawPrediction[]) => kept.replyOf(all[0]!) };
    const [prediction] = await this.predictRawIds([rawId], requestId, isAwaited, keptOne);
    if (prediction === undefined) {
      throw new ThicketError('ROW_UNKNOWN', `raw_id=${rawId} not found in ${this.rawTable}`);
    }
    return prediction;
  }

  /**
   * Rows of the store, in the order of the ids, which must differ; absent ones are left out. A chunk is
   * read while the one before it is scored; all are stored in one piece, or none.
   */
  predictRawIds(
    rawIds: readonly number[],
    requestId: string | null,
    isAwaited: () => boolean = ALWAYS,
    kept: KeptReply<RawPrediction[]> | null = null,
  ): Promise<RawPrediction[]> {
    return this.#counted(async () => {
      const scored: ScoredRawRow[] = [];
      for await (const chunk of readAhead(this.#chunks(rawIds))) {
        for (const each of await this.#scoreChunk(chunk)) scored.push(each);
      }
      const resultOf = (ids: readonly number[]): RawPrediction[] =>
        scored.map(({ rawId, answer }, at) => ({ rawId, answer, id: ids[at] ?? null }));
      return this.#stored(scored, { requestId, isAwaited, kept }, resultOf);
    });
  }

  /**
   * For walking through a whole table: of rows that were read already, those that the model takes are scored and
   * stored in one piece, and the others are returned with the reason.
   * @param store Stores them in the place of the writer, whatever the level is.
   */
  scoreRawRows(rows: readonly IdentifiedRow[], store?: StoreScored): Promise<ScoredRawRows> {
    return this.#counted(async () => {
      const refused: RefusedRawRow[] = [];
      const taken: { rawId: number; row: ValidRow }[] = [];
      for (const { id, values } of rows) {
        try {
          taken.push({ rawId: id, row: this.#validRawRow(id, values) });
        } catch (error) {
          if (!(error instanceof ThicketError)) throw error;
          refused.push({ rawId: id, reason: error.message });
        }
      }
      const answers = await this.#batcher.answer(taken.map(({ row }) => row));
      const scored: ScoredRawRow[] = [];
      taken.forEach(({ rawId, row }, at) => {
        const answer = answers[at]!;
        if (answer !== null) scored.push({ row, answer, rawId });
        else refused.push({ rawId, reason: this.#withoutAnswer(rawId).message });
      });
      this.#observation?.add(scored, this.live);
      const result = { stored: scored.length, refused };
      if (store === undefined) return this.#stored(scored, NOBODY, () => result);
      await store(this.#draftsOf(scored, null), refused);
      return result;
    });
  }

  /** The stored rows of these ids that there are; a row is checked when it is asked for, and may be ROW_INVALID. */
  async rawRows(ids: readonly number[]): Promise<ReadonlyMap<number, () => ValidRow>> {
    if (ids.length === 0) return new Map();
    const found = await this.#rawRows.byIds(ids);
    return new Map([...found].map(([id, values]) => [id, () => this.#validRawRow(id, values)]));
  }

  /**
   * Rows scored in one batch; their outcomes are stored by one commit with what the guard does, whatever
   * the level: those that the guard keeps.
   * @throws {ThicketError} ROW_INVALID when the model does not answer one of them: then none is stored.
   */
  scoreGuarded(rows: readonly GuardedRow[], guard: Guard): Promise<readonly (number | null)[]> {
    return this.#counted(async () => {
      const answers = await this.#batcher.answer(rows.map(({ row }) => row));
      const scored = rows.map(({ row, rawId, jobId }, at) => {
        const answer = answers[at]!;
        if (answer === null) {
          throw rawId === null ? withoutAnswer() : this.#withoutAnswer(rawId);
        }
        return { row, answer, rawId, jobId };
      });
      this.#observation?.add(scored, this.live);
      const drafts = scored.map((each) =>
        Object.assign(this.#draftOf(each, null), { jobId: each.jobId }),
      );
      return this.#writeGuarded(drafts, guard);
    });
  }

  async *#chunks(
    rawIds: readonly number[],
  ): AsyncGenerator<readonly IdentifiedRow[], void, undefined> {
    for (let first = 0; first < rawIds.length; first += this.#chunkRows) {
      const asked = rawIds.slice(first, first + this.#chunkRows);
      const found = await this.#rawRows.byIds(asked);
      yield asked.flatMap((id) => (found.has(id) ? [{ id, values: found.get(id)! }] : []));
    }
  }

  async #scoreChunk(rows: readonly IdentifiedRow[]): Promise<readonly ScoredRawRow[]> {
    const valid = rows.map(({ id, values }) => this.#validRawRow(id, values));
    const answers = await this.#batcher.answer(valid);
    const scored = answers.map((answer, at): ScoredRawRow => {
      const { id: rawId } = rows[at]!;
      if (answer === null) throw this.#withoutAnswer(rawId);
      return { row: valid[at]!, answer, rawId };
    });
    this.#observation?.add(scored, this.live);
    return scored;
  }

  #validRawRow(rawId: number, values: RawValues): ValidRow {
    return validateRawRow({ table: this.rawTable, rawId }, values, this.live.validateList);
  }

  #withoutAnswer(rawId: number): ThicketError {
    return withoutAnswer({ table: this.rawTable, rawId });
  }

  /** The result with the outcomes' ids, once they are as durable as the level says; without ids at level `none`. */
  async #stored<Result>(
    scored: readonly ScoredRow[],
    { requestId, isAwaited, kept }: Caller<Result>,
    resultOf: (ids: readonly number[]) => Result,
  ): Promise<Result> {
    if (this.level === 'none' || scored.length === 0) return resultOf([]);
    // A client that never learns of its row would send it again.
    if (!isAwaited())
      throw new ThicketError('CLIENT_GONE', 'the client did not wait for its answer');
    const drafts = this.#draftsOf(scored, requestId);
    const reply = kept && {
      key: kept.key,
      replyOf: (ids: readonly number[]) => kept.replyOf(resultOf(ids)),
    };
    const ids = await this.#write(drafts, this.level, reply);
    invariant(ids.length === drafts.length, 'every outcome has an id');
    return resultOf(ids);
  }

  #draftsOf(scored: readonly ScoredRow[], requestId: string | null) {
    return scored.map((each) => this.#draftOf(each, requestId));
  }

  async #counted<Result>(call: () => Promise<Result>): Promise<Result> {
    this.#calls++;
    try {
      return await call();
    } finally {
      this.#calls--;
      if (this.#calls === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
