import { ThicketError } from '../../core/errors.ts';
import { ON_ERROR, type OnError } from '../../score/listed-rows.ts';
import type { ListResult, Scoring } from '../../score/scoring.ts';
import type { ErrorStatus } from '../openapi/errors.ts';
import type { ByMediaType, Parameter } from '../openapi/operation.ts';
import type { ReplyWriter } from '../profiles/reply-writer.ts';
import { CSV, JSON_LIST, LIST_FORMATS, NDJSON, usualReplyType } from '../rows/formats.ts';
import { csvReply, jsonListReply, ndjsonReply } from '../rows/list-reply.ts';
import { readRows } from '../rows/read-rows.ts';
import { chunksOf } from '../rows/row-list.ts';
import type { ServerContext } from '../server/context.ts';
import type { ObjectShape } from '../server/json/shape.ts';
import type { BytesRoute, Call } from '../server/route.ts';
import { type ModelPlace, askedModel } from './asked-model.ts';
import { keptReply } from './kept-reply.ts';

const ON_ERROR_PARAMETER: Parameter = {
  name: 'on_error',
  in: 'query',
  description: 'What happens to the list where one of its rows is refused',
  schema: { enum: ON_ERROR, default: 'continue' },
};

/** The route that scores a list of rows, each with an error of its own. */
export function predictRows(
  { model, below, parameters }: ModelPlace,
  context: ServerContext,
  writerOf: (scoring: Scoring) => ReplyWriter,
  shapeOf: (scoring: Scoring) => ObjectShape,
): BytesRoute {
  const { batchRowsMax, batchBodyBytesMax, chunkRows } = context.config;
  return {
    method: 'POST',
    path: `${below}/predict/batch`,
    model,
    parameters: [...parameters, ON_ERROR_PARAMETER],
    body: 'bytes',
    keyed: true,
    mediaTypes: LIST_FORMATS,
    replyTypes: LIST_FORMATS,
    bodyBytesMax: batchBodyBytesMax,
    operation: {
      operationId: model === 'first' ? 'predictBatch' : 'predictBatchWithModel',
      summary: `Predict for up to ${batchRowsMax} rows, each of which may be refused alone`,
      request: { content: requestContent(batchBodyBytesMax) },
      reply: { content: REPLY_CONTENT },
      errors: model === 'first' ? ERRORS : [...ERRORS, 404],
    },
    answer(call, body) {
      const onError = onErrorOf(call);
      const scoring = askedModel(context, call);
      const writer = writerOf(scoring);
      const { validate, validateList, schema, shape: answerShape } = scoring.live;
      const ids: string[] = [];
      const rows = readRows(body, {
        schema,
        shape: shapeOf(scoring),
        rowsMax: batchRowsMax,
        validate,
        validateList,
        idName: writer.rowIdName,
        keepId: (at, row) => void (ids[at] = writer.echo(row)),
      });
      const { requestId, isAwaited } = call;
      const format = call.replyType ?? usualReplyType(body);
      const reply = keptReply(call, (results: ListResult) => {
        const list = { results, ids };
        if (format === CSV) return csvReply(list, answerShape);
        if (format === NDJSON) return ndjsonReply(list, writer, call);
        return jsonListReply(list, writer, { requested: results.length, batchRowsMax, chunkRows });
      });
      const options = { requestId, isAwaited, kept: reply.kept, onError };
      // Nothing is awaited before the model counts the call: one that is replaced then finishes it.
      return reply.from(scoring.predictList(chunksOf(rows, chunkRows), options));
    },
  };
}

const ERRORS: readonly ErrorStatus[] = [400, 408, 413, 415, 422, 429, 500, 503];

/** @throws {ThicketError} REQUEST_MALFORMED for a word that says neither. */
function onErrorOf({ parameters }: Call): OnError {
  const { name } = ON_ERROR_PARAMETER;
  const word = parameters[name] ?? 'continue';
  const known = ON_ERROR.find((each) => each === word);
  if (known !== undefined) return known;
  const sentence = `${name} must be ${ON_ERROR.join(' or ')}, not ${JSON.stringify(word)}`;
  throw new ThicketError('REQUEST_MALFORMED', sentence);
}

function requestContent(bytesMax: number): ByMediaType['content'] {
  const text = { type: 'string', maxLength: bytesMax };
  return {
    [JSON_LIST]: 'RowList',
    [NDJSON]: { ...text, description: 'One row a line, as `/predict` takes it' },
    [CSV]: {
      ...text,
      description: 'A table with a column for each field; `charset` and `header` are read',
    },
  };
}

const REPLY_CONTENT: ByMediaType['content'] = {
  [JSON_LIST]: 'ListPrediction',
  [NDJSON]: { type: 'string', description: 'One line a row: its reply, or its `error`' },
  [CSV]: { type: 'string', description: 'The predictions, `prediction_id` and `error`' },
};
