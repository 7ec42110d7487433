import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const HEAD_END = '\r\n\r\n';
/** A slow client sends so much at a time, and waits so long after it: a body of 1 MiB takes some 4 s. */
const PIECE_BYTES = 64 * 1024;
const PIECE_MS = 250;
/** A request without a reply by then has none. */
const REPLY_MS_MAX = 60_000;

/** One client, which opens its connection anew where the server has closed it. */
export class Attacker {
  #address;
  #slow;
  #socket = null;
  #received = '';
  #wake = () => {};

  constructor(address, slow) {
    this.#address = address;
    this.#slow = slow;
  }

  /** The status of the reply, or why there is none. */
  async ask(request) {
    this.#received = '';
    if (this.#socket === null && !(await this.#open())) return 'no connection';
    const sent = this.#slow ? this.#sendSlowly(request) : this.#socket.write(request);
    const deadline = setTimeout(() => this.leave(), REPLY_MS_MAX);
    while (this.#socket !== null && !isWhole(this.#received)) {
      await new Promise((resolve) => (this.#wake = resolve));
    }
    clearTimeout(deadline);
    await sent;
    return isWhole(this.#received) ? statusOf(this.#received) : 'no reply';
  }

  leave() {
    this.#socket?.destroy();
    this.#gone(this.#socket);
  }

  async #open() {
    const socket = connect(this.#address);
    socket.on('error', () => {}); // Its close follows, and a reply that came before it counts.
    socket.setEncoding('latin1').on('data', (text) => {
      this.#received += text;
      this.#wake();
    });
    socket.on('close', () => this.#gone(socket));
    this.#socket = socket;
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return this.#socket === socket;
  }

  #gone(socket) {
    if (this.#socket === socket) this.#socket = null;
    this.#wake();
  }

  /** Ends early where the reply is there before the body. */
  async #sendSlowly(request) {
    for (let at = 0; at < request.length && this.#socket !== null; at += PIECE_BYTES) {
      this.#socket.write(request.subarray(at, at + PIECE_BYTES));
      if (!isWhole(this.#received)) await delay(PIECE_MS);
    }
  }
}

function statusOf(text) {
  return text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
}

function isWhole(text) {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))[1]);
  return text.length >= headEnd + HEAD_END.length + length;
}
