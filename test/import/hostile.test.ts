import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, inflateSync, deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { OBJECTS_MAX, loadPickle } from '../../src/import/python/pickle/load.ts';
import { MARKS_MAX } from '../../src/import/python/pickle/machine.ts';
import { importModel } from '../../src/import/load-model.ts';
import { importSklearn } from '../../src/import/sklearn/import.ts';
import { PROTO, global, stream, text, uint32, uint64 } from './assemble.ts';
import { Raised, answerByRow } from '../model/by-row.ts';
import { refusalOf } from '../support/refusal.ts';

// Bombs go off by the million, also on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'thicket-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The sentence that refuses these bytes as a model file; anything but a refusal fails the test. */
function refusal(bytes: Buffer): string {
  return refusalOf(() => importSklearn(loadPickle(bytes)));
}

async function fileRefusal(bytes: Buffer, bytesMax?: number): Promise<string> {
  const path = join(folder, 'model.bin');
  writeFileSync(path, bytes);
  const options = bytesMax === undefined ? {} : { bytesMax };
  const error: unknown = await importModel(path, options).then(
    () => new Error('it was taken'),
    (reason: unknown) => reason,
  );
  if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
  throw error;
}

const marker = join(folder, 'ran');
const command = stream(text(`touch ${marker}`), 0x85);

test.each([
  ['os.system', stream('cos\nsystem\n', command, 'R.')],
  ['posix.system', stream(PROTO, global('posix', 'system'), command, 'R.')],
  ['subprocess.Popen', stream(PROTO, '(', global('subprocess', 'Popen'), text('touch'), 'o.')],
  ['builtins.eval', stream(PROTO, global('builtins', 'eval'), command, 'R.')],
  ['builtins.__import__', stream(PROTO, global('builtins', '__import__'), ')', 0x81, '.')],
  ['importlib.import_module', stream(PROTO, global('importlib', 'import_module'), ')', 0x81, '.')],
  ['numpy.f2py.os.system', stream(PROTO, global('numpy', 'f2py.os.system'), command, 'R.')],
  ['sklearn.tree.__import__("os").x', stream('csklearn.tree\n__import__("os").x\n.')],
  ['nt.system', stream('(', command, 'int\nsystem\n.')],
])('a file that names %s is refused by that name, and nothing is run', (name, bytes) => {
  expect(refusal(bytes)).toContain(JSON.stringify(name));
  expect(refusal(bytes)).toContain('nothing was run');
  expect(existsSync(marker)).toBe(false);
});

test.each([
  ['numpy.testing.runstring', stream(PROTO, global('numpy.testing', 'runstring'), command, 'R.')],
  ['__main__.Cleaner', stream(PROTO, global('__main__', 'Cleaner'), ')', 0x81, '.')],
  ['builtins.getattr', stream(PROTO, global('builtins', 'getattr'), command, 'R.')],
  ['constructor.constructor', stream('cconstructor\nconstructor\n)R.')],
  ['__main__.make()', stream(PROTO, global('__main__', 'make'), ')R', command, 'R.')],
])('a call of %s is carried along unrun, and is no model', (name, bytes) => {
  expect(refusal(bytes)).toContain(`The file holds a ${name}, which is not a model`);
  expect(existsSync(marker)).toBe(false);
});

test('a name as long as a book is refused before it is looked through again and again', () => {
  const names = stream('X', uint32(500_000), Buffer.alloc(500_000, 'a'), 0x94, '0');
  const bytes = stream(
    names,
    ...Array.from({ length: 10_000 }, () => stream('h', 0, 'h', 0, 0x93, '0')),
  );
  expect(refusal(stream(bytes, 'N.'))).toMatch(
    /^The file names "a{200}" \(at byte \d+\), which is no part/,
  );
});

test('a file of objects without end is refused', () => {
  expect(refusal(Buffer.from('N.'.repeat(OBJECTS_MAX + 1)))).toBe(
    `The file holds more than ${OBJECTS_MAX} objects.`,
  );
});

const holdsList = /^The file holds a list that has no model in it/;

