import protobuf from 'protobufjs';
import { type PackedArray, allocateArrays, bytesOf } from './arrays.ts';
import { modelFrom } from './from-messages.ts';
import { type PackageMessage, decodeChunk, decodePackage, encodePackage } from './messages.ts';
import type { Model } from '../model.ts';
import { refuse, refuseUnless } from '../refuse.ts';
import { messagesOf } from './to-messages.ts';

/** Array bytes in one chunk: a message of 2 GiB cannot be read, and small ones need little scratch. */
export const CHUNK_BYTES_MAX = 4 * 1024 * 1024;
/** The rest of a chunk's message, besides its bytes: two tags, a length, an array number. */
const CHUNK_FRAME_BYTES_MAX = 64;
/**
 * Bytes of everything but the arrays. Messages unfold to some forty times their bytes as objects, so
 * this is what keeps a hostile file from eating the memory.
 */
export const HEAD_BYTES_MAX = 4 * 1024 * 1024;
/** Fields of the body: twice what the fields of the widest model and the chunks of the largest make. */
const RECORDS_MAX = 250_000;
/** Bytes looked at in one go: a whole chunk, or thousands of small records. */
const WINDOW_BYTES = CHUNK_BYTES_MAX + 4 * CHUNK_FRAME_BYTES_MAX;

const CHUNK_FIELD = 15;
const LENGTH_DELIMITED = 2;
const CHUNK_TAG = (CHUNK_FIELD << 3) | LENGTH_DELIMITED;
/** A tag and a length, each a varint of at most 64 bits. */
const RECORD_START_BYTES_MAX = 20;

/** Reads the body's bytes from `at` on into `room`: all that fit, or those up to its end. */
export type ReadBytes = (at: number, room: Uint8Array) => Promise<Uint8Array>;

/** The body of a package, piece by piece: the messages, then every array in chunks. */
export function* bodyOf(model: Model): Generator<Uint8Array> {
  const { message, arrays } = messagesOf(model);
  const head = encodePackage(message);
  refuseUnless(
    head.length <= HEAD_BYTES_MAX,
    `The model's description takes ${head.length} bytes; a package has room for ${HEAD_BYTES_MAX}.`,
  );
  yield head;
  for (const [number, array] of arrays.entries()) {
    const bytes = bytesOf(array);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES_MAX) {
      const data = bytes.subarray(at, at + CHUNK_BYTES_MAX);
      yield chunkFrame(number, data.length);
      yield data;
    }
  }
}

/** All of a chunk but its bytes, which come last and need not be copied. */
function chunkFrame(array: number, dataBytes: number): Uint8Array {
  const inner = protobuf.Writer.create()
    .uint32((1 << 3) | 0)
    .uint32(array)
    .uint32((2 << 3) | LENGTH_DELIMITED)
    .uint32(dataBytes)
    .finish();
  return Buffer.concat([
    protobuf.Writer.create()
      .uint32(CHUNK_TAG)
      .uint32(inner.length + dataBytes)
      .finish(),
    inner,
  ]);
}

/** Reads a body of `length` bytes. Every fault is refused before memory is allocated for it. */
export async function readBody(read: ReadBytes, length: number): Promise<Model> {
  let opened: OpenedBody | null = null;
  const later: Uint8Array[] = [];
  for await (const record of records(read, length)) {
    if (record.tag === CHUNK_TAG) {
      opened ??= openBody(await read(0, new Uint8Array(record.at)), length);
      takeChunk(record.content, opened.arrays);
    } else if (opened !== null) {
      later.push(laterField(record));
    }
  }
  const headBytesMax = Math.min(length, HEAD_BYTES_MAX);
  const { message, arrays } =
    opened ?? openBody(await read(0, new Uint8Array(headBytesMax)), length);
  if (later.length > 0) message.$unknowns = [...(message.$unknowns ?? []), ...later];
  arrays.forEach(({ bytes, filled }, array) =>
    refuseUnless(
      filled === bytes.length,
      `Array ${array} of the package has ${filled} of its ${bytes.length} bytes.`,
    ),
  );
  return modelFrom(
    message,
    arrays.map(({ array }) => array),
  );
}

