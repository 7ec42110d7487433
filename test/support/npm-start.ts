import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { until } from './outcomes.ts';
import { commandOf, processesOf } from './processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `npm start` in a process group of its own, as a terminal or a supervisor runs it. */
export class NpmStart {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #directory: string;
  readonly #lines: string[] = [];
  readonly #closed: Promise<unknown>;
  #url: string | null = null;
  #isGone = false;

  constructor(directory: string, environment: Record<string, string> = {}, root = ROOT) {
    this.#directory = directory;
    this.#child = spawn('npm', ['start'], {
      cwd: root,
      detached: true,
      env: { ...process.env, THICKET_DATA_DIR: directory, THICKET_PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.once('exit', () => (this.#isGone = true));
    this.#closed = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        this.#url ??= /^listening on (http:\S+)$/.exec(line)?.[1] ?? null;
      });
    }
  }

  get npmPid(): number {
    return this.#child.pid!;
  }

  /** The process that runs the start script and then is the server. */
  get serverPid(): number {
    const pids = processesOf(this.#directory);
    return pids.find((pid) => /^\S*node scripts\/start\.mjs/.test(commandOf(pid)))!;
  }

  /** True once npm has ended. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** All that npm and the server have printed. */
  get output(): string {
    return this.#lines.join('\n');
  }

  /** The address, once it serves. */
  async listening(): Promise<string> {
    await until(() => this.#url !== null || this.#isGone);
    if (this.#url === null) throw new Error(`npm start ended:\n${this.output}`);
    return this.#url;
  }

  signalNpm(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.npmPid, signal);
  }

  /** npm's exit code, once nothing that belongs to the directory runs any more, and all output is read. */
  async allEnded(): Promise<number | null> {
    await until(() => this.#isGone && processesOf(this.#directory).length === 0);
    await this.#closed;
    return this.#child.exitCode;
  }

  /** For the end of a test that failed. */
  killAll(): void {
    for (const pid of processesOf(this.#directory)) process.kill(pid, 'SIGKILL');
  }
}
