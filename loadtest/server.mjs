import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The first start also makes a database cluster and loads the example. */
const READY_MS_MAX = 120_000;

/** A server in a process of its own that prints `listening on URL` when it is ready. */
export class Server {
  #child;

  constructor(child, url) {
    this.#child = child;
    this.url = url;
  }

  /** @param {string[]} args @param {Record<string, string>} [environment] */
  static async start(args, environment = {}) {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createInterface({ input: child.stderr });
    const lines = [];
    log.on('line', (line) => lines.push(line));
    const url = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${args[0]} ${why}\n${lines.join('\n')}`));
      const deadline = setTimeout(() => {
        child.kill('SIGTERM');
        fail(`was not ready within ${READY_MS_MAX} ms`);
      }, READY_MS_MAX);
      child.once('exit', (code) => fail(`ended with ${code} before it was ready`));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /^listening on (http:\S+)$/.exec(line)?.[1];
        if (address === undefined) return;
        clearTimeout(deadline);
        resolve(address);
      });
    });
    log.removeAllListeners('line').on('line', () => {}); // Read on, or the server blocks on a full pipe.
    return new Server(child, url);
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}
