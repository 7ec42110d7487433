import { move } from 'piscina';

import { loadAddon } from '../forest/load.ts';
import { scoreForests } from '../forest/score-forests.ts';
import type { ScoringTask } from './scoring-task.ts';

const addon = loadAddon();

/** Runs in a thread of the pool. The sender holds a use of each forest until the answer is back. */
export default function scoreTask(task: ScoringTask): unknown {
  const { forests, rows, rawWidth, threads } = task;
  const raw = new Float64Array(rows * rawWidth);
  const scoreRows: typeof addon.scoreRows = (...call) => addon.scoreRowsByThreads(...call, threads);
  scoreForests({ scoreRows }, forests, rows, task, raw);
  return move(raw);
}
