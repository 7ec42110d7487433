import type { Scoring } from '../../score/scoring.ts';
import type { ListedModel } from '../../score/live-models.ts';
import { NULLABLE_TEXT, objectSchema } from '../openapi/json-schema.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import type { ReplyWriter } from '../profiles/reply-writer.ts';
import type { ServerContext } from '../server/context.ts';
import { publicReason } from '../server/public-sentence.ts';
import { jsonReply } from '../server/reply.ts';
import type { BodilessRoute, Call } from '../server/route.ts';
import { FIRST_MODEL, NAMED_MODEL, askedModel } from './asked-model.ts';
import { MODEL_INFO, modelInfo } from './model-info.ts';

/** The routes that tell which models are served, and what each of them is. */
export function modelRoutes(
  context: ServerContext,
  writerOf: (scoring: Scoring) => ReplyWriter,
): readonly BodilessRoute[] {
  const answer = (call: Call) => {
    const scoring = askedModel(context, call);
    return jsonReply(modelInfo(scoring.live, writerOf(scoring)));
  };
  const first = { method: 'GET', model: FIRST_MODEL.model, answer } as const;
  const summary = 'The first model';
  return [
    {
      method: 'GET',
      path: '/models',
      operation: {
        operationId: 'models',
        summary: 'The models that are served, of which plain routes ask the first one',
        reply: MODELS,
        errors: [],
      },
      answer: () => jsonReply({ models: context.models.list().map(modelJson) }),
    },
    {
      ...first,
      path: '/model-info',
      operation: { operationId: 'modelInfo', summary, reply: MODEL_INFO, errors: [503] },
    },
    {
      ...first,
      path: '/model',
      operation: { operationId: 'model', summary, reply: MODEL_INFO, errors: [503] },
    },
    {
      method: 'GET',
      path: NAMED_MODEL.below,
      model: NAMED_MODEL.model,
      parameters: NAMED_MODEL.parameters,
      operation: {
        operationId: 'modelByName',
        summary: 'The model of this name',
        reply: MODEL_INFO,
        errors: [400, 404, 503],
      },
      answer,
    },
  ];
}

function modelJson(model: ListedModel, at: number): Readonly<Record<string, unknown>> {
  const { name, version, target, task, digest, uri, fallbackReason, reason } = model;
  return {
    name,
    version,
    target,
    task,
    digest,
    model_uri: uri,
    model_fallback_reason: publicReason(fallbackReason),
    default: at === 0,
    ready: reason === null,
    reason: publicReason(reason),
  };
}

const MODELS: NamedSchema = {
  name: 'Models',
  schema: objectSchema({
    models: {
      type: 'array',
      items: objectSchema({
        name: { type: 'string' },
        version: NULLABLE_TEXT,
        target: NULLABLE_TEXT,
        task: { enum: ['regression', 'classification', null] },
        digest: { ...NULLABLE_TEXT, description: 'SHA-256 of its package or file, in hex' },
        model_uri: NULLABLE_TEXT,
        model_fallback_reason: NULLABLE_TEXT,
        default: { type: 'boolean', description: 'Whether plain routes ask it' },
        ready: { type: 'boolean' },
        reason: { ...NULLABLE_TEXT, description: 'Why it is not ready' },
      }),
    },
  }),
};
