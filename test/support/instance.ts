import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const READY_MS_MAX = 60_000;
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
    const child = spawn(process.execPath, [MAIN, command], {
      env: { ...process.env, THICKET_PORT: '0', THICKET_DRAIN_DELAY_MS: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => {
      log.push(line);
      if (log.length > LOG_LINES_MAX) log.shift();
    });
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}\n${log.join('\n')}`));
      const deadline = setTimeout(() => fail('not ready in time'), READY_MS_MAX);
      child.once('exit', (code) => fail(`ended with ${code} before it was ready`));
      createInterface({ input: child.stdout! }).on('line', (line) => {
        const address = /^listening on (http:\S+)$/.exec(line)?.[1];
        if (address === undefined) return;
        clearTimeout(deadline);
        child.removeAllListeners('exit');
        resolve(address);
      });
    });
    return new Instance(child, url, log);
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

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return this.#child.exitCode;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = (await gone) as [number | null];
    return code;
  }
}
