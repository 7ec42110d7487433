import protobuf from 'protobufjs';
import { type PackedArray, allocateArrays, bytesOf } from './arrays.ts';
import { modelFrom } from './from-messages.ts';
import { type PackageMessage, decodeChunk, decodePackage, encodePackage } from './messages.ts';
import type { Model } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';
import { messagesOf } from './to-messages.ts';

/** Array bytes in one chunk: a message of 2 GiB cannot be read, and small ones need little scratch. */
export const CHUNK_BYTES_MAX = 4 * 1024 * 1024;
/** What a chunk's message may have besides its bytes: two tags, a length, an array number. */
const CHUNK_FRAME_BYTES_MAX = 64;
/**
 * Bytes of everything but the arrays. Messages unfold to some fifty times their bytes as objects, so
 * this is what keeps a hostile file from eating the memory.
 */
export const HEAD_BYTES_MAX = 8 * 1024 * 1024;

const CHUNK_FIELD = 15;
const LENGTH_DELIMITED = 2;
const CHUNK_TAG = (CHUNK_FIELD << 3) | LENGTH_DELIMITED;
/** Bytes of a varint of 64 bits. */
const VARINT_BYTES_MAX = 10;

/** Reads the body's bytes [at, at + length), or fewer at its end. */
export type ReadBytes = (at: number, length: number) => Promise<Uint8Array>;

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

/** Reads a body of `length` bytes. Whatever is wrong with it is refused before it is allocated for. */
export async function readBody(read: ReadBytes, length: number): Promise<Model> {
  const head: Uint8Array[] = [];
  const later: Uint8Array[] = [];
  let message: PackageMessage | null = null;
  let chunks: ChunkTarget[] = [];
  let descriptionBytes = 0;
  let at = 0;
  while (at < length) {
    const record = parseRecordStart(await read(at, 2 * VARINT_BYTES_MAX));
    const bytesMax =
      record.tag === CHUNK_TAG ? CHUNK_BYTES_MAX + CHUNK_FRAME_BYTES_MAX : HEAD_BYTES_MAX;
    refuseUnless(
      record.length <= bytesMax && at + record.end + record.length <= length,
      `The package has a record of ${record.length} bytes at byte ${at}, which cannot be.`,
    );
    const bytes = await read(at, record.end + record.length);
    at += bytes.length;
    if (record.tag === CHUNK_TAG) {
      message ??= decodeHead(head);
      if (chunks.length === 0) chunks = allocateArrays(message.arrays!, length).map(chunkTarget);
      takeChunk(bytes.subarray(record.end), chunks);
      continue;
    }
    descriptionBytes += bytes.length;
    refuseUnless(
      descriptionBytes <= HEAD_BYTES_MAX,
      `The package's description is longer than ${HEAD_BYTES_MAX} bytes.`,
    );
    if (message === null) head.push(bytes);
    else later.push(laterField(record.tag, bytes));
  }
  message ??= decodeHead(head);
  if (chunks.length === 0) chunks = allocateArrays(message.arrays!, length).map(chunkTarget);
  if (later.length > 0) message.$unknowns = [...(message.$unknowns ?? []), ...later];
  chunks.forEach(({ bytes, filled }, array) =>
    refuseUnless(
      filled === bytes.length,
      `Array ${array} of the package has ${filled} of its ${bytes.length} bytes.`,
    ),
  );
  return modelFrom(
    message,
    chunks.map(({ array }) => array),
  );
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
function laterField(tag: number, bytes: Uint8Array): Uint8Array {
  refuseUnless(tag >>> 3 > CHUNK_FIELD, 'The package describes itself after its arrays.');
  return bytes;
}

function decodeHead(parts: readonly Uint8Array[]): PackageMessage {
  return decoded(() => decodePackage(Buffer.concat(parts)));
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    return refuse('The package holds bytes that are no message of its format.', error);
  }
}

/** Tag and length of the record that starts these bytes; `end` is where its content starts. */
function parseRecordStart(bytes: Uint8Array): { tag: number; length: number; end: number } {
  const reader = protobuf.Reader.create(bytes);
  const { tag, length } = decoded(() => ({ tag: reader.uint32(), length: reader.uint32() }));
  refuseUnless(
    (tag & 7) === LENGTH_DELIMITED,
    `The package has a field of a kind that it cannot have (tag ${tag}).`,
  );
  return { tag, length, end: reader.pos };
}
