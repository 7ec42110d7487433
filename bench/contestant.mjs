import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Libraries behind a peer must not start threads of their own: every contestant runs on one. */
const ONE_THREAD = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
};

/** A process that is asked by a line of JSON on its stdin, and answers by one on its stdout. */
export class Contestant {
  #child;
  #replies;

  /** @param {string} name @param {string} command @param {string[]} args */
  constructor(name, command, args) {
    this.name = name;
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...ONE_THREAD },
    });
    this.#replies = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`${this.name} ended instead of answering "${request.do}"`);
    return JSON.parse(value);
  }

  /** Every row's prediction. */
  async answers() {
    const { answers } = await this.ask({ do: 'answers' });
    return doublesOf(Buffer.from(answers, 'base64'));
  }

  /** Ends when its input does. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin.end();
    await gone;
  }
}

/** A copy, because a buffer from a pool or a file may start where no double can. */
export function doublesOf(bytes) {
  const doubles = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
  new Uint8Array(doubles.buffer).set(bytes);
  return doubles;
}
