/** Zip archives taken apart and put together again, so that what is inside can be damaged. */
import { crc32, inflateRawSync } from 'node:zlib';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;

export const isZip = (bytes) => bytes.length > END_BYTES && bytes.readUInt32LE(0) === LOCAL;

/** Members as Python's zipfile writes them (no comment behind the archive); null where they are packed rarely. */
export function readZip(bytes) {
  const end = bytes.length - END_BYTES;
  let at = bytes.readUInt32LE(end + 16);
  const members = Array.from({ length: bytes.readUInt16LE(end + 10) }, () => {
    const method = bytes.readUInt16LE(at + 10);
    const packedBytes = bytes.readUInt32LE(at + 20);
    const nameBytes = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes);
    at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + packedBytes);
    return { name, data: unpacked(method, packed) };
  });
  return members.some(({ data }) => data === null) ? null : members;
}

function unpacked(method, packed) {
  if (method === 0) return packed;
  return method === 8 ? inflateRawSync(packed) : null;
}

/** Everything stored, with checksums that hold. */
export function writeZip(members) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, data } of members) {
    const nameBytes = Buffer.from(name, 'utf8');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    parts.push(word(LOCAL), common, nameBytes, data);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(word(CENTRAL), Buffer.from([20, 0]), common, place, nameBytes);
    offset += 30 + nameBytes.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

function word(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
