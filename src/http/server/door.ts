import { randomUUID } from 'node:crypto';

import { type ErrorCode, ThicketError } from '../../core/errors.ts';
import { loadAddon } from '../../forest/load.ts';
import { statusLineOf } from './status-lines.ts';
import { errorReply } from './reply.ts';

/** A request that waits for its reply. */
export interface Waiting {
  /** Reads no more of its connection until its reply has left. */
  pause(): void;
}

/** A server behind the door. */
export interface DoorHost {
  /** Sees each message that reached no route. */
  onMalformed(requestId: string, error: ThicketError): void;
}

/** By the numbers of native/door/message.h. */
const FAULTS: readonly (readonly [code: ErrorCode, sentence: string])[] = [
  ['REQUEST_MALFORMED', 'the request is malformed'],
  ['REQUEST_MALFORMED', 'the request has a byte that no head of HTTP has'],
  ['REQUEST_MALFORMED', 'the request does not begin with a method, a path and HTTP/1.1'],
  ['NOT_IMPLEMENTED', 'the method is in no registry of HTTP'],
  ['VERSION_UNSUPPORTED', 'the version must be HTTP/1.1 or HTTP/1.0'],
  ['REQUEST_MALFORMED', 'a header is no name, colon and value'],
  ['REQUEST_MALFORMED', 'the request must have one Host'],
  ['REQUEST_MALFORMED', 'Content-Length must be one number, said once'],
  ['NOT_IMPLEMENTED', 'the only transfer encoding is chunked'],
  ['REQUEST_MALFORMED', 'the body must have either a length or an encoding, said once'],
  ['HEAD_TOO_LARGE', 'the headers have more than 16384 bytes'],
  ['HEAD_TOO_LARGE', 'the request has more than 40 headers'],
  ['REQUEST_MALFORMED', 'a chunk of the body is malformed, has an extension, or ends with headers'],
];

/**
 * Stands between uWebSockets.js and its sockets (native/door): a message that breaks a rule of framing gets its
 * reply and an end, HTTP/1.0 is read as 1.1, and a request is read when the one before it has its reply.
 */
export class Door {
  readonly #hosts = new Map<number, DoorHost>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #current: Int32Array;
  readonly #busy: Uint8Array;

  private constructor(library: string) {
    const memory = loadAddon().openDoor(library, {
      refusal: (fault, port) => this.#refusal(fault, port),
      pause: (descriptor) => this.#waiting.get(descriptor)?.pause(),
    });
    if (memory === null) {
      throw new ThicketError(
        'SETUP_MISSING',
        `${library} calls neither recv nor send of the system: take the uWebSockets.js of this package`,
      );
    }
    this.#current = memory.current;
    this.#busy = memory.busy;
  }

  /** One for all servers of this thread. */
  static #ofThread: Door | undefined;

  /** @throws {ThicketError} SETUP_MISSING where the library is no such server. */
  static before(library: string): Door {
    return (Door.#ofThread ??= new Door(library));
  }

  addHost(port: number, host: DoorHost): void {
    this.#hosts.set(port, host);
  }

  removeHost(port: number): void {
    this.#hosts.delete(port);
  }

  /** The connection whose request is being handed on. */
  get current(): number {
    return this.#current[0]!;
  }

  /** The connection's next request is read when this one is released. */
  hold(connection: number, request: Waiting): void {
    this.#busy[connection] = 1;
    this.#waiting.set(connection, request);
  }

  /** Does nothing where a newer connection has the same number. */
  release(connection: number, request: Waiting): void {
    if (this.#waiting.get(connection) !== request) return;
    this.#waiting.delete(connection);
    this.#busy[connection] = 0;
  }

  #refusal(fault: number, port: number): string {
    const [code, sentence] = FAULTS[fault]!;
    const error = new ThicketError(code, sentence);
    const requestId = randomUUID();
    this.#hosts.get(port)?.onMalformed(requestId, error);
    const { status, type, body } = errorReply(error, requestId);
    const lines = [
      `HTTP/1.1 ${statusLineOf(status)}`,
      `Content-Type: ${type}`,
      `X-Request-ID: ${requestId}`,
      'X-Process-Time: 0.000000',
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    return `${lines.join('\r\n')}\r\n\r\n${String(body)}`;
  }
}
