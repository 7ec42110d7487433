import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Forks, not threads: a crash of the addon must fail its own file and spare the others.
    pool: 'forks',
    // Two at once: several files start a real Postgres, and the smallest machine has two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
