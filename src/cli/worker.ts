import { Command } from 'commander';

import type { RunInstance } from './up.ts';

export function workerCommand(run: RunInstance): Command {
  return new Command('worker')
    .description(
      'Work at the jobs of POST /predict_async, with the model that MODEL_URI or MODEL_PATH names. ' +
        'GET /health, /ready and /metrics say how it is.',
    )
    .action(() => run('worker'));
}
