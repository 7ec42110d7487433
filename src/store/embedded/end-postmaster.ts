import { setTimeout as delay } from 'node:timers/promises';

import type { Log } from '../../ops/log.ts';
import { sendSignal } from '../../ops/send-signal.ts';

/** A fast shutdown writes a checkpoint: seconds on a slow disk. Then the hard way. */
const STOP_MS_MAX = 15_000;
const POLL_MS = 10;

export interface RunningServer {
  readonly pid: number;
  /** False once the process is no longer that server: its number may be another's a moment later. */
  readonly runs: () => boolean;
}

/**
 * Stops a server in order, and hard when that takes too long.
 * @returns True when it has ended.
 */
export async function endPostmaster({ pid, runs }: RunningServer, log: Log): Promise<boolean> {
  // A fast shutdown: connections are closed, and a checkpoint spares the next start a recovery.
  if (await ended({ pid, runs }, 'SIGINT')) return true;
  log.warn({ pid }, 'the embedded PostgreSQL did not stop in time; stopping it hard');
  return ended({ pid, runs }, 'SIGQUIT');
}

/** Asks a server to leave everything as it is and end; the next start recovers. Comes back at once. */
export function abandonPostmaster({ pid, runs }: RunningServer): void {
  if (runs()) sendSignal(pid, 'SIGQUIT');
}

async function ended({ pid, runs }: RunningServer, signal: NodeJS.Signals): Promise<boolean> {
  const deadline = Date.now() + STOP_MS_MAX;
  if (runs()) sendSignal(pid, signal);
  while (runs() && Date.now() < deadline) await delay(POLL_MS);
  return !runs();
}
