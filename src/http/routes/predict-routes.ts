import { ThicketError } from '../../core/errors.ts';
import type { RawRow } from '../../core/rows.ts';
import type { Prediction, RawPrediction, Scoring } from '../../score/scoring.ts';
import type { ErrorStatus } from '../openapi/errors.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import type { ReplyWriter } from '../profiles/reply-writer.ts';
import type { ServerContext } from '../server/context.ts';
import { jsonTextReply } from '../server/reply.ts';
import { type ObjectShape, SINGLE } from '../server/json/shape.ts';
import type { JsonRoute, Route } from '../server/route.ts';
import { FIRST_MODEL, type ModelPlace, NAMED_MODEL, askedModel } from './asked-model.ts';
import { keptReply } from './kept-reply.ts';
import { predictRows } from './predict-rows.ts';
import { RAW_ID, RAW_IDS_SHAPE, RAW_ID_SHAPE, rawIdOf, rawIdsOf, rawIdsSchema } from './raw-ids.ts';

type WriterOf = (scoring: Scoring) => ReplyWriter;

/** The routes that score rows. */
export function predictRoutes(
  context: ServerContext,
  writerOf: WriterOf,
  shapeOf: (scoring: Scoring) => ObjectShape,
): readonly Route[] {
  const { batchRowsMax } = context.config;
  const rawIds = rawIdsSchema(batchRowsMax);
  return [FIRST_MODEL, NAMED_MODEL].flatMap((place) => [
    predictOne(place, context, writerOf, shapeOf),
    predictRows(place, context, writerOf, shapeOf),
    predictByRawId(place, context, writerOf),
    predictByRawIds(place, context, writerOf, rawIds),
  ]);
}

function predictOne(
  place: ModelPlace,
  context: ServerContext,
  writerOf: WriterOf,
  shapeOf: (scoring: Scoring) => ObjectShape,
): JsonRoute {
  return {
    ...placed(place, '/predict'),
    operation: {
      operationId: operationId(place, 'predict'),
      summary: 'Predict from the fields of one row',
      request: 'Row',
      reply: 'Prediction',
      errors: place.model === 'first' ? ERRORS : [...ERRORS, 404],
    },
    reads({ parameters }) {
      const scoring = context.models.find(parameters['name']);
      return scoring === null ? SINGLE : shapeOf(scoring);
    },
    answer(call, body) {
      const scoring = askedModel(context, call);
      const { requestId, isAwaited } = call;
      const writer = writerOf(scoring);
      const echo = writer.echo(body);
      const reply = keptReply(call, (row: Prediction) =>
        jsonTextReply(writer.one(row, call, echo)),
      );
      return reply.from(scoring.predict(body as RawRow, requestId, isAwaited, reply.kept));
    },
  };
}

function predictByRawId(place: ModelPlace, context: ServerContext, writerOf: WriterOf): JsonRoute {
  return {
    ...placed(place, '/predict/by-raw-id'),
    operation: {
      operationId: operationId(place, 'predictByRawId'),
      summary: 'Predict for a stored row',
      request: RAW_ID,
      reply: 'RawPrediction',
      errors: [...ERRORS, 404],
    },
    reads: () => RAW_ID_SHAPE,
    answer(call, body) {
      const scoring = askedModel(context, call);
      const { requestId, isAwaited } = call;
      const writer = writerOf(scoring);
      const reply = keptReply(call, (row: RawPrediction) =>
        jsonTextReply(writer.oneRaw(row, call)),
      );
      return reply.from(scoring.predictRawId(rawIdOf(body), requestId, isAwaited, reply.kept));
    },
  };
}

function predictByRawIds(
  place: ModelPlace,
  context: ServerContext,
  writerOf: WriterOf,
  request: NamedSchema,
): JsonRoute {
  const { batchRowsMax, chunkRows } = context.config;
  return {
    ...placed(place, '/predict/batch/by-raw-ids'),
    operation: {
      operationId: operationId(place, 'predictBatchByRawIds'),
      summary: `Predict for up to ${batchRowsMax} stored rows; all of them are stored, or none`,
      request,
      reply: 'BatchPrediction',
      errors: [...ERRORS, 404],
    },
    reads: () => RAW_IDS_SHAPE,
    answer(call, body) {
      const scoring = askedModel(context, call);
      const { requestId, isAwaited } = call;
      const writer = writerOf(scoring);
      const ids = rawIdsOf(body, batchRowsMax);
      const counts = { requested: ids.length, batchRowsMax, chunkRows };
      const reply = keptReply(call, (rows: readonly RawPrediction[]) => {
        if (rows.length > 0) return jsonTextReply(writer.batch(rows, counts));
        const sentence = `No matching raw_ids found in ${scoring.rawTable}`;
        throw new ThicketError('ROW_UNKNOWN', sentence);
      });
      return reply.from(scoring.predictRawIds(ids, requestId, isAwaited, reply.kept));
    },
  };
}

const ERRORS: readonly ErrorStatus[] = [400, 408, 413, 415, 422, 429, 500, 503];

function placed({ model, below, parameters }: ModelPlace, path: string) {
  const fixed = { method: 'POST', body: 'json', keyed: true } as const;
  return { ...fixed, path: `${below}${path}`, model, parameters };
}

/** Generated clients name their methods after it. */
function operationId({ model }: ModelPlace, id: string): string {
  return model === 'first' ? id : `${id}WithModel`;
}
