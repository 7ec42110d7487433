import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { unpack } from '../../src/import/unpack/unpack.ts';
import { refusalOf } from '../support/refusal.ts';

// joblib 1.6.0 wrote them with Python's own zlib, gzip, bz2 and lzma, and with lz4 4.4.5.
const FIXTURES = join('test', 'import', 'fixtures', 'new');
const BYTES_MAX = 1_000_000;
const FORMATS = ['zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4'];

const packed = (format: string): Buffer => readFileSync(join(FIXTURES, `${format}.joblib`));
const plain = unpack(packed('zlib'), BYTES_MAX);

describe.each(FORMATS)('%s', (format) => {
  const whole = packed(format);

  test('unpacks to what joblib packed', () => {
    expect(unpack(whole, BYTES_MAX)).toStrictEqual(plain);
  });

  test('is refused where it is cut', () => {
    for (let length = 6; length < whole.length - 20; length += 37) {
      const sentence = refusalOf(() => unpack(whole.subarray(0, length), BYTES_MAX));
      expect(sentence).toMatch(new RegExp(`its ${format} data is cut or wrong`));
    }
  });

  test('is refused where a byte of it is wrong, or unpacks to the same', () => {
    // .lzma and joblib's lz4 have no checksum: there a wrong byte may pass, as it does for Python.
    const isChecked = format !== 'lzma' && format !== 'lz4';
    let refused = 0;
    for (let at = 0; at < whole.length; at += 7) {
      const wrong = Buffer.from(whole);
      wrong[at]! ^= 1 << (at % 8);
      try {
        const bytes = unpack(wrong, BYTES_MAX);
        const isRead = bytes !== wrong; // Else its magic is gone.
        if (isChecked && isRead) expect(bytes.equals(plain)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ThicketError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  test('stops at the bound', () => {
    expect(refusalOf(() => unpack(whole, plain.length - 1))).toMatch(
      /^The file unpacks to more than/,
    );
    expect(unpack(whole, plain.length)).toHaveLength(plain.length);
  });
});

test("joblib's old format unpacks, and is refused where it is not as long as it says", () => {
  const zfile = (length: number, space = ''): Buffer => {
    const header = `ZF0x${length.toString(16)}`.padEnd(21) + space;
    return Buffer.concat([Buffer.from(header), deflateSync(plain)]);
  };
  expect(unpack(zfile(plain.length), BYTES_MAX)).toStrictEqual(plain);
  expect(unpack(zfile(plain.length, ' '), BYTES_MAX)).toStrictEqual(plain);
  expect(refusalOf(() => unpack(zfile(5), BYTES_MAX))).toMatch(/it is not as long as it says/);
});

test('two gzip members one behind the other are one text', () => {
  const two = Buffer.concat([gzipSync('one '), gzipSync('two')]);
  expect(unpack(two, BYTES_MAX).toString()).toBe('one two');
});

test('bytes without a wrapper stay what they are', () => {
  expect(unpack(plain, BYTES_MAX)).toBe(plain);
});

test('a long unpacking tells how far it is, always further', () => {
  const shares: number[] = [];
  unpack(packed('xz'), BYTES_MAX, (share) => shares.push(share));
  expect(shares.length).toBeGreaterThan(0);
  expect(shares).toStrictEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThanOrEqual(1);
});
