import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** CPUs this process may really use: the affinity mask, cut by the cgroup's quota where one is set. */
export function availableCpus(readFile: (path: string) => string | null = readIfThere): number {
  const quota = quotaV2(readFile) ?? quotaV1(readFile) ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota)));
}

/** cgroup v2: "<quota or max> <period>". */
function quotaV2(readFile: (path: string) => string | null): number | null {
  const [quota, period] = (readFile('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ').map(Number);
  return ratio(quota, period);
}

/** cgroup v1: a quota of -1 means none. */
function quotaV1(readFile: (path: string) => string | null): number | null {
  const quota = readFile('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const period = readFile('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  return quota === null || period === null ? null : ratio(Number(quota), Number(period));
}

function ratio(quota: number | undefined, period: number | undefined): number | null {
  if (quota === undefined || period === undefined) return null;
  return quota > 0 && period > 0 && Number.isFinite(quota / period) ? quota / period : null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // Not Linux with that cgroup version: no quota to respect.
  }
}
