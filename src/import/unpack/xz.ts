import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc64 } from './crc64.ts';
import { Input } from './input.ts';
import { LzmaDecoder, Window } from './lzma.ts';
import { type Output, UnpackError } from './output.ts';
import { RangeDecoder } from './range-decoder.ts';

/**
 * `.xz` as the format's description has it (xz-file-format.txt 1.1): a header, blocks of LZMA2 chunks,
 * each block with a checksum of what it unpacks to. The index behind the blocks is for seeking only. More
 * streams may follow, with zeros between them.
 */

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const HEADER_BYTES = 12;
const FOOTER_BYTES = 12;
const INDEX_CHECK_BYTES = 4;
const FILTER_LZMA2 = 0x21;
const FLAG_COMPRESSED_SIZE = 0x40;
const FLAG_UNPACKED_SIZE = 0x80;
const FLAGS_RESERVED = 0x3c;
/** Checks by the number that the header gives; their lengths follow from it. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const CHECK_CRC32 = 1;
const CHECK_CRC64 = 4;
const CHECK_SHA256 = 10;

export function unpackXz(bytes: Uint8Array, output: Output): void {
  const input = new Input(bytes);
  output.follow(() => input.share);
  while (input.left > 0) {
    unpackStream(input, output);
    while (input.left > 0 && input.bytes[input.at] === 0) input.byte();
  }
}

function unpackStream(input: Input, output: Output): void {
  const header = input.view(HEADER_BYTES);
  const check = header[7]!;
  const stated = new Input(header.subarray(8)).uint32();
  const begins = MAGIC.every((byte, at) => header[at] === byte);
  if (!begins || header[6] !== 0 || check > 15 || crc32(header.subarray(6, 8)) !== stated) {
    throw new UnpackError('its header is damaged');
  }
  for (;;) {
    const start = input.at;
    const size = input.byte();
    if (size === 0) {
      skipIndex(input, start);
      return;
    }
    const dictionaryBytes = readBlockHeader(input, start, size);
    const dataStart = input.at;
    const block = output.nested();
    unpackLzma2(input, new Window(dictionaryBytes, block));
    const unpacked = block.take();
    while ((input.at - dataStart) % 4 !== 0) {
      if (input.byte() !== 0) throw new UnpackError('a block of it is damaged');
    }
    verify(check, input.view(CHECK_BYTES[check]!), unpacked);
    output.push(unpacked);
  }
}

/** A pair of lengths for each block, padded to words, with a checksum; then the footer. */
function skipIndex(input: Input, start: number): void {
  for (let records = readLength(input); records > 0; records--) {
    readLength(input);
    readLength(input);
  }
  while ((input.at - start) % 4 !== 0) input.byte();
  input.view(INDEX_CHECK_BYTES + FOOTER_BYTES);
}

/** The size of the dictionary: what the block's only filter has for its properties. */
function readBlockHeader(input: Input, start: number, size: number): number {
  const header = input.bytes.subarray(start, start + size * 4);
  const stated = new Input(input.bytes.subarray(start + size * 4)).uint32();
  if (crc32(header) !== stated) throw new UnpackError('the header of a block is damaged');
  const fields = new Input(header);
  fields.at = 1;
  const flags = fields.byte();
  if ((flags & FLAGS_RESERVED) !== 0) throw new UnpackError('a block has flags that are not known');
  if ((flags & FLAG_COMPRESSED_SIZE) !== 0) readLength(fields);
  if ((flags & FLAG_UNPACKED_SIZE) !== 0) readLength(fields);
  const filter = readLength(fields);
  if ((flags & 3) !== 0 || filter !== FILTER_LZMA2 || readLength(fields) !== 1) {
    throw new UnpackError('it uses filters beside LZMA2');
  }
  const bits = fields.byte();
  if (bits > 40) throw new UnpackError('its dictionary is too large');
  input.at = start + size * 4 + 4;
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
}

/** Seven bits a byte, the lowest first. */
function readLength(input: Input): number {
  let value = 0;
  for (let shift = 0; shift < 9; shift++) {
    const byte = input.byte();
    value += (byte & 0x7f) * 2 ** (7 * shift);
    if (byte < 0x80) return value;
  }
  throw new UnpackError('a length in it is too long');
}

function verify(check: number, stated: Uint8Array, unpacked: Uint8Array): void {
  const seen = Buffer.from(stated);
  const holds =
    (check !== CHECK_CRC32 || seen.readUInt32LE() === crc32(unpacked)) &&
    (check !== CHECK_CRC64 || seen.readBigUInt64LE() === crc64(unpacked)) &&
    (check !== CHECK_SHA256 || seen.equals(createHash('sha256').update(unpacked).digest()));
  if (!holds) throw new UnpackError('a checksum in it does not hold');
}

/** Chunks, each with a byte that says what it is and how much of the state before it goes on. */
function unpackLzma2(input: Input, window: Window): void {
  const decoder = new LzmaDecoder(window);
  let hasProperties = false;
  let hasBegun = false;
  for (;;) {
    const control = input.byte();
    if (control === 0) break;
    // 1 and 0xe0 upwards begin a new dictionary; a stream begins with one of them.
    if (control === 1 || control >= 0xe0) window.reset();
    else if (!hasBegun) throw new UnpackError('it does not begin with a new dictionary');
    hasBegun = true;
    if (control < 0x80) {
      if (control > 2) throw new UnpackError('a chunk of it is of no known kind');
      const length = readBigEndian16(input) + 1;
      for (const byte of input.view(length)) window.put(byte);
      continue;
    }
    const length = ((control & 0x1f) << 16) + readBigEndian16(input) + 1;
    const packedLength = readBigEndian16(input) + 1;
    if (control >= 0xc0) {
      decoder.setProperties(input.byte());
      hasProperties = true;
    } else if (control >= 0xa0) decoder.reset();
    if (!hasProperties) throw new UnpackError('a chunk of it has no properties');
    const chunk = new Input(input.view(packedLength));
    const range = new RangeDecoder(chunk);
    decoder.run(range, length);
    if (chunk.left !== 0 || !range.isFinished) throw new UnpackError('a chunk of it is damaged');
  }
  window.flush();
}

function readBigEndian16(input: Input): number {
  const high = input.byte();
  return high * 256 + input.byte();
}
