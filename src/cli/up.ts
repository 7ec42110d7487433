import { Command } from 'commander';

/** Starts an instance and resolves once it serves; `example` fills in what is not there. */
export type RunInstance = (options: { readonly example: boolean }) => Promise<void>;

export function upCommand(run: RunInstance): Command {
  return new Command('up')
    .description(
      'Run everything in one process: Postgres (embedded unless DATABASE_URL is set), migrations, ' +
        'example rows and model where there are none, the API.',
    )
    .action(() => run({ example: true }));
}
