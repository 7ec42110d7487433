import { createRequire } from 'node:module';
import { Input } from './input.ts';
import { type Output, UnpackError } from './output.ts';

interface ByteSource {
  readByte(): number;
  read(into: Uint8Array, offset: number, length: number): number;
  eof(): boolean;
}
interface ByteSink {
  writeByte(byte: number): void;
}

/** seek-bzip checks every block's checksum. It has no types of its own. */
const { decode } = createRequire(import.meta.url)('seek-bzip') as {
  decode: (this: void, source: ByteSource, sink: ByteSink, multistream: boolean) => void;
};

const CHUNK_BYTES = 1024 * 1024;

export function unpackBz2(bytes: Uint8Array, output: Output): void {
  const input = new Input(bytes);
  output.follow(() => input.share);
  let chunk = new Uint8Array(CHUNK_BYTES);
  let length = 0;
  const sink = {
    writeByte(byte: number): void {
      chunk[length] = byte;
      length += 1;
      if (length < CHUNK_BYTES) return;
      output.push(chunk);
      chunk = new Uint8Array(CHUNK_BYTES);
      length = 0;
    },
  };
  try {
    decode(sourceOf(input), sink, true);
  } catch (error) {
    // The library reports damage as a TypeError with a code of its own.
    if (error instanceof TypeError) throw new UnpackError(error.message);
    throw error;
  }
  output.push(chunk.subarray(0, length));
}

function sourceOf(input: Input): ByteSource {
  return {
    readByte: () => input.byte(),
    read(into, offset, length) {
      into.set(input.view(length), offset);
      return length;
    },
    eof: () => input.left === 0,
  };
}
