import { move } from 'piscina';

import { loadAddon } from '../forest/load.ts';
import { scoreForests } from '../forest/score-forests.ts';
import type { ScoringTask } from './scoring-task.ts';

const addon = loadAddon();

/** Runs in a thread of the pool. The sender holds a use of each forest until the answer is back. */
export default function scoreTask(task: ScoringTask): unknown {
  const raw = new Float64Array(task.rows * task.rawWidth);
  scoreForests(addon, task.forests, task.rows, task, raw);
  return move(raw);
}
