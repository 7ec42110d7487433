import { ThicketError } from '../../core/errors.ts';
import { modelInfo } from './model-info.ts';
import type { Neighbours } from '../server/neighbours.ts';
import { type Reply, jsonReply } from '../server/reply.ts';
import { type Route, requireScoring } from '../server/route.ts';

/** The routes that tell how the instance is and what it serves. */
export function stateRoutes(neighbours: Neighbours, draining: () => boolean): readonly Route[] {
  const info = (): Reply => jsonReply(modelInfo(requireScoring(neighbours).live));
  return [
    { method: 'GET', path: '/health', answer: () => jsonReply(health(neighbours)) },
    { method: 'GET', path: '/ready', answer: () => ready(neighbours, draining()) },
    { method: 'GET', path: '/model-info', answer: info },
    { method: 'GET', path: '/model', answer: info },
    {
      method: 'GET',
      path: '/metrics',
      async answer() {
        const { contentType, text } = await neighbours.metrics.render();
        return { status: 200, type: contentType, body: text };
      },
    },
  ];
}

function health(neighbours: Neighbours): Readonly<Record<string, unknown>> {
  const scoring = neighbours.scoring();
  const live = scoring?.live;
  const store = neighbours.storeStatus();
  return {
    status: 'ok',
    app_version: neighbours.appVersion,
    model_name: live?.metadata.name ?? neighbours.modelName,
    model_version: live?.metadata.version ?? null,
    target: live?.metadata.target ?? neighbours.target,
    db_connected: store.connected,
    db_reason: store.connected ? null : store.reason,
    model_uri: neighbours.modelUri(),
    model_fallback_reason: neighbours.modelFallbackReason(),
    model_loaded: live !== undefined,
    outcome_level: scoring?.level ?? null,
    queue_rows: scoring?.queuedRows ?? 0,
    kernel: live?.description.kernel ?? null,
    uptime_seconds: Math.round(process.uptime()),
  };
}

function ready({ missing }: Neighbours, draining: boolean): Reply {
  const reasons = draining ? ['the instance is shutting down', ...missing()] : missing();
  if (reasons.length > 0) throw new ThicketError('NOT_READY', reasons.join('; '));
  return jsonReply({ status: 'ready' });
}
