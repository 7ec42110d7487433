import { digits } from '../../bench/figures.mjs';

/** A reply to a hostile body: taken, refused for what it is, or for its room or time. */
const STATUSES = new Set(['200', '400', '408', '413', '422', '429']);
/** The neighbour's p99, against its p99 beside ordinary rows. */
const P99_RATIO_MAX = 2;
/** The memory afterwards, against the memory before. */
const MEMORY_RATIO_MAX = 1.1;

/** One sentence for each bar that was missed. */
export function failuresOf({ neighbour, memoryBytes, statuses }) {
  const failures = [];
  for (const [shape, counts] of Object.entries(statuses)) {
    for (const [status, count] of Object.entries(counts)) {
      if (!STATUSES.has(status)) failures.push(`${shape}: ${count} times ${status}`);
    }
  }
  if (neighbour.hostile.errors > 0)
    failures.push(`the neighbour had ${neighbour.hostile.errors} errors`);
  const p99 = neighbour.hostile.p99Ms / neighbour.ordinary.p99Ms;
  if (!(p99 <= P99_RATIO_MAX)) failures.push(`the neighbour's p99 is ${digits(p99)} times as long`);
  const memory = memoryBytes.after / memoryBytes.before;
  if (!(memory <= MEMORY_RATIO_MAX)) failures.push(`the memory is ${digits(memory)} times as much`);
  return failures;
}
