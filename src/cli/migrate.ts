import { Command } from 'commander';

import { withStore } from './store-session.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Bring the tables of the configured database to this version.')
    .action(async () => {
      // A store is not ready before it is migrated.
      await withStore(() => Promise.resolve());
      process.stdout.write('the database is migrated\n');
    });
}
