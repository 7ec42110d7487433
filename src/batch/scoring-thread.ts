import { move } from 'piscina';

import { loadAddon } from '../forest/load.ts';
import { answerEncoded } from '../model/plan/answering.ts';
import { kernelScorer } from '../model/plan/scorers.ts';
import { CompiledHeads } from '../model/plan/shared-head.ts';
import type { ScoringTask } from './scoring-task.ts';

const addon = loadAddon();
const heads = new CompiledHeads();

/**
 * Runs in a thread of the pool, and returns the numbers of the rows' answers. The sender holds a use of each
 * forest until they are back.
 */
export default function scoreTask(task: ScoringTask): unknown {
  const { model, rows, threads } = task;
  const head = heads.of(model.head);
  const raw = new Float64Array(rows * head.shape.rawWidth);
  return move(answerEncoded(head, kernelScorer(addon, model, threads), rows, task, raw));
}
