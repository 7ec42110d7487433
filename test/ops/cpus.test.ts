import { availableParallelism } from 'node:os';

import { expect, test } from 'vitest';

import { availableCpus } from '../../src/ops/cpus.ts';

const V1 = '/sys/fs/cgroup/cpu/cpu.cfs_';

test.each([
  { name: 'no cgroup: what the affinity mask allows', files: {}, cpus: availableParallelism() },
  { name: 'a quota of one CPU', files: { '/sys/fs/cgroup/cpu.max': '100000 100000\n' }, cpus: 1 },
  { name: 'half a CPU is one', files: { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, cpus: 1 },
  {
    name: 'no quota set',
    files: { '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
    cpus: availableParallelism(),
  },
  {
    name: 'the older cgroup version',
    files: { [`${V1}quota_us`]: '100000\n', [`${V1}period_us`]: '100000\n' },
    cpus: 1,
  },
  {
    name: 'the older version without a quota',
    files: { [`${V1}quota_us`]: '-1\n', [`${V1}period_us`]: '100000\n' },
    cpus: availableParallelism(),
  },
])('$name', ({ files, cpus }) => {
  expect(availableCpus((path) => (files as Record<string, string>)[path] ?? null)).toBe(cpus);
});
