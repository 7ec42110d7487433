import { readFileSync } from 'node:fs';

/** SIGHUP is a terminal that was closed. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
export type StopSignal = (typeof SIGNALS)[number];

/**
 * One request to stop can arrive twice: npm sends on what the terminal or a supervisor has sent to the whole
 * process group already. An operator who asks again because nothing happens takes longer.
 */
const SAME_REQUEST_MS_MAX = 1_000;
/** How often the shell of npm is looked for. */
const PARENT_CHECK_MS = 500;

export interface StopHandlers {
  /** The first request. */
  readonly stop: (signal: StopSignal) => void;
  /** A later one. The process must end now. */
  readonly stopHard: (signal: StopSignal) => void;
}

/** @returns Leaves the signals to the system again. */
export function onStopSignals({ stop, stopHard }: StopHandlers): () => void {
  let firstAt: number | null = null;
  const request = (signal: StopSignal): void => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      stop(signal);
    } else if (now - firstAt > SAME_REQUEST_MS_MAX) stopHard(signal);
  };
  for (const signal of SIGNALS) process.on(signal, request);
  const watch = watchShellOfNpm(() => {
    if (firstAt === null) request('SIGTERM');
  });
  return () => {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, request);
  };
}

/**
 * npm runs a script by a shell, and most shells end at a signal without handing it on. A signal to npm is meant
 * for the program that it runs, so the end of that shell is a request to stop.
 */
function watchShellOfNpm(onGone: () => void): NodeJS.Timeout | undefined {
  const parent = process.ppid;
  if (!isShellOfNpm(parent)) return undefined;
  return setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, PARENT_CHECK_MS).unref();
}

/** A program that npm runs by way of others is left alone: it may be meant to outlive them. */
function isShellOfNpm(pid: number): boolean {
  const script = process.env['npm_lifecycle_script'];
  if (script === undefined) return false;
  try {
    const [, flag, text] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return flag === '-c' && text?.startsWith(script) === true;
  } catch {
    return false; // It has ended already.
  }
}
