import { createGunzip, createInflate } from 'node:zlib';
import { refuse } from './refuse.ts';

/** Formats that joblib can write around a whole file, by the bytes they begin with. */
const WRAPPERS = [
  { name: 'zlib', magic: [0x78], open: createInflate },
  { name: 'gzip', magic: [0x1f, 0x8b], open: createGunzip },
  { name: 'bz2', magic: [0x42, 0x5a, 0x68], open: null },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], open: null },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00], open: null },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], open: null },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], open: null },
  { name: "joblib's format of before 2016", magic: [0x5a, 0x46], open: null },
] as const;

const CHUNK_BYTES = 1024 * 1024;

/** The bytes themselves, or what is in their wrapper: never more than `bytesMax`, and never all at once. */
export async function decompress(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const wrapper = WRAPPERS.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte));
  if (wrapper === undefined) return bytes;
  const { name, open } = wrapper;
  if (open === null) {
    refuse(
      `The file is compressed with ${name}, which is not understood: save it with zlib or gzip`,
    );
  }
  const chunks: Buffer[] = [];
  let length = 0;
  const unpacked = open({ chunkSize: CHUNK_BYTES });
  unpacked.end(bytes);
  try {
    // Leaving the loop early destroys the stream, so a bomb goes no further than the bound.
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bytesMax) {
        refuse(`The file unpacks to more than ${bytesMax} bytes, the most that is read`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      refuse(`The file is damaged: its ${name} data is cut or wrong (${error.message})`);
    }
    throw error;
  }
  return Buffer.concat(chunks, length);
}
