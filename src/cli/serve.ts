import { Command } from 'commander';

import type { RunInstance } from './up.ts';

export function serveCommand(run: RunInstance): Command {
  return new Command('serve')
    .description('Run the API alone, with the model that MODEL_URI or MODEL_PATH names.')
    .action(() => run('api'));
}
