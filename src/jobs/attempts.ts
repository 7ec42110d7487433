/** With the delays below, the last attempt begins some two minutes after the first. */
const ATTEMPTS_MAX = 8;
const FIRST_DELAY_MS = 1_000;
const DELAY_MS_MAX = 60_000;

/** True where the attempt of this number, the first one being 1, may not be made. */
export function attemptsUsedUp(attempt: number): boolean {
  return attempt > ATTEMPTS_MAX;
}

/** After a failed attempt: twice as long each time, and spread, so that jobs do not come back together. */
export function retryDelayMs(attempt: number): number {
  const most = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), DELAY_MS_MAX);
  return most * (0.5 + Math.random() / 2);
}
