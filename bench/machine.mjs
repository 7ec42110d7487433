import { cpus, loadavg, totalmem } from 'node:os';

/**
 * Where a figure comes from: without it no figure means anything. Asked before a run begins, the load is
 * that of others.
 */
export function machine() {
  return {
    cpu: cpus()[0].model.trim(),
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: Number(loadavg()[0].toFixed(2)),
    at: new Date().toISOString(),
  };
}

/** A file name for this class of machine. */
export function machineName() {
  const { cpu, cpus: count } = machine();
  return `${cpu.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-x${count}`.replaceAll(/-+/g, '-');
}
