import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Model } from '../model.ts';
import { bodyOf, readBody } from './package-body.ts';
import { refuse, refuseUnless } from '../refuse.ts';

/** `THICKET` and the major version of the format. */
const MAGIC_WORD = Buffer.from('THICKET', 'latin1');
const MAJOR_VERSION = 2;
/** Magic (8), body length (8), SHA-256 of the body (32), zeros (16). */
const HEADER_BYTES = 64;
const LENGTH_AT = 8;
const DIGEST_AT = 16;
const DIGEST_BYTES = 32;
const ZEROS_AT = DIGEST_AT + DIGEST_BYTES;
/** Bytes of a package. Larger than any forest that fits a machine this product runs on. */
export const PACKAGE_BYTES_MAX = 64 * 1024 ** 3;
/** Bytes read at a time while the digest is taken: they are still in the cache when they are hashed. */
const READ_BYTES_MAX = 1024 * 1024;

/** True where the file begins like a package of any version. */
export async function isPackage(path: string): Promise<boolean> {
  return withFile(path, async (file) => {
    const start = await readExactly(file, 0, MAGIC_WORD.length);
    return MAGIC_WORD.equals(start);
  });
}

/** Replaces `path` in one step: a reader sees the old package or the new one, never half of it. */
export async function writePackage(path: string, model: Model): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await writeParts(file, model);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** The model in a package, or `MODEL_REFUSED` with one sentence that says what is wrong. */
export async function readPackage(path: string): Promise<Model> {
  return (await readKnownPackage(path)).model;
}

/** The same with the package's digest, both of one reading. */
export async function readKnownPackage(path: string): Promise<{ model: Model; digest: string }> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const header = await readExactly(file, 0, HEADER_BYTES);
    const { length, digest } = checkHeader(header, size, path);
    const actual = await digestOf(file, length);
    refuseUnless(
      actual.equals(digest),
      `${path} is damaged: its digest does not match its content.`,
    );
    const model = await readBody(
      (at, room) => readInto(file, HEADER_BYTES + at, room.subarray(0, length - at)),
      length,
    );
    return { model, digest: digest.toString('hex') };
  });
}

/** The digest by which a package is known: that of its body, in hex. */
export async function packageDigest(path: string): Promise<string> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const { digest } = checkHeader(await readExactly(file, 0, HEADER_BYTES), size, path);
    return digest.toString('hex');
  });
}

function checkHeader(
  header: Buffer,
  size: number,
  path: string,
): { length: number; digest: Buffer } {
  refuseUnless(
    MAGIC_WORD.equals(header.subarray(0, MAGIC_WORD.length)),
    `${path} is not a model package.`,
  );
  const major = header[MAGIC_WORD.length];
  refuseUnless(
    major === undefined || major === MAJOR_VERSION,
    `${path} is a package of format version ${major}; this Thicket reads version ${MAJOR_VERSION}.`,
  );
  refuseUnless(header.length === HEADER_BYTES, `${path} is cut: its header is not whole.`);
  const length = Number(header.readBigUInt64LE(LENGTH_AT));
  refuseUnless(
    length <= PACKAGE_BYTES_MAX,
    `${path} says that it holds ${length} bytes; at most ${PACKAGE_BYTES_MAX} are read.`,
  );
  refuseUnless(
    size === HEADER_BYTES + length,
    `${path} is ${size} bytes long; its header says ${HEADER_BYTES + length}.`,
  );
  refuseUnless(
    header.subarray(ZEROS_AT).every((byte) => byte === 0),
    `${path} is damaged: its header has content where there is none.`,
  );
  return { length, digest: Buffer.from(header.subarray(DIGEST_AT, ZEROS_AT)) };
}

async function writeParts(file: FileHandle, model: Model): Promise<void> {
  const hash = createHash('sha256');
  let at = HEADER_BYTES;
  for (const part of bodyOf(model)) {
    hash.update(part);
    await writeFully(file, part, at);
    at += part.length;
  }
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC_WORD.copy(header);
  header[MAGIC_WORD.length] = MAJOR_VERSION;
  header.writeBigUInt64LE(BigInt(at - HEADER_BYTES), LENGTH_AT);
  hash.digest().copy(header, DIGEST_AT);
  await writeFully(file, header, 0);
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const rest = bytes.length - written;
    const step = await file.write(bytes, written, rest, position + written);
    written += step.bytesWritten;
  }
}

async function digestOf(file: FileHandle, length: number): Promise<Buffer> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(Math.min(READ_BYTES_MAX, length));
  for (let at = 0; at < length;) {
    const wanted = Math.min(block.length, length - at);
    const { bytesRead } = await file.read(block, 0, wanted, HEADER_BYTES + at);
    refuseUnless(bytesRead > 0, 'The package became shorter while it was read.');
    hash.update(block.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest();
}

function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  return readInto(file, position, Buffer.allocUnsafe(length));
}

/** Fills the room; less of it only at the end of the file. */
async function readInto<Bytes extends Uint8Array>(
  file: FileHandle,
  position: number,
  room: Bytes,
): Promise<Bytes> {
  let filled = 0;
  while (filled < room.length) {
    const { bytesRead } = await file.read(room, filled, room.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return room.subarray(0, filled) as Bytes;
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    return refuse(`${path} cannot be read: ${(error as Error).message}.`, error);
  }
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The rename itself survives a power cut only once the directory is on the disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
