import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { doublesOf } from './rows.mjs';

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
    // A write to a process that has ended is no failure by itself: the missing reply is.
    this.#child.stdin.on('error', () => {});
    this.#replies = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`${this.name} ended instead of answering "${request.do}"`);
    const reply = JSON.parse(value);
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  /** The first rows' predictions, and raw scores where it reports them. */
  async answers(rows) {
    const { answers, raw } = await this.ask({ do: 'answers', rows });
    return { predictions: doublesIn(answers), raw: raw === undefined ? null : doublesIn(raw) };
  }

  /** Ends when its input does. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin.end();
    await gone;
  }
}

const doublesIn = (base64) => doublesOf(Buffer.from(base64, 'base64'));
