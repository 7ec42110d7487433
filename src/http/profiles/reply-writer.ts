import type { Prediction, RawPrediction, Scoring } from '../../score/scoring.ts';
import { type Json, objectSchema } from '../openapi/json-schema.ts';
import type { ModelSchemas } from '../openapi/operation.ts';
import { type RowId, rowIdOf } from './row-id.ts';
import { MODEL_SCHEMA, modelJson } from './model-json.ts';
import {
  PREDICTION_ID_SCHEMA,
  type Profile,
  type ProfileJson,
  type RequestFacts,
} from './profile.ts';

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
  /** The entry of a row that a client sent in a list; `list` joins the entries. */
  readonly listed: (prediction: Prediction, echo: string) => string;
  readonly list: (entries: readonly string[], answered: number, counts: BatchCounts) => string;
  readonly schemas: Omit<ModelSchemas, 'Row' | 'RowList' | 'JobRequest'>;
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
  const entry = entryWithId(json);
  const bounds = ({ batchRowsMax, chunkRows }: BatchCounts): string =>
    `"max_batch":${batchRowsMax},"chunk_size":${chunkRows},${model}`;
  return {
    profile: profile.name,
    echo: id.echo,
    one: (prediction, request, echo) => `{${echo}${json.reply(prediction, request)}}`,
    oneRaw: (prediction, request) =>
      `{"raw_id":${prediction.rawId},${json.reply(prediction, request)}}`,
    batch: (predictions, counts) => {
      const count = predictions.length;
      const results = predictions.map((each) => `{"raw_id":${each.rawId},${json.result(each)}}`);
      return (
        `{"count_requested":${counts.requested},"count_found":${count},"count_returned":${count},` +
        `"count_logged":${logged ? count : 0},${bounds(counts)},"results":[${results.join(',')}]}`
      );
    },
    listed: (prediction, echo) => `{${echo}${entry.result(prediction)}}`,
    list: (entries, answered, counts) =>
      `{"count_requested":${counts.requested},"count_returned":${answered},` +
      `"count_refused":${entries.length - answered},"count_logged":${logged ? answered : 0},` +
      `${bounds(counts)},"results":[${entries.join(',')}]}`,
    rowIdName: id.from,
    rowIdSchema: id.rowSchema,
    schemas: {
      Prediction: objectSchema(
        { ...id.replySchema, ...json.replySchema },
        Object.keys(json.replySchema),
      ),
      RawPrediction: objectSchema({ raw_id: INTEGER, ...json.replySchema }),
      BatchPrediction: batchSchema(json.resultSchema),
      ListPrediction: listSchema(id.replySchema, entry.resultSchema),
    },
  };
}

/** A profile may leave the id out of entries, and clients of a list find what is stored by it. */
function entryWithId({
  result,
  resultSchema,
}: ProfileJson): Pick<ProfileJson, 'result' | 'resultSchema'> {
  if (Object.hasOwn(resultSchema, 'prediction_id')) return { result, resultSchema };
  return {
    result: (prediction) => `"prediction_id":${prediction.id},${result(prediction)}`,
    resultSchema: { prediction_id: PREDICTION_ID_SCHEMA, ...resultSchema },
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

function listSchema(id: Json, entry: Json): Json {
  const refused = { error: { type: 'array', items: { $ref: '#/components/schemas/Issue' } } };
  return objectSchema({
    count_requested: INTEGER,
    count_returned: INTEGER,
    count_refused: INTEGER,
    count_logged: INTEGER,
    max_batch: INTEGER,
    chunk_size: INTEGER,
    ...MODEL_SCHEMA,
    results: {
      type: 'array',
      description: 'In the order of the rows',
      items: {
        anyOf: [
          { title: 'Answered', ...objectSchema({ ...id, ...entry }, Object.keys(entry)) },
          { title: 'Refused', ...objectSchema({ ...id, ...refused }, ['error']) },
        ],
      },
    },
  });
}
