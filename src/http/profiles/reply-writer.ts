import type { Prediction, RawPrediction, Scoring } from '../../score/scoring.ts';
import { type Json, objectSchema } from '../openapi/json-schema.ts';
import type { ModelSchemas } from '../openapi/operation.ts';
import { type RowId, rowIdOf } from './row-id.ts';
import { MODEL_SCHEMA, modelJson } from './model-json.ts';
import type { Profile, RequestFacts } from './profile.ts';

/** Replies of one model as JSON text. */
export interface ReplyWriter {
  /** The name of the profile. */
  readonly profile: string;
  /**
   * The id of a row as its reply repeats it, behind which `one` goes on; empty for a row without one.
   * @throws {ThicketError} ROW_INVALID for an id that is neither text nor number.
   */
  readonly echo: RowId['echo'];
  readonly one: (prediction: Prediction, request: RequestFacts, echo: string) => string;
  readonly oneRaw: (prediction: RawPrediction, request: RequestFacts) => string;
  readonly batch: (predictions: readonly RawPrediction[], counts: BatchCounts) => string;
  readonly schemas: Omit<ModelSchemas, 'Row'>;
  /** The name that a row's id has in the row; null where rows have none. */
  readonly rowIdName: string | null;
  /** The property of a row that is its id. */
  readonly rowIdSchema: Json;
}

export interface BatchCounts {
  readonly requested: number;
  readonly batchRowsMax: number;
  readonly chunkRows: number;
}

export function compileReplyWriter(
  { live, level }: Pick<Scoring, 'live' | 'level'>,
  profile: Profile,
): ReplyWriter {
  const json = profile.compile(live, level);
  const id = rowIdOf(profile, live.metadata);
  const model = modelJson(live.metadata);
  const logged = level === 'stored';
  return {
    profile: profile.name,
    echo: id.echo,
    one: (prediction, request, echo) => `{${echo}${json.reply(prediction, request)}}`,
    oneRaw: (prediction, request) =>
      `{"raw_id":${prediction.rawId},${json.reply(prediction, request)}}`,
    batch: (predictions, { requested, batchRowsMax, chunkRows }) => {
      const count = predictions.length;
      const results = predictions.map((each) => `{"raw_id":${each.rawId},${json.result(each)}}`);
      return (
        `{"count_requested":${requested},"count_found":${count},"count_returned":${count},` +
        `"count_logged":${logged ? count : 0},"max_batch":${batchRowsMax},"chunk_size":${chunkRows},` +
        `${model},"results":[${results.join(',')}]}`
      );
    },
    rowIdName: id.from,
    rowIdSchema: id.rowSchema,
    schemas: {
      Prediction: objectSchema(
        { ...id.replySchema, ...json.replySchema },
        Object.keys(json.replySchema),
      ),
      RawPrediction: objectSchema({ raw_id: INTEGER, ...json.replySchema }),
      BatchPrediction: batchSchema(json.resultSchema),
    },
  };
}

const INTEGER: Json = { type: 'integer' };

function batchSchema(result: Json): Json {
  return objectSchema({
    count_requested: INTEGER,
    count_found: INTEGER,
    count_returned: INTEGER,
    count_logged: INTEGER,
    max_batch: INTEGER,
    chunk_size: INTEGER,
    ...MODEL_SCHEMA,
    results: { type: 'array', items: objectSchema({ raw_id: INTEGER, ...result }) },
  });
}
