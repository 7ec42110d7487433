import { setTimeout as delay } from 'node:timers/promises';

import { ThicketError } from '../../core/errors.ts';
import type { Store } from '../../store/store.ts';
import { findRun, type ListedRun } from './progress.ts';

const LOOK_MS = 500;
/** The slowest model takes less for a range: after so long nobody works on it any more. */
const IDLE_SECONDS_MAX = 300;

/**
 * Looks at a run that others work on, until it ends.
 * @throws {ThicketError} RUN_UNKNOWN; RUN_REFUSED where nobody works on it.
 */
export async function followRun(
  store: Store,
  id: number,
  onLook: (run: ListedRun) => void,
): Promise<ListedRun> {
  for (;;) {
    const run = await findRun(store, id);
    onLook(run);
    if (run.state !== 'running') return run;
    if (run.idleSeconds > IDLE_SECONDS_MAX) {
      const minutes = Math.floor(run.idleSeconds / 60);
      throw new ThicketError(
        'RUN_REFUSED',
        `nobody has worked on run ${id} for ${minutes} minutes: --follow ${id} --join goes on with it`,
      );
    }
    await delay(LOOK_MS);
  }
}
