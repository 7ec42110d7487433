import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A network between the store and Postgres that can be made to fail in the ways that networks do. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #swallows = false;
  #marker: Buffer | null = null;
  #cuts = true;
  #repliesLost = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param at The port to listen on; any free one if absent. */
  static async start(target: string, at = 0): Promise<TcpProxy> {
    const { port } = new URL(target);
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => proxy.#join(client, Number(port)));
    await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
    return proxy;
  }

  /** The target's address by way of this proxy. */
  url(target: string): string {
    const url = new URL(target);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** From now on nothing arrives in either direction, and nothing is closed. */
  swallow(): void {
    this.#swallows = true;
  }

  /** The network works again, for new connections; the old ones have lost bytes and are cut. */
  pass(): void {
    this.#swallows = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The next message that holds this text reaches Postgres; instead of the reply the line is cut. */
  loseReplyTo(text: string): void {
    this.#marker = Buffer.from(text);
    this.#cuts = true;
  }

  /** The same without the cut: the reply, and all that follows on its line, is on its way for ever. */
  holdReplyTo(text: string): void {
    this.#marker = Buffer.from(text);
    this.#cuts = false;
  }

  get repliesLost(): number {
    return this.#repliesLost;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1').setNoDelay(true);
    client.setNoDelay(true);
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
    let loses = false;
    client.on('data', (bytes: Buffer) => {
      if (this.#swallows) return;
      if (this.#marker !== null && bytes.includes(this.#marker)) {
        this.#marker = null;
        loses = true;
      }
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (this.#swallows) return;
      if (!loses) {
        client.write(bytes);
        return;
      }
      this.#repliesLost++;
      if (this.#cuts) cut();
    });
  }
}
