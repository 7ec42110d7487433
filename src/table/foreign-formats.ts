import { constants, gunzipSync } from 'node:zlib';

import { ThicketError } from '../core/errors.ts';

/** A format that people name where a table is asked for: what it is, and the way to a table. */
interface ForeignFormat {
  /** Follows "is ". */
  readonly name: string;
  readonly detect: (head: Buffer) => boolean;
  readonly wayOut: string;
}

/** Bytes in which the name of a format of text stands. */
const TEXT_BYTES = 4096;
/** Of a packed head: gzip packs to a thousandth at best, and the first header of tar has 512 bytes. */
const PACKED_BYTES = 1000;
const UNPACKED_BYTES_MAX = 2 * 1024 * 1024;
/** Excel, pandas and Google write their members in different orders. */
const WORKBOOK_MEMBERS = ['[Content_Types].xml', 'docProps/', 'xl/'] as const;

/** Signs that control a terminal and stand in no header; the tab is a delimiter. */
const NO_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f]/; // oxlint-disable-line no-control-regex

const DECOMPRESS = 'decompress it first';
const WRITE_CSV = "write it as CSV (pandas: to_csv('table.csv', index=False))";

/** The first that fits is taken: what a container holds comes before the container. */
const FORMATS: readonly ForeignFormat[] = [
  {
    name: 'a tar archive, packed by gzip',
    detect: (head) => begins('1f8b')(head) && isTar(firstOfGzip(head)),
    wayOut: 'unpack it first (tar -xzf), and name the table in it',
  },
  { name: 'compressed by gzip', detect: begins('1f8b'), wayOut: DECOMPRESS },
  { name: 'compressed by bzip2', detect: begins('425a68'), wayOut: `${DECOMPRESS} (bunzip2)` },
  { name: 'compressed by xz', detect: begins('fd377a585a00'), wayOut: `${DECOMPRESS} (unxz)` },
  { name: 'compressed by zstd', detect: begins('28b52ffd'), wayOut: `${DECOMPRESS} (zstd -d)` },
  { name: 'compressed by lz4', detect: begins('04224d18'), wayOut: `${DECOMPRESS} (lz4 -d)` },
  {
    name: 'a tar archive',
    detect: isTar,
    wayOut: 'unpack it first (tar -xf), and name the table in it',
  },
  {
    name: 'an Excel workbook',
    detect: (head) => isZip(head) && WORKBOOK_MEMBERS.some((name) => head.includes(name)),
    wayOut: 'save the sheet as CSV',
  },
  {
    name: 'a workbook of OpenDocument',
    detect: (head) => isZip(head) && latin1(head).includes('opendocument.spreadsheet'),
    wayOut: 'save the sheet as CSV',
  },
  {
    name: 'a zip archive',
    detect: isZip,
    wayOut: 'unpack it first (unzip), and name the table in it',
  },
  {
    name: 'a workbook of an old Excel, or another file of old Office',
    detect: begins('d0cf11e0a1b11ae1'),
    wayOut: 'save the sheet as CSV',
  },
  { name: 'a Parquet file', detect: begins('50415231'), wayOut: WRITE_CSV },
  { name: 'a Feather or Arrow file', detect: begins('4152524f5731'), wayOut: WRITE_CSV },
  { name: 'an HDF5 file', detect: begins('894844460d0a1a0a'), wayOut: WRITE_CSV },
  {
    name: 'an array of numpy',
    detect: begins('934e554d5059'),
    wayOut: "write it as CSV (numpy.savetxt('table.csv', array, delimiter=','))",
  },
  {
    name: 'a database of SQLite',
    detect: begins('53514c69746520666f726d6174203300'),
    wayOut: 'write its table as CSV (sqlite3 -header -csv)',
  },
  { name: 'a pickle', detect: begins('8002', '8003', '8004', '8005'), wayOut: WRITE_CSV },
  { name: 'a PDF document', detect: begins('255044462d'), wayOut: 'it holds no rows' },
  {
    name: 'an HTML page',
    detect: (head) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table)\b/i.test(latin1(head)),
    wayOut:
      'the address that it came from answers with a page for people: download the table itself',
  },
  {
    name: 'a pointer of Git LFS',
    detect: (head) => latin1(head).startsWith('version https://git-lfs'),
    wayOut: 'the table itself is not here: fetch it with "git lfs pull"',
  },
  {
    name: 'JSON',
    detect: (head) => /^(?:\xef\xbb\xbf)?\s*\[?\s*\{\s*"/.test(latin1(head)),
    wayOut: WRITE_CSV,
  },
  { name: 'UTF-32', detect: begins('fffe0000', '0000feff'), wayOut: 'save it as UTF-8' },
  { name: 'UTF-16', detect: begins('fffe', 'feff'), wayOut: 'save it as UTF-8' },
  {
    name: 'UTF-16 or no text at all',
    detect: (head) => NO_TEXT.test(firstLine(head)),
    wayOut: 'save it as UTF-8 or Windows-1252',
  },
];

/** Null for what may be a table of text. */
export function foreignFormatOf(head: Buffer): ForeignFormat | null {
  return FORMATS.find(({ detect }) => detect(head)) ?? null;
}

/** @param head The first bytes of a table, which hold its header or a part of it. */
export function refuseForeign(head: Buffer, path: string): void {
  const format = foreignFormatOf(head);
  if (format === null) return;
  throw new ThicketError('TABLE_REFUSED', `${path} is ${format.name}: ${format.wayOut}.`);
}

/** @param magics First bytes, in hex. */
function begins(...magics: readonly string[]): (head: Buffer) => boolean {
  const starts = magics.map((magic) => Buffer.from(magic, 'hex'));
  return (head) => starts.some((start) => head.subarray(0, start.length).equals(start));
}

function isZip(head: Buffer): boolean {
  return begins('504b0304')(head);
}

function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar';
}

/** The start of what was packed, as far as the head goes; nothing where that is damaged. */
function firstOfGzip(head: Buffer): Buffer {
  try {
    return gunzipSync(head.subarray(0, PACKED_BYTES), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: UNPACKED_BYTES_MAX,
    });
  } catch {
    return Buffer.alloc(0);
  }
}

function latin1(head: Buffer): string {
  return head.toString('latin1', 0, TEXT_BYTES);
}

function firstLine(head: Buffer): string {
  const end = head.indexOf('\n');
  return head.toString('latin1', 0, end < 0 ? head.length : end);
}
