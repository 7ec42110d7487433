import { Command } from 'commander';

import { parseConfig, readEnvironment } from '../ops/config.ts';
import { createLog } from '../ops/log.ts';
import { shutDown, type Stopped } from '../store/embedded/shut-down.ts';

/** Beyond its drain delay an owner needs 30 s at most: for replies, commits and PostgreSQL's checkpoint. */
const OWNER_STOP_MS_MAX = 30_000;

export function downCommand(): Command {
  return new Command('down')
    .description(
      'Stop what runs on THICKET_DATA_DIR: the server, in order (as by SIGTERM, its drain delay ' +
        'included), and its embedded PostgreSQL, also one that a killed server left. Exit code 0 means ' +
        'that nothing runs there any more; a PostgreSQL that DATABASE_URL names is left alone.',
    )
    .action(async () => {
      const { dataDir, drainDelayMs } = parseConfig(readEnvironment());
      const stopped = await shutDown(dataDir, {
        log: createLog('warn'),
        ownerMsMax: drainDelayMs + OWNER_STOP_MS_MAX,
        say: (what) => process.stderr.write(`thicket: ${what}\n`),
      });
      process.stdout.write(`${asText(stopped, dataDir)}\n`);
    });
}

function asText({ owner, postmaster }: Stopped, directory: string): string {
  const parts = [
    owner === null ? null : `Thicket (process ${owner})`,
    postmaster === null ? null : `PostgreSQL (process ${postmaster})`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? `nothing runs in ${directory}` : `stopped ${parts.join(' and ')}`;
}
