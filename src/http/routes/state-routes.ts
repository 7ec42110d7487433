import { ThicketError } from '../../core/errors.ts';
import { NULLABLE_TEXT, objectSchema } from '../openapi/json-schema.ts';
import type { NamedSchema } from '../openapi/operation.ts';
import type { ServerContext } from '../server/context.ts';
import { publicReason } from '../server/public-sentence.ts';
import { type Reply, jsonReply } from '../server/reply.ts';
import type { BodilessRoute } from '../server/route.ts';

/** The routes that tell how the instance is. */
export function stateRoutes(
  context: ServerContext,
  draining: () => boolean,
): readonly BodilessRoute[] {
  return [
    {
      method: 'GET',
      path: '/health',
      operation: {
        operationId: 'health',
        summary: 'How the instance is',
        reply: HEALTH,
        errors: [],
      },
      answer: () => jsonReply(health(context)),
    },
    {
      method: 'GET',
      path: '/ready',
      operation: {
        operationId: 'ready',
        summary: 'Whether the instance can serve',
        reply: READY,
        errors: [503],
      },
      answer: () => ready(context, draining()),
    },
    {
      method: 'GET',
      path: '/metrics',
      operation: {
        operationId: 'metrics',
        summary: 'Metrics in the Prometheus text format',
        reply: { mediaType: 'text/plain' },
        errors: [],
      },
      async answer() {
        const { contentType, text } = await context.metrics.render();
        return { status: 200, type: contentType, body: text };
      },
    },
  ];
}

const HEALTH: NamedSchema = {
  name: 'Health',
  schema: objectSchema({
    status: { const: 'ok' },
    app_version: { type: 'string' },
    model_name: NULLABLE_TEXT,
    model_version: NULLABLE_TEXT,
    target: NULLABLE_TEXT,
    db_connected: { type: 'boolean' },
    db_reason: NULLABLE_TEXT,
    model_uri: NULLABLE_TEXT,
    model_fallback_reason: NULLABLE_TEXT,
    model_loaded: { type: 'boolean' },
    outcome_level: NULLABLE_TEXT,
    queue_rows: { type: 'integer' },
    kernel: NULLABLE_TEXT,
    uptime_seconds: { type: 'integer' },
  }),
};

const READY: NamedSchema = { name: 'Ready', schema: objectSchema({ status: { const: 'ready' } }) };

function health(context: ServerContext): Readonly<Record<string, unknown>> {
  const scoring = context.models.find();
  const [first] = context.models.list();
  const live = scoring?.live;
  const store = context.storeStatus();
  return {
    status: 'ok',
    app_version: context.appVersion,
    model_name: live?.metadata.name ?? context.modelName,
    model_version: live?.metadata.version ?? null,
    target: live?.metadata.target ?? context.target,
    db_connected: store.connected,
    db_reason: store.connected ? null : store.reason,
    model_uri: first?.uri ?? null,
    model_fallback_reason: publicReason(first?.fallbackReason),
    model_loaded: live !== undefined,
    outcome_level: scoring?.level ?? null,
    queue_rows: scoring?.queuedRows ?? 0,
    kernel: live?.description.kernel ?? null,
    uptime_seconds: Math.round(process.uptime()),
  };
}

function ready({ missing }: ServerContext, draining: boolean): Reply {
  const reasons = draining ? ['the instance is shutting down', ...missing()] : missing();
  if (reasons.length > 0) throw new ThicketError('NOT_READY', reasons.join('; '));
  return jsonReply({ status: 'ready' });
}
