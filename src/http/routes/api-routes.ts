import type { ServerContext } from '../server/context.ts';
import type { Route } from '../server/route.ts';
import { docsRoutes } from './docs-routes.ts';
import { predictRoutes } from './predict-routes.ts';
import { stateRoutes } from './state-routes.ts';

/** Everything that the service answers. */
export function apiRoutes(context: ServerContext, draining: () => boolean): readonly Route[] {
  return [...predictRoutes(context), ...stateRoutes(context, draining), ...docsRoutes(context)];
}
