import { gunzipSync, inflateSync } from 'node:zlib';
import { refuse } from '../../model/refuse.ts';
import { unpackBz2 } from './bz2.ts';
import { unpackLz4 } from './lz4.ts';
import { LZMA_START, unpackLzma } from './lzma.ts';
import { Output, UnpackError } from './output.ts';
import { unpackXz } from './xz.ts';

interface Wrapper {
  readonly name: string;
  readonly magic: readonly number[];
  readonly unpack: (bytes: Buffer, output: Output, bytesMax: number) => void;
}

const ZLIB_START = 0x78;
const ZLIB_CHECK = 31;

/** Compressions around a whole file, by people and by joblib, each with its first bytes. */
const WRAPPERS: readonly Wrapper[] = [
  { name: 'zlib', magic: [ZLIB_START], unpack: unpackZlib },
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: unpackGzip },
  { name: 'bz2', magic: [0x42, 0x5a, 0x68], unpack: unpackBz2 },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unpack: unpackXz },
  { name: 'lzma', magic: LZMA_START, unpack: unpackLzma },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], unpack: unpackLz4 },
  { name: "joblib's old zlib", magic: [0x5a, 0x46], unpack: unpackZfile },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: refuseZstd },
];

/**
 * How much longer than its file a model may be. Forests shrink to a tenth when they are compressed;
 * a file that shrinks to a hundredth is no model, and would take minutes and gigabytes to find that out.
 */
export const UNPACK_FACTOR_MAX = 100;
export const UNPACK_BASE_BYTES_MAX = 16 * 1024 * 1024;

const CHUNK_BYTES = 1024 * 1024;

/** The bytes themselves, or what is in their wrapper: never more than a bound. */
export function unpack(
  bytes: Buffer,
  bytesMax: number,
  onShare: (share: number) => void = () => undefined,
): Buffer {
  const wrapper = WRAPPERS.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte));
  // The first two bytes of zlib are a multiple of 31: a table whose first column is x is none.
  if (wrapper?.unpack === unpackZlib && bytes.readUInt16BE() % ZLIB_CHECK !== 0) return bytes;
  if (wrapper === undefined) return bytes;
  const bound = Math.min(bytesMax, UNPACK_FACTOR_MAX * bytes.length + UNPACK_BASE_BYTES_MAX);
  const output = new Output(bound, onShare);
  try {
    wrapper.unpack(bytes, output, bound);
  } catch (error) {
    if (!isDamage(error)) throw error;
    refuse(`The file is damaged: its ${wrapper.name} data is cut or wrong (${error.message})`);
  }
  return output.take();
}

function isDamage(error: unknown): error is Error {
  if (error instanceof UnpackError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/** One stream behind the other, as two dumps into one file leave them. */
function unpackZlib(bytes: Buffer, output: Output, bytesMax: number): void {
  let rest = bytes;
  do {
    const { buffer, engine } = bounded(() => inflateWithInfo(rest, bytesMax), output);
    output.push(buffer);
    rest = rest.subarray(engine.bytesWritten);
  } while (rest[0] === ZLIB_START);
}

/** Node's types do not know what `info` adds: how many bytes were of this stream. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflateWithInfo(bytes: Buffer, bytesMax: number): Inflated {
  return inflateSync(bytes, { ...optionsFor(bytesMax), info: true }) as unknown as Inflated;
}

function unpackGzip(bytes: Buffer, output: Output, bytesMax: number): void {
  output.push(bounded(() => gunzipSync(bytes, optionsFor(bytesMax)), output));
}

function optionsFor(bytesMax: number): { chunkSize: number; maxOutputLength: number } {
  return { chunkSize: CHUNK_BYTES, maxOutputLength: bytesMax };
}

/** Node stops by itself where an output gets too long; the sentence for it is the output's. */
function bounded<T>(run: () => T, output: Output): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      output.refuseMore();
    }
    throw error;
  }
}

/** Before 0.10 joblib wrote "ZF", the length as 19 characters of hexadecimal, and zlib's data. */
function unpackZfile(bytes: Buffer, output: Output, bytesMax: number): void {
  const header = /^ZF0x([0-9a-f]{1,16})L? *$/.exec(bytes.toString('latin1', 0, ZFILE_HEADER_BYTES));
  if (header === null) throw new UnpackError('its header is wrong');
  // Python 2 wrote one space more.
  const start = ZFILE_HEADER_BYTES + (bytes[ZFILE_HEADER_BYTES] === SPACE ? 1 : 0);
  unpackZlib(bytes.subarray(start), output, bytesMax);
  if (output.length !== Number.parseInt(header[1]!, 16)) {
    throw new UnpackError('it is not as long as it says');
  }
}

const ZFILE_HEADER_BYTES = 2 + 19;
const SPACE = 0x20;

/** Node 20 has no zstd, and joblib does not write it. */
function refuseZstd(): never {
  refuse('The file is compressed with zstd, which is not understood: unpack it first (zstd -d)');
}
