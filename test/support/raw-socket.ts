import { once } from 'node:events';
import { type Socket, connect } from 'node:net';

/** A client that says what no proper one would. */
export class RawSocket {
  readonly #socket: Socket;
  #received = '';
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on('error', () => {}); // A reset is an end like any other.
    socket.on('close', () => this.#wake());
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  /** Resolves when the kernel has taken it. */
  send(text: string | Buffer): Promise<void> {
    return new Promise((resolve) => this.#socket.write(text, () => resolve()));
  }

  /** Everything received so far, once it satisfies `enough`, or once the server has closed. */
  async until(enough: (received: string) => boolean): Promise<string> {
    while (!enough(this.#received) && !this.#socket.closed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#received;
  }

  /** Everything received until the server closed the connection. */
  untilClosed(): Promise<string> {
    return this.until(() => false);
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says that no more will be sent, and reads on. */
  end(): void {
    this.#socket.end();
  }

  /** Goes away without a word. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }
}

/** One whole POST. */
export function postText(path: string, body: string, headers: readonly string[] = []): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const lines = [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', length];
  return `${[...lines, ...headers].join('\r\n')}\r\n\r\n${body}`;
}
