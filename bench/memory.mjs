import { readFileSync } from 'node:fs';

/** Memory of this process by the kernel: resident bytes now (VmRSS), at most so far (VmHWM). */
export function memoryBytes() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
  return { now: kilobytes('VmRSS') * 1024, most: kilobytes('VmHWM') * 1024 };
}
