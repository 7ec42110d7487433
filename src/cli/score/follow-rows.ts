import { followRun } from '../../score/runs/follow-run.ts';
import { totalsOf } from '../../score/runs/progress.ts';
import type { ScoredRun } from '../../score/runs/run.ts';
import type { Store } from '../../store/store.ts';
import { startProgress } from '../progress.ts';
import { grouped } from '../text-table.ts';
import { say } from './texts.ts';

/** Shows a run of another process until it ends: a bar on a terminal, else a line for every change. */
export async function followRows(store: Store, id: number): Promise<ScoredRun> {
  const progress = startProgress(`run ${id}`);
  let said = '';
  try {
    const run = await followRun(store, id, ({ ranges, rangesDone, read, rows }) => {
      progress.advance(ranges === 0 ? 1 : rangesDone / ranges);
      const line = `run ${id}: ${grouped(read)} of ${grouped(rows)} rows`;
      if (!process.stderr.isTTY && line !== said) say(line);
      said = line;
    });
    progress.close();
    if (run.state === 'replaced') say(`run ${id} was replaced: a later run scores its rows anew`);
    return { rawTable: run.rawTable, rows: run.rows, totals: await totalsOf(store, run) };
  } finally {
    progress.close();
  }
}