describe('a damaged stream is refused in one sentence', () => {
  const cases: readonly (readonly [string, Buffer, RegExp])[] = [
    ['nothing at all', stream(''), /cut: 1 bytes/],
    ['no STOP', stream(PROTO, 'N'), /cut/],
    ['STOP on an empty stack', stream('.'), /takes a value that is not there/],
    ['an unknown opcode', stream(0xff, '.'), /0xff at byte 0 is no pickle opcode/],
    ['a protocol of the future', stream(0x80, 6, 'N.'), /protocol 6/],
    ['a missing mark', stream('Nt.'), /a mark is missing/],
    ['a value taken from below a mark', stream('N(a.'), /not there/],
    ['a memo entry that was never made', stream('h', 3, '.'), /recalls 3/],
    ['a key without a value', stream('}(Nu.'), /a key without a value/],
    ['an append to no list', stream('NNa.'), /appends to None/],
    ['an item of no dictionary', stream(']NNs.'), /sets an item of a list/],
    ['attributes of no object', stream(']Nb.'), /gives attributes to a list/],
    ['a call of no name', stream('N)R.'), /calls None, not a name/],
    ['a name that is no text', stream('NN', 0x93, '.'), /a name that is no text/],
    ['text that is not UTF-8', stream(0x8c, 1, 0xff, '.'), /not UTF-8/],
    ['a number that is none', stream('Iten\n.'), /is no number/],
    ['a line without an end', stream('I12'), /does not end/],
    ['persistent ids', stream('Pid\n.'), /outside of it/],
    ['the extension registry', stream(0x82, 1, '.'), /extension registry/],
    ['out-of-band buffers', stream(0x97, '.'), /out-of-band/],
    ['a frame beyond the end', stream(0x95, uint64(99n), 'N.'), /frame/],
    ['a text of 2^62 bytes', stream(0x8d, uint64(2n ** 62n), '.'), /too long/],
    ['bytes of 2^63', stream(0x8e, uint64(2n ** 63n), '.'), /cut/],
    ['a bytearray of 2^40', stream(0x96, uint64(2n ** 40n), '.'), /cut/],
    ['a text of 4 GB', stream('X', uint32(0xffff_ffff), '.'), /too long/],
    ['bytes of a negative length', stream('T', uint32(0xffff_fff0), '.'), /negative/],
    ['an integer of 2^31 bytes', stream(0x8b, uint32(0x7fff_ffff), '.'), /too long/],
    ['an integer of 100,000 digits', stream(`I${'9'.repeat(60_000)}\n.`), /far too long/],
    ['brackets without end', Buffer.alloc(1_000_000, '('), /deeper than 1000/],
  ];
  test.each(cases)('%s', (_, bytes, sentence) => {
    expect(refusal(bytes)).toMatch(sentence);
  });

  test('brackets as deep as is allowed are no reason', () => {
    const open = Buffer.alloc(MARKS_MAX, '(');
    expect(refusal(stream(open, Buffer.alloc(MARKS_MAX, 't'), '.'))).toMatch(holdsList);
  });
});

