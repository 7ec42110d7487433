import { compileReplyWriter } from '../profiles/reply-writer.ts';
import { profileOf, profileOfSetting } from '../profiles/choice.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { ServerContext } from '../server/context.ts';
import type { Route } from '../server/route.ts';
import { docsRoutes } from './docs-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { keptWith } from './kept-with.ts';
import { modelRoutes } from './model-routes.ts';
import { predictRoutes } from './predict-routes.ts';
import { rowShapeOf } from './row-shape.ts';
import { rootRoute } from './root-route.ts';
import { stateRoutes } from './state-routes.ts';

/**
 * Everything that the service answers.
 * @throws {ThicketError} CONFIG_INVALID when the setting names no reply profile.
 */
export function apiRoutes(context: ServerContext, draining: () => boolean): readonly Route[] {
  const { profile, extraFields } = context.config;
  profileOfSetting(profile);
  const writerOf = keptWith((scoring: Scoring) =>
    compileReplyWriter(scoring, profileOf(scoring.live, profile)),
  );
  const shapeOf = keptWith((scoring: Scoring) =>
    rowShapeOf(scoring.live, writerOf(scoring).rowIdName, extraFields),
  );
  const routes = [
    ...predictRoutes(context, writerOf, shapeOf),
    ...jobRoutes(context, shapeOf),
    ...modelRoutes(context, writerOf),
    rootRoute(context.appVersion),
    ...stateRoutes(context, draining),
  ];
  return [...routes, ...docsRoutes(context, routes, writerOf)];
}

/** A process that only works at jobs: it says how it is, and takes no requests. */
export function workerRoutes(context: ServerContext, draining: () => boolean): readonly Route[] {
  return stateRoutes(context, draining);
}
