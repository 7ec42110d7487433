import type { RawRow } from '../../core/rows.ts';
import { ThicketError } from '../../core/errors.ts';
import type { Scoring } from '../../score/scoring.ts';
import type { ServerContext } from '../server/context.ts';
import { type PredictionJson, compilePredictionJson } from '../profiles/superstore.ts';
import { rawIdOf, rawIdsOf } from './raw-ids.ts';
import { jsonTextReply } from '../server/reply.ts';
import { requireScoring } from './require-scoring.ts';
import type { Route } from '../server/route.ts';

/** The routes that score rows. */
export function predictRoutes(context: ServerContext): readonly Route[] {
  const { batchRowsMax, chunkRows } = context.config;
  const jsonOf = jsonOfTheLatest();
  return [
    {
      method: 'POST',
      path: '/predict',
      body: 'json',
      async answer({ requestId }, body) {
        const scoring = requireScoring(context);
        const prediction = await scoring.predict(body as RawRow, requestId);
        return jsonTextReply(jsonOf(scoring).one(prediction));
      },
    },
    {
      method: 'POST',
      path: '/predict/by-raw-id',
      body: 'json',
      async answer({ requestId }, body) {
        const scoring = requireScoring(context);
        const prediction = await scoring.predictRawId(rawIdOf(body), requestId);
        return jsonTextReply(jsonOf(scoring).oneRaw(prediction));
      },
    },
    {
      method: 'POST',
      path: '/predict/batch/by-raw-ids',
      body: 'json',
      async answer({ requestId }, body) {
        const scoring = requireScoring(context);
        const ids = rawIdsOf(body, batchRowsMax);
        const predictions = await scoring.predictRawIds(ids, requestId);
        if (predictions.length === 0) {
          const sentence = `No matching raw_ids found in ${scoring.rawTable}`;
          throw new ThicketError('ROW_UNKNOWN', sentence);
        }
        const counts = { requested: ids.length, batchRowsMax, chunkRows };
        return jsonTextReply(jsonOf(scoring).batch(predictions, counts));
      },
    },
  ];
}

/** Models change rarely: the writer of the latest one is kept. */
function jsonOfTheLatest(): (scoring: Scoring) => PredictionJson {
  let latest: { scoring: Scoring; json: PredictionJson } | null = null;
  return (scoring) => {
    if (latest?.scoring !== scoring) latest = { scoring, json: compilePredictionJson(scoring) };
    return latest.json;
  };
}
