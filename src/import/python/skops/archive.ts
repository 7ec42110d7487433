import { crc32, inflateRawSync } from 'node:zlib';
import yauzl from 'yauzl';
import { refuse } from '../../../model/refuse.ts';
import { UNPACK_BASE_BYTES_MAX, UNPACK_FACTOR_MAX } from '../../unpack/unpack.ts';

/** Members of an archive: a forest has two arrays a tree. */
const MEMBERS_MAX = 1_000_000;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;

const MAGIC = Buffer.from('PK\x03\x04', 'latin1');

export function isZip(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

interface Member {
  readonly start: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly method: number;
  readonly crc32: number;
}

/** The members of a zip archive by name: views where they are stored as they are, which is usual. */
export class Archive {
  readonly #file: Buffer;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #read = new Map<string, Buffer>();
  #left: number;

  private constructor(file: Buffer, members: ReadonlyMap<string, Member>, bytesMax: number) {
    this.#file = file;
    this.#members = members;
    this.#left = Math.min(bytesMax, UNPACK_FACTOR_MAX * file.length + UNPACK_BASE_BYTES_MAX);
  }

  static async open(file: Buffer, bytesMax: number): Promise<Archive> {
    try {
      return new Archive(file, await readDirectory(file), bytesMax);
    } catch (error) {
      // yauzl reports every fault of an archive as an Error without a code.
      if (error instanceof Error && !('code' in error)) {
        refuse(`The file is a damaged zip archive (${error.message})`);
      }
      throw error;
    }
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  read(name: string): Buffer {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const member = this.#members.get(name);
    const shown = JSON.stringify(name.slice(0, 200));
    if (member === undefined) refuse(`The file has no member ${shown}, which its schema names`);
    if (member.start + member.packedBytes > this.#file.length)
      refuse(`The file is cut in ${shown}`);
    const packed = this.#file.subarray(member.start, member.start + member.packedBytes);
    const bytes = this.#unpack(packed, member, shown);
    if (bytes.length !== member.bytes || crc32(bytes) !== member.crc32) {
      refuse(`The file is damaged: the checksum of ${shown} does not hold`);
    }
    this.#read.set(name, bytes);
    return bytes;
  }

  #unpack(packed: Buffer, { bytes, method }: Member, shown: string): Buffer {
    if (method === STORED) return packed;
    if (method !== DEFLATED) {
      refuse(`${shown} is compressed in a way that is not understood: save it with ZIP_DEFLATED`);
    }
    this.#left -= bytes;
    if (this.#left < 0) refuse('The file unpacks to more than a model of its size has');
    try {
      return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
    } catch (error) {
      return refuse(`The file is damaged: ${shown} does not unpack (${String(error)})`);
    }
  }
}

async function readDirectory(file: Buffer): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const zip = await yauzl.fromBufferPromise(file, { lazyEntries: true });
  if (zip.entryCount > MEMBERS_MAX) refuse(`The file has more than ${MEMBERS_MAX} members`);
  for await (const entry of zip.eachEntry()) {
    if ((entry.generalPurposeBitFlag & ENCRYPTED_FLAG) !== 0) refuse('The file is encrypted');
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    members.set(entry.fileName, {
      start: fileDataStart,
      packedBytes: entry.compressedSize,
      bytes: entry.uncompressedSize,
      method: entry.compressionMethod,
      crc32: entry.crc32,
    });
  }
  return members;
}
