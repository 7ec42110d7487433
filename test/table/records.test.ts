import { describe, expect, test } from 'vitest';
import { type TableRecord, RecordReader } from '../../src/table/record-reader.ts';

const DIALECT = { delimiter: ',', lineEnd: '\n' } as const;

/** Reads a text in pieces of the given size. */
async function recordsOf(
  text: string | Buffer,
  piece = 7,
  dialect: ConstructorParameters<typeof RecordReader>[0] = DIALECT,
): Promise<TableRecord[]> {
  const reader = new RecordReader(dialect, 'table.csv');
  const bytes = Buffer.from(text);
  const records: TableRecord[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    records.push(...(await reader.read(bytes.subarray(at, at + piece))));
    reader.refuseBroken();
  }
  records.push(...(await reader.end()));
  reader.refuseBroken();
  return records;
}

const lines = async (text: string): Promise<number[]> =>
  (await recordsOf(text)).map(({ line }) => line);

describe('the line of a record', () => {
  test('is the one on which it begins, counted from 1', async () => {
    expect(await lines('a,b\n1,2\n3,4\n')).toEqual([1, 2, 3]);
    expect(await lines('a,b\r\n1,2\n3,4\r\n5,6')).toEqual([1, 2, 3, 4]);
  });

  test('counts lines within quotes, LF and CRLF as one each', async () => {
    expect(await lines('a,b\n"x\ny",2\n"x\r\ny\r\n",2\n3,4')).toEqual([1, 2, 4, 7]);
  });

  test('counts empty lines before it', async () => {
    expect(await lines('\n\r\na,b\n\n\n1,2\r\n\r\n"3\n\n",4\n\n5,6\n\n')).toEqual([3, 6, 8, 12]);
  });

  test('counts lines within quotes that begin too early, and takes a stray carriage return for a letter', async () => {
    expect(await lines('a,b\n"x\ny"z,2\n3\r4,5\n6,7\n')).toEqual([1, 2, 4, 5]);
  });

  test('is counted after a byte order mark', async () => {
    expect(await recordsOf('\ufeffa,b\n1,2\n')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['1', '2'] },
    ]);
  });

  test('ends with a carriage return where the table has no other line ends', async () => {
    const dialect = { delimiter: ',', lineEnd: '\r' } as const;
    expect(await recordsOf('a,b\r\r"1\r",2\r3,4', 2, dialect)).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['1\r', '2'] },
      { line: 5, cells: ['3', '4'] },
    ]);
  });
});

describe('a generated table', () => {
  test.each([1, 2, 3, 5, 64, 1_000_000])(
    'gives its records back, read in pieces of %i',
    async (piece) => {
      const random = generator(piece);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
      const wanted: TableRecord[] = [];
      let text = '';
      let line = 1;
      for (let row = 0; row < 300; row++) {
        if (random() < 0.1) {
          text += pick(['\n', '\r\n']);
          line++;
        }
        const cells = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
          pick([
            '1',
            'Zürich',
            'a,b',
            'x\ny',
            'x\r\n\r\ny',
            'say "so"',
            '5" disk',
            ' ',
            '\n',
            '€\n',
          ]),
        );
        wanted.push({ line, cells });
        text += `${cells.map(quoted).join(',')}${pick(['\n', '\r\n'])}`;
        line += 1 + cells.join('').split('\n').length - 1;
      }
      expect(await recordsOf(text, piece)).toEqual(wanted);
    },
  );
});

describe('a record without an end', () => {
  test('is named by its first line, after the records before it', async () => {
    const reader = new RecordReader(DIALECT, 'table.csv');
    expect(await reader.read(Buffer.from('a,b\n"x\ny",2\n\n3,"4\n5,6\n'))).toHaveLength(2);
    expect(await reader.end()).toEqual([]);
    expect(() => reader.refuseBroken()).toThrow(
      'table.csv cannot be read beyond the record that begins on line 5: it has a quote that is never closed.',
    );
  });

  test('is not read further than any row is long', async () => {
    const reader = new RecordReader(DIALECT, 'table.csv');
    const piece = Buffer.alloc(1024 * 1024, 'x');
    await reader.read(Buffer.from('a,b\n1,"'));
    for (let pieces = 0; pieces < 17; pieces++) await reader.read(piece);
    expect(() => reader.refuseBroken()).toThrow('line 2: it is longer than 16 MiB');
  });
});

test('stray quotes are letters', async () => {
  const cells = (await recordsOf('5" disk,"S"outh,a"b"c\n')).map((record) => record.cells);
  expect(cells).toEqual([['5" disk', '"S"outh', 'a"b"c']]);
});

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Numbers in [0, 1) that are the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
