/**
 * Preloaded into every thread. A thread of the pool collects its garbage whenever it has nothing to do, so that
 * memory shows what it holds on to, and not when V8 found its heap large enough to collect.
 */
import { isMainThread } from 'node:worker_threads';

const { wait } = Atomics;
if (!isMainThread) {
  Atomics.wait = (...call) => {
    globalThis.gc();
    return wait(...call);
  };
}
