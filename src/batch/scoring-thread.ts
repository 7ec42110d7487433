import { move } from 'piscina';

import { loadAddon } from '../forest/load.ts';
import type { ScoringTask } from './scoring-task.ts';

const addon = loadAddon();

/** Runs in a thread of the pool. The sender holds a use of the forest until the answer is back. */
export default function scoreTask(task: ScoringTask): unknown {
  const raw = new Float64Array(task.rows * task.rawWidth);
  addon.scoreRows(task.forest, task.rows, task.numbers, task.codes, raw);
  return move(raw);
}
