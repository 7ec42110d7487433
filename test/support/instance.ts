import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
/** No speed is promised: only a start that hangs is ended. */
const READY_MS_MAX = 240_000;
/** Enough log lines to see why a start failed, without keeping those of 100,000 requests. */
const LOG_LINES_MAX = 400;

/** A whole Thicket in a process of its own, as an operator runs it. */
export class Instance {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string[];

  private constructor(child: ChildProcess, url: string, log: string[]) {
    this.#child = child;
    this.url = url;
    this.#log = log;
  }

  /** Resolves when the instance has printed that it listens (which it does when it is ready). */
  static async start(command: string, environment: Record<string, string>): Promise<Instance> {
    const { child, log } = launch(command, { THICKET_PORT: '0', ...environment });
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}\n${log.join('\n')}`));
      const deadline = setTimeout(() => fail('not ready in time'), READY_MS_MAX);
      child.once('exit', (code) => fail(`ended with ${code} before it was ready`));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /^listening on (http:\S+)$/.exec(line)?.[1];
        if (address === undefined) return;
        clearTimeout(deadline);
        child.removeAllListeners('exit');
        resolve(address);
      });
    });
    return new Instance(child, url, log);
  }

  /** Comes back at once, with an instance that may never become ready. */
  static launch(command: string, port: number, environment: Record<string, string>): Instance {
    const { child, log } = launch(command, { THICKET_PORT: String(port), ...environment });
    return new Instance(child, `http://127.0.0.1:${port}`, log);
  }

  get log(): readonly string[] {
    return this.#log;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** SIGTERM, and the exit code once it is gone. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async kill(): Promise<number | null> {
    return this.#end('SIGKILL');
  }

  /** The exit code of an instance that ends by itself. */
  async ended(): Promise<number | null> {
    if (!this.isGone) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.isGone) this.#child.kill(signal);
    return this.ended();
  }
}

function launch(
  command: string,
  environment: Record<string, string>,
): { child: ChildProcessByStdio<null, Readable, Readable>; log: string[] } {
  const child = spawn(process.execPath, [MAIN, command], {
    env: { ...process.env, THICKET_DRAIN_DELAY_MS: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
    if (log.length > LOG_LINES_MAX) log.shift();
  });
  return { child, log };
}
