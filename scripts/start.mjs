/**
 * `npm start`: the set-up, then `thicket up` in this very process. A signal ends whichever of the two it
 * meets; `exec` in package.json lets npm's signals come here and not end with npm's shell.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ROOT, say } from './steps.mjs';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'];
/** Compilers and npm end at once when they are asked; what does not is killed. */
const END_MS_MAX = 3_000;
const POLL_MS = 20;

await setUp();
process.argv.splice(2, 0, 'up');
await import('../dist/src/main.js');

/** In a process group of its own: npm, CMake and compilers have children that must end with them. */
async function setUp() {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/setup.mjs')], {
    detached: true,
    stdio: ['ignore', 2, 2],
  });
  let stopping = false;
  const stop = (signal) => {
    if (stopping) return; // npm sends on what this process has got from its group already.
    stopping = true;
    say(`${signal}: stopping the set-up`);
    void endGroup(child.pid).then(() => process.exit());
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const [code] = await once(child, 'exit');
  if (stopping) await new Promise(() => {}); // Until its children have ended too.
  for (const signal of SIGNALS) process.off(signal, stop);
  if (code !== 0) process.exit(code ?? 1);
}

async function endGroup(leader) {
  const deadline = Date.now() + END_MS_MAX;
  send(leader, 'SIGTERM');
  while (send(leader, 0) && Date.now() < deadline) await delay(POLL_MS);
  send(leader, 'SIGKILL');
}

/** @returns {boolean} True while the group has a process. */
function send(leader, signal) {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}
