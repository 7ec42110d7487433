import { Command } from 'commander';

/** Starts an instance of this role and resolves once it serves. */
export type RunInstance = (role: 'everything' | 'api' | 'worker') => Promise<void>;

export function upCommand(run: RunInstance): Command {
  return new Command('up')
    .description(
      'Run everything in one process: Postgres (embedded unless DATABASE_URL is set), migrations, ' +
        'example rows and model where there are none, the API, a worker for jobs.',
    )
    .action(() => run('everything'));
}
