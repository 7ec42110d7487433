import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A test that asserts nothing cannot fail. A state that is waited for has a whole test's time: 1 s is the
    // default of `expect.poll`, which a busy machine needs for less.
    expect: { requireAssertions: true, poll: { timeout: 240_000 } },
    // Forks, not threads: a crash of the addon must fail its own file and spare the others.
    pool: 'forks',
    // Two at once: several files start a real Postgres, and the smallest machine has two cores.
    maxWorkers: 2,
    // No test promises a speed: these end only what hangs, on a machine that others load as well.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
