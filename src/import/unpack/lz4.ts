import { Input } from './input.ts';
import { type Output, UnpackError } from './output.ts';
import { xxh32 } from './xxh32.ts';

/**
 * LZ4 frames as their description has them (lz4_Frame_format.md, lz4_Block_format.md): blocks of
 * literals and matches, where a match reaches up to 64 KiB back, also into earlier blocks.
 */

const MAGIC = 0x184d2204;
/** Frames of this family hold data of other programs and are skipped. */
const MAGIC_SKIPPED = 0x184d2a50;
const HISTORY_BYTES = 64 * 1024;
const UNPACKED_FLAG = 0x8000_0000;
const MATCH_BYTES_MIN = 4;

export function unpackLz4(bytes: Uint8Array, output: Output): void {
  const input = new Input(bytes);
  output.follow(() => input.share);
  while (input.left > 0) {
    const magic = input.uint32();
    if ((magic & 0xffff_fff0) >>> 0 === MAGIC_SKIPPED) input.view(input.uint32());
    else if (magic === MAGIC) unpackFrame(input, output);
    else throw new UnpackError('something else follows it');
  }
}

function unpackFrame(input: Input, output: Output): void {
  const { blockBytesMax, hasBlockChecksum, hasChecksum } = readHeader(input);
  const hash = xxh32();
  // The history stands before the block, so that a match is one copy within one array.
  const buffer = new Uint8Array(HISTORY_BYTES + blockBytesMax);
  let filled = 0;
  for (;;) {
    const size = input.uint32();
    if (size === 0) break;
    const length = size & ~UNPACKED_FLAG;
    if (length > blockBytesMax) throw new UnpackError('a block of it is too long');
    const block = input.view(length);
    if (hasBlockChecksum && input.uint32() !== xxh32().update(block).digest()) {
      throw new UnpackError('a checksum in it does not hold');
    }
    const end = size >= UNPACKED_FLAG ? put(buffer, block) : unpackBlock(block, buffer, filled);
    const chunk = buffer.slice(HISTORY_BYTES, end);
    if (hasChecksum) hash.update(chunk);
    output.push(chunk);
    filled = Math.min(HISTORY_BYTES, filled + chunk.length);
    buffer.copyWithin(0, end - HISTORY_BYTES, end);
  }
  if (hasChecksum && input.uint32() !== hash.digest()) {
    throw new UnpackError('a checksum in it does not hold');
  }
}

interface Header {
  readonly blockBytesMax: number;
  readonly hasBlockChecksum: boolean;
  readonly hasChecksum: boolean;
}

function readHeader(input: Input): Header {
  const start = input.at;
  const flags = input.byte();
  const sizes = input.byte();
  if (flags >> 6 !== 1) throw new UnpackError('its version is not known');
  if ((flags & 1) !== 0) throw new UnpackError('it needs a dictionary that is not in it');
  if ((flags & 8) !== 0) input.view(8); // The length, of which nothing depends here.
  const sum = xxh32().update(input.bytes.subarray(start, input.at)).digest();
  const sizeBits = (sizes >> 4) & 7;
  if (input.byte() !== ((sum >>> 8) & 0xff) || sizeBits < 4) {
    throw new UnpackError('its header is damaged');
  }
  return {
    blockBytesMax: 2 ** (2 * sizeBits + 8),
    hasBlockChecksum: (flags & 16) !== 0,
    hasChecksum: (flags & 4) !== 0,
  };
}

function put(buffer: Uint8Array, block: Uint8Array): number {
  buffer.set(block, HISTORY_BYTES);
  return HISTORY_BYTES + block.length;
}

/** Unpacks a block behind the history, of which `filled` bytes are there, and returns where it ends. */
function unpackBlock(block: Uint8Array, buffer: Uint8Array, filled: number): number {
  const input = new Input(block);
  let at = HISTORY_BYTES;
  while (input.left > 0) {
    const token = input.byte();
    const literals = input.view(readLength(input, token >> 4));
    if (at + literals.length > buffer.length) throw new UnpackError('a block of it is too long');
    buffer.set(literals, at);
    at += literals.length;
    if (input.left === 0) break;
    const low = input.byte();
    const distance = low + 256 * input.byte();
    const length = readLength(input, token & 15) + MATCH_BYTES_MIN;
    if (distance === 0 || distance > at - HISTORY_BYTES + filled) {
      throw new UnpackError('a match reaches before its beginning');
    }
    if (at + length > buffer.length) throw new UnpackError('a block of it is too long');
    // Forwards, byte by byte where it copies what it has just written.
    if (distance >= length) buffer.copyWithin(at, at - distance, at - distance + length);
    else for (let to = at; to < at + length; to++) buffer[to] = buffer[to - distance]!;
    at += length;
  }
  return at;
}

function readLength(input: Input, nibble: number): number {
  if (nibble < 15) return nibble;
  let length = nibble;
  let byte: number;
  do {
    byte = input.byte();
    length += byte;
  } while (byte === 255);
  return length;
}
