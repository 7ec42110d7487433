import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { refuseForeign } from '../../src/table/foreign-formats.ts';
import { writeZip } from '../import/fuzz/zip.mjs';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const tar = Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar'), Buffer.alloc(1000)]);
const member = (name: string): Buffer => writeZip([{ name, data: Buffer.from('a,b\n1,2\n') }]);

test.each([
  ['compressed by gzip', gzipSync('a,b\n1,2\n'), 'decompress it first'],
  ['a tar archive, packed by gzip', gzipSync(tar), 'tar -xzf'],
  ['a tar archive', tar, 'tar -xf'],
  ['compressed by bzip2', bytes('BZh91AY'), 'bunzip2'],
  ['compressed by xz', Buffer.from('fd377a585a0000', 'hex'), 'unxz'],
  ['compressed by zstd', Buffer.from('28b52ffd04', 'hex'), 'zstd -d'],
  ['compressed by lz4', Buffer.from('04224d1864', 'hex'), 'lz4 -d'],
  ['an Excel workbook', member('xl/worksheets/sheet1.xml'), 'save the sheet as CSV'],
  ['an Excel workbook', member('[Content_Types].xml'), 'save the sheet as CSV'],
  ['a zip archive', member('table.csv'), 'unzip'],
  [
    'a workbook of an old Excel, or another file of old Office',
    Buffer.from('d0cf11e0a1b11ae100', 'hex'),
    'save the sheet as CSV',
  ],
  ['a Parquet file', bytes('PAR1\x15\x04'), 'to_csv'],
  ['a Feather or Arrow file', bytes('ARROW1\0\0'), 'to_csv'],
  ['an HDF5 file', bytes('\x89HDF\r\n\x1a\n'), 'to_csv'],
  ['an array of numpy', bytes('\x93NUMPY\x01\0'), 'savetxt'],
  ['a database of SQLite', bytes('SQLite format 3\0'), 'sqlite3'],
  ['a pickle', bytes('\x80\x04\x95'), 'to_csv'],
  ['a PDF document', bytes('%PDF-1.7'), 'no rows'],
  ['an HTML page', bytes('\n<!DOCTYPE html><html>'), 'download the table itself'],
  ['an HTML page', bytes('<table border="1">'), 'download the table itself'],
  ['a pointer of Git LFS', bytes('version https://git-lfs.github.com/spec/v1\n'), 'git lfs pull'],
  ['JSON', bytes('[{"a": 1}]'), 'to_csv'],
  ['JSON', bytes('{"a": 1}\n{"a": 2}\n'), 'to_csv'],
  ['UTF-32', Buffer.from('fffe000061000000', 'hex'), 'UTF-8'],
  ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), 'UTF-8'],
  ['UTF-16 or no text at all', Buffer.from('a,b\n', 'utf16le'), 'UTF-8'],
])('%s is named, with the way to a table', (name, head, wayOut) => {
  expect(() => refuseForeign(head, 'rows.csv')).toThrow(`rows.csv is ${name}: `);
  expect(() => refuseForeign(head, 'rows.csv')).toThrow(wayOut);
});

test.each([
  ['a header', 'a,b\n1,2\n'],
  ['a byte order mark', '\ufeffa,b\n'],
  ['a quoted first cell', '"[{""a"": 1}]",b\n'],
  ['a lone bracket', '[a],b\n1,2\n'],
  ['a euro sign of Windows-1252', '\u20ac,b\n'],
  ['Russian', 'Имя,b\n'],
])('a table that begins with %s is none of them', (_, text) => {
  expect(refuseForeign(Buffer.from(text), 'rows.csv')).toBeUndefined();
});