/** A field of the body; its bytes are good until the next one is asked for. */
interface BodyRecord {
  readonly at: number;
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

async function* records(read: ReadBytes, length: number): AsyncGenerator<BodyRecord> {
  // One for the whole body: as many as a large body takes would stay in memory until they are collected.
  const room = new Uint8Array(Math.min(WINDOW_BYTES, length));
  let window: Uint8Array = room.subarray(0, 0);
  let windowAt = 0;
  let count = 0;
  let otherBytes = 0;
  for (let at = 0; at < length;) {
    const startBytes = Math.min(RECORD_START_BYTES_MAX, length - at);
    if (windowAt + window.length < at + startBytes) {
      [window, windowAt] = [await read(at, room), at];
    }
    const { tag, contentLength, startLength } = parseRecordStart(window.subarray(at - windowAt));
    const end = at + startLength + contentLength;
    if (tag !== CHUNK_TAG) otherBytes += end - at;
    refuseUnless(
      end <= length && contentLength <= CHUNK_BYTES_MAX + CHUNK_FRAME_BYTES_MAX,
      `The package has a record of ${contentLength} bytes at byte ${at}, which cannot be.`,
    );
    refuseUnless(
      otherBytes <= HEAD_BYTES_MAX && ++count <= RECORDS_MAX,
      `The package's description is longer than ${HEAD_BYTES_MAX} bytes or ${RECORDS_MAX} records.`,
    );
    if (windowAt + window.length < end) [window, windowAt] = [await read(at, room), at];
    const bytes = window.subarray(at - windowAt, end - windowAt);
    yield { at, tag, bytes, content: bytes.subarray(startLength) };
    at = end;
  }
}

interface OpenedBody {
  readonly message: PackageMessage;
  readonly arrays: readonly ChunkTarget[];
}

/** The description that stands before the first chunk, and room for the arrays that it declares. */
function openBody(head: Uint8Array, bodyBytes: number): OpenedBody {
  const message = decoded(() => decodePackage(head));
  return { message, arrays: allocateArrays(message.arrays!, bodyBytes).map(chunkTarget) };
}

interface ChunkTarget {
  readonly array: PackedArray;
  readonly bytes: Uint8Array;
  filled: number;
}

function chunkTarget(array: PackedArray): ChunkTarget {
  return { array, bytes: bytesOf(array), filled: 0 };
}

function takeChunk(bytes: Uint8Array, targets: readonly ChunkTarget[]): void {
  const { array, data } = decoded(() => decodeChunk(bytes));
  const target = targets[array];
  if (target === undefined || target.filled + data.length > target.bytes.length) {
    refuse(`The package has a chunk of ${data.length} bytes that array ${array} has no room for.`);
  }
  target.bytes.set(data, target.filled);
  target.filled += data.length;
}

/** A field that follows the chunks can only be a newer one: fields stand in the order of their numbers. */
function laterField({ tag, bytes }: BodyRecord): Uint8Array {
  refuseUnless(tag >>> 3 > CHUNK_FIELD, 'The package describes itself after its arrays.');
  return new Uint8Array(bytes);
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    return refuse('The package holds bytes that are no message of its format.', error);
  }
}

function parseRecordStart(bytes: Uint8Array): {
  tag: number;
  contentLength: number;
  startLength: number;
} {
  const reader = protobuf.Reader.create(bytes);
  const [tag, contentLength] = decoded(() => [reader.uint32(), reader.uint32()] as const);
  refuseUnless(
    (tag & 7) === LENGTH_DELIMITED,
    `The package has a field of a kind that it cannot have (tag ${tag}).`,
  );
  return { tag, contentLength, startLength: reader.pos };
}