describe('a short file cannot take much memory or time', () => {
  const memory = /asks for more memory than a model of its size needs/;
  const million = 1_000_000;

  test.each([
    ['empty dictionaries', Buffer.alloc(2 * million, '}')],
    ['empty lists', Buffer.alloc(3 * million, ']')],
    ['values on the stack', Buffer.alloc(8 * million, 'N')],
    ['entries of the memo', Buffer.concat([Buffer.from('N'), Buffer.alloc(8 * million, 0x94)])],
  ])('%s by the million', (_, bytes) => {
    expect(refusal(bytes)).toMatch(memory);
  });

  test('one text turned into bytes again and again', () => {
    const latin1 = stream(
      'c_codecs\nencode\n',
      0x94,
      'X',
      uint32(million),
      Buffer.alloc(million, 'a'),
    );
    const once = stream('h', 0, 'h', 1, 'h', 2, 0x86, 'R0');
    const bytes = stream(
      latin1,
      0x94,
      text('latin1'),
      0x94,
      ...Array.from({ length: 200 }, () => once),
    );
    expect(refusal(stream(bytes, 'N.'))).toMatch(memory);
  });

  test('lists that hold each other twice, sixty levels deep, are not unfolded', () => {
    const levels = Array.from({ length: 60 }, (_, at) => stream('](h', at, 'h', at, 'e', 0x94));
    const bytes = stream(']', 0x94, ...levels, '.');
    expect(refusal(bytes)).toMatch(holdsList);
  });

  test('tuples inside of tuples, a million deep, do not end the process', () => {
    const bytes = stream(')', Buffer.alloc(million, 0x85), '.');
    expect(refusal(bytes)).toMatch(holdsList);
  });

  test.each([
    ['2^40 elements', 2n ** 40n, 'f8'],
    ['2^60 elements', 2n ** 60n, 'u1'],
    ['elements of no bytes', 2n ** 40n, 'U0'],
    ['elements of a gigabyte', 1n, 'V999999999'],
  ])('an array of %s behind a joblib wrapper', (_, length, type) => {
    const long = stream(0x8a, 8, uint64(length));
    const dtype = stream(global('numpy', 'dtype'), text(type), 0x89, 0x88, 0x87, 'R');
    const state = stream(text('dtype'), dtype, text('shape'), long, 0x85, text('order'), text('C'));
    const wrapper = global('joblib.numpy_pickle', 'NumpyArrayWrapper');
    const bytes = stream(PROTO, wrapper, ')', 0x81, '}(', state, 'ub', '.');
    expect(refusal(bytes)).toMatch(/cut|no bytes|not made of lengths|of 999999999 bytes/);
  });

  test.each([
    ['zlib', deflateSync],
    ['gzip', gzipSync],
  ])('a %s bomb stops at the bound', async (_, compress) => {
    const bomb = compress(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const sentence = /^The file unpacks to more than 1000000 bytes, the most that is read/;
    expect(await fileRefusal(bomb, million)).toMatch(sentence);
    // Without a bound of the caller's, a file may still not be a hundred times as long as it is packed.
    expect(await fileRefusal(bomb)).toMatch(/^The file unpacks to more than 23\d{6} bytes/);
  });
});

const FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');
const plain = (name: string): Buffer => {
  const bytes = readFileSync(join(FIXTURES, name));
  if (bytes[0] === 0x78) return inflateSync(bytes);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
};

describe('a file that is cut or flipped is a model or a refusal, never anything else', () => {
  const names = [
    'trees/regressor-array/1.2.2.pkl',
    'pipelines/binary-text-labels/1.3.2.joblib',
    'pipelines/sparse-columns/1.5.1.joblib',
    'pipelines/mixed-categories/1.7.2.pkl',
    'trees/tree-missing/1.9.1.joblib',
  ];

  test.each(names)('%s at 300 places', (name) => {
    const whole = plain(name);
    const random = generator(name.length);
    let refused = 0;
    for (let run = 0; run < 300; run++) {
      // The attributes stand at the beginning, the trees' bytes behind them.
      const at = Math.floor(random() * (run % 2 === 0 ? 4000 : whole.length));
      const bytes = run % 5 === 0 ? whole.subarray(0, at) : flipped(whole, at, random());
      try {
        const model = importSklearn(loadPickle(bytes));
        const row = model.fields.map(() => null);
        answerByRow({ ...model, metadata: undefined!, golden: undefined! }, row); // Every walk ends.
      } catch (error) {
        if (error instanceof Raised) continue;
        expect(error).toBeInstanceOf(ThicketError);
        expect((error as ThicketError).code).toBe('MODEL_REFUSED');
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(60);
  });

  test('compressed files too', async () => {
    const whole = readFileSync(join(FIXTURES, 'pipelines/unknown-raises/1.5.1.joblib'));
    expect(await fileRefusal(whole.subarray(0, whole.length - 100))).toMatch(/zlib data is cut/);
    for (let at = 10; at < whole.length; at += Math.floor(whole.length / 20)) {
      expect(await fileRefusal(flipped(whole, at, 0.5))).toMatch(/\.$/);
    }
  });
});

function flipped(whole: Buffer, at: number, random: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes[at]! ^= 1 << Math.floor(random * 8);
  return bytes;
}

/** A small linear congruential generator: the same places in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
