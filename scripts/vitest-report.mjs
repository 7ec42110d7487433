/** How many tests passed, failed and were skipped, from what a runner leaves behind. */
import { readFileSync } from 'node:fs';

import { say } from './steps.mjs';

/** A runner that failed without counting a failure (a crash, an unhandled error) is one failure. */
export function countsOf(status, read) {
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = read();
  } catch (error) {
    say(`no report was left: ${error.message}`);
  }
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** The counts in a report that vitest's JSON reporter wrote. */
export function vitestCounts(file) {
  const totals = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = totals.numPendingTests + totals.numTodoTests;
  // A file that did not even load has no test that could fail, and still is a failure.
  const broken = totals.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
  ).length;
  return { passed: totals.numPassedTests, failed: totals.numFailedTests + broken, skipped };
}
