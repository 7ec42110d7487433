import { execFile, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { ThicketError } from '../../core/errors.ts';
import type { EmbeddedBinaries } from './embedded-binaries.ts';
import type { ServerUser } from './embedded-user.ts';

/** The server's log starts anew above this: it is for the last days, not for ever. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
/** The end of the log that is read to find out why a start failed. */
const LOG_TAIL_BYTES_MAX = 16 * 1024;

const execute = promisify(execFile);

/** Makes a new database cluster; one that was interrupted leaves nothing under the final name. */
export async function initialiseCluster(
  binaries: EmbeddedBinaries,
  user: ServerUser,
  cluster: { pgdata: string; superuser: string; password: string },
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
    await execute(program, [
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
    ]);
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() ?? '';
    throw new ThicketError('SETUP_MISSING', `initdb failed: ${said}`, { cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, cluster.pgdata);
}

function commandOf(user: ServerUser, binary: string): readonly [string, ...string[]] {
  const [first, ...rest] = user.prefix;
  return first === undefined ? [binary] : [first, ...rest, binary];
}

export interface SpawnedPostmaster {
  readonly pid: number;
  /** False once the process has ended. */
  readonly runs: () => boolean;
  /** The last of what it has written since it was started. */
  readonly output: () => string;
}

/** Starts the server in a session of its own, with its output going to a file that outlives us. */
export function spawnPostmaster(
  binaries: EmbeddedBinaries,
  user: ServerUser,
  server: { pgdata: string; port: number; logFile: string },
): SpawnedPostmaster {
  const size = statSync(server.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(server.logFile, size > LOG_BYTES_MAX ? 'w' : 'a', 0o600);
  const from = statSync(server.logFile).size;
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
    output: () => tailOf(server.logFile, from),
  };
}

function tailOf(path: string, from: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LOG_TAIL_BYTES_MAX);
    const start = Math.max(from, statSync(path).size - LOG_TAIL_BYTES_MAX);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, start));
  } finally {
    closeSync(file);
  }
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
