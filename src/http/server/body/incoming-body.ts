import { ThicketError } from '../../../core/errors.ts';
import type { HttpResponse } from '../uws.ts';
import { type BodyRoom, SMALL_BODY_BYTES_MAX } from './body-room.ts';
import { KeptBytes } from './kept-bytes.ts';

/**
 * How long a large body that finds no room waits for its refusal. Its connection is not read meanwhile: a
 * client that sends again at once would keep the server busy with refusing.
 */
const REFUSAL_DELAY_MS = 1_000;

export interface BodyBounds {
  /** From the first bytes of a body to its last. */
  readonly deadlineMs: number;
  readonly room: BodyRoom;
}

/** A body before it comes. */
export interface Announced {
  /** By `Content-Length`; 0 where no length is announced. */
  readonly length: number;
  /** The largest that its route takes. */
  readonly bytesMax: number;
}

/** A body as it came, or the reason why it did not. */
export interface ReceivedBytes {
  readonly error: ThicketError | null;
  readonly bytes: Buffer;
  /** False: the bytes are gone when the call that hands them on returns. */
  readonly areKept: boolean;
}

/**
 * Receives one body within bounds.
 *
 * - RECEIVING  bytes come. The last one, a bound or the deadline ends it.
 * - REFUSED    it finds no room, and is told so in a moment.
 * - ENDED      `onEnd` was called, or the client has gone. What still comes is dropped, so that the client
 *              reads a refusal and not a reset.
 */
export class IncomingBody {
  readonly #res: HttpResponse;
  readonly #bounds: BodyBounds;
  readonly #announced: Announced;
  readonly #onEnd: (received: ReceivedBytes) => void;
  #mode: 'RECEIVING' | 'REFUSED' | 'ENDED' = 'RECEIVING';
  readonly #kept: KeptBytes;
  #bytes = 0;
  /** Bytes of the room that are this body's. */
  #held = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param onEnd Called once; never where the client goes before. */
  constructor(
    res: HttpResponse,
    announced: Announced,
    bounds: BodyBounds,
    onEnd: (received: ReceivedBytes) => void,
  ) {
    this.#res = res;
    this.#announced = announced;
    this.#kept = new KeptBytes(announced.length);
    this.#bounds = bounds;
    this.#onEnd = onEnd;
    res.onData((chunk, isLast) => this.#receive(chunk, isLast));
  }

  /** The client has gone. @returns True where `onEnd` was not called, and will not be. */
  abort(): boolean {
    const open = this.#mode !== 'ENDED';
    this.#close();
    return open;
  }

  /** Gives back the room. Every body ends with this call: answered, refused, late, or left by its client. */
  release(): void {
    this.#bounds.room.give(this.#held);
    this.#held = 0;
  }

  #receive(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#mode !== 'RECEIVING') return;
    const { room, deadlineMs } = this.#bounds;
    const { bytesMax } = this.#announced;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > bytesMax) {
      this.#end(tooLarge(bytesMax));
    } else if (!this.#hold()) {
      this.#refuse(room.full(), isLast);
    } else if (!isLast) {
      this.#kept.add(chunk);
      this.#timer ??= setTimeout(() => this.#end(late(deadlineMs)), deadlineMs);
    } else if (this.#kept.isEmpty) {
      this.#end(null, { bytes: Buffer.from(chunk), areKept: false });
    } else {
      this.#kept.add(chunk);
      this.#end(null, { bytes: this.#kept.take(), areKept: true });
    }
  }

  /** Holds all that is announced from the first bytes on: a body that was admitted has room to its end. */
  #hold(): boolean {
    const bytes = Math.max(this.#bytes, this.#announced.length);
    const more = bytes - this.#held;
    if (more > 0 && !this.#bounds.room.take(more, bytes > SMALL_BODY_BYTES_MAX)) return false;
    this.#held = bytes;
    return true;
  }

  #refuse(error: ThicketError, isLast: boolean): void {
    if (Math.max(this.#bytes, this.#announced.length) <= SMALL_BODY_BYTES_MAX) {
      this.#end(error);
      return;
    }
    this.#mode = 'REFUSED';
    this.#stopTimer();
    this.#kept.drop();
    this.release();
    if (!isLast) this.#res.pause();
    this.#timer = setTimeout(() => {
      if (!isLast) this.#res.resume();
      this.#end(error);
    }, REFUSAL_DELAY_MS);
  }

  #end(error: ThicketError | null, body: Omit<ReceivedBytes, 'error'> = NO_BODY): void {
    this.#close();
    this.#onEnd({ error, ...body });
  }

  #close(): void {
    this.#mode = 'ENDED';
    this.#kept.drop();
    this.#stopTimer();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const NO_BODY = { bytes: Buffer.alloc(0), areKept: true };

function late(deadlineMs: number): ThicketError {
  return new ThicketError('BODY_LATE', `the body did not arrive within ${deadlineMs} ms`);
}

export function tooLarge(bytesMax: number): ThicketError {
  return new ThicketError('BODY_TOO_LARGE', `the body is larger than ${bytesMax} bytes`);
}
