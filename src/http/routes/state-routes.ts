import { ThicketError } from '../../core/errors.ts';
import { modelInfo } from './model-info.ts';
import type { ServerContext } from '../server/context.ts';
import { type Reply, jsonReply } from '../server/reply.ts';
import { requireScoring } from './require-scoring.ts';
import type { Route } from '../server/route.ts';

/** The routes that tell how the instance is and what it serves. */
export function stateRoutes(context: ServerContext, draining: () => boolean): readonly Route[] {
  const info = (): Reply => jsonReply(modelInfo(requireScoring(context).live));
  return [
    { method: 'GET', path: '/health', answer: () => jsonReply(health(context)) },
    { method: 'GET', path: '/ready', answer: () => ready(context, draining()) },
    { method: 'GET', path: '/model-info', answer: info },
    { method: 'GET', path: '/model', answer: info },
    {
      method: 'GET',
      path: '/metrics',
      async answer() {
        const { contentType, text } = await context.metrics.render();
        return { status: 200, type: contentType, body: text };
      },
    },
  ];
}

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
    model_fallback_reason: first?.fallbackReason ?? null,
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
