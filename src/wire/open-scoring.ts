import type { OpenScoring } from '../cli/score/score-selected.ts';
import { ThicketError } from '../core/errors.ts';
import { Metrics } from '../ops/metrics.ts';
import { wantedModels } from '../registry/model-source.ts';
import { LiveModels } from '../score/live-models.ts';
import { RANGE_ROWS } from '../score/runs/run.ts';
import { ScoringPath } from './scoring-path.ts';

/** The scoring path of a command that is done when its rows are stored. */
export const openScoring: OpenScoring = async ({ store, config, log, dataset }, model) => {
  const wanted = wantedModels(config).find(({ name }) => model === null || name === model);
  if (wanted === undefined) {
    const names = config.models.map(({ name }) => name).join(', ');
    const known = names === '' ? 'it is not set' : `it has ${names}`;
    throw new ThicketError('MODEL_UNAVAILABLE', `${model} is none of THICKET_MODELS: ${known}`);
  }
  // A range is written in one piece, also where a server's buffer is smaller.
  const outcomeRowsMax = Math.max(config.outcomeRowsMax, RANGE_ROWS);
  const path = new ScoringPath({
    config: { ...config, outcomeLevel: 'stored', outcomeRowsMax },
    store,
    dataset,
    models: new LiveModels(),
    metrics: new Metrics(),
    log,
  });
  try {
    await path.start();
    return { scoring: await path.serve(wanted), path };
  } catch (error) {
    await path.stop();
    throw error;
  }
};
