import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

import { ThicketError } from '../../core/errors.ts';
import { sendSignal } from '../../ops/send-signal.ts';
import type { EmbeddedBinaries } from './embedded-binaries.ts';
import type { ServerUser } from './embedded-user.ts';
import type { RunningServer } from './end-postmaster.ts';

/**
 * Makes a new database cluster; one that was interrupted leaves nothing under the final name.
 * @param signal Ends the work at once, with nothing of it left running.
 */
export async function initialiseCluster(
  binaries: EmbeddedBinaries,
  user: ServerUser,
  cluster: { pgdata: string; superuser: string; password: string },
  signal?: AbortSignal,
): Promise<void> {
  const unfinished = `${cluster.pgdata}.new`;
  const passwordFile = `${unfinished}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
  if (user.owner !== null) {
    for (const path of [unfinished, passwordFile]) chownSync(path, user.owner.uid, user.owner.gid);
  }
  const [program, ...leading] = commandOf(user, binaries.initdb);
  try {
    await runToItsEnd(
      program,
      [
        ...leading,
        `--pgdata=${unfinished}`,
        `--username=${cluster.superuser}`,
        `--pwfile=${passwordFile}`,
        // Every account on the machine can reach 127.0.0.1, so the server always has a password.
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      signal,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, cluster.pgdata);
}

/** A process group of its own, so that the signal ends the programs that it starts as well. */
async function runToItsEnd(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (): void => {
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
  };
  signal?.addEventListener('abort', kill, { once: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(said.trim());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ThicketError('SETUP_MISSING', `initdb failed: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

function commandOf(user: ServerUser, binary: string): readonly [string, ...string[]] {
  const [first, ...rest] = user.prefix;
  return first === undefined ? [binary] : [first, ...rest, binary];
}

/** Starts the server in a session of its own, with its output going to a file that outlives us. */
export function spawnPostmaster(
  binaries: EmbeddedBinaries,
  user: ServerUser,
  server: { pgdata: string; port: number; logFile: string },
): RunningServer {
  const log = openSync(server.logFile, 'a', 0o600);
  const [program, ...leading] = commandOf(user, binaries.postgres);
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${server.port}`,
    // A socket's path may not exceed 107 bytes, and a data directory may lie deep: TCP only.
    'unix_socket_directories=',
  ];
  const child = spawn(
    program,
    [...leading, '-D', server.pgdata, ...settings.flatMap((setting) => ['-c', setting])],
    { detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  let failed = false;
  child.on('error', () => (failed = true));
  child.unref();
  return {
    pid: child.pid ?? 0,
    runs: () => !failed && child.exitCode === null && child.signalCode === null,
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
