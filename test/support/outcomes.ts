import { setTimeout as delay } from 'node:timers/promises';

import type { OutcomeDraft } from '../../src/store/outcomes/outcome-writer.ts';
import type { Store } from '../../src/store/store.ts';

/** A draft whose prediction identifies it. */
export function draft(prediction: number, more: Partial<OutcomeDraft> = {}): OutcomeDraft {
  return {
    rawId: null,
    modelName: 'm',
    modelVersion: '1',
    modelDigest: 'd'.repeat(64),
    target: 't',
    prediction,
    label: null,
    outputs: null,
    probabilities: null,
    scores: null,
    requestId: null,
    jobId: null,
    runId: null,
    input: '{"sales":261.96}',
    ...more,
  };
}

/** Stored predictions by id. Throws where an id is there twice. */
export async function storedPredictions(store: Store): Promise<Map<number, number>> {
  const rows = await store.query(
    (sql) => sql<{ id: number; prediction: number }[]>`select id, prediction from predictions`,
  );
  const stored = new Map<number, number>();
  for (const { id, prediction } of rows) {
    if (stored.has(id)) throw new Error(`id ${id} is stored twice`);
    stored.set(id, prediction);
  }
  return stored;
}

const POLL_MS = 5;

/** Resolves as soon as `holds` does; looks again and again until then. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  msMax = 240_000,
): Promise<void> {
  const deadline = Date.now() + msMax;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${msMax} ms: ${holds.toString()}`);
    await delay(POLL_MS); // The machine has other things to do.
  }
}
