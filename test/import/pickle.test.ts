import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { itemsOf, numbersOf } from '../../src/import/python/pickle/elements.ts';
import { loadPickle } from '../../src/import/python/pickle/load.ts';
import { Global, PickleObject, type PickleValue } from '../../src/import/python/pickle/values.ts';
import { PROTO, float64, global, stream, text, uint32, uint64 } from './assemble.ts';

type Case = readonly [fact: string, bytes: Buffer, value: unknown];

const bytesOf = (value: string): Buffer => Buffer.from(value, 'latin1');

const OPCODES: readonly Case[] = [
  ['NONE', stream(PROTO, 'N.'), null],
  ['NEWTRUE', stream(PROTO, 0x88, '.'), true],
  ['NEWFALSE', stream(PROTO, 0x89, '.'), false],
  ['INT as a truth', stream('I01\n.'), true],
  ['INT as a number', stream('I-12\n.'), -12],
  ['BININT', stream('J', uint32(0xffff_fffe), '.'), -2],
  ['BININT1', stream('K', 255, '.'), 255],
  ['BININT2', stream('M', 1, 2, '.'), 513],
  ['LONG', stream('L12345678901234567890L\n.'), 12345678901234567890n],
  ['LONG1 of no bytes', stream(0x8a, 0, '.'), 0],
  ['LONG1, negative', stream(0x8a, 2, 0x00, 0x80, '.'), -32768],
  [
    'LONG4',
    stream(0x8b, uint32(9), ...Array.from({ length: 8 }, () => 0xff), 0x00, '.'),
    2n ** 64n - 1n,
  ],
  ['FLOAT', stream('F-0.5\n.'), -0.5],
  ['FLOAT, infinite', stream('F-inf\n.'), Number.NEGATIVE_INFINITY],
  ['FLOAT, not a number', stream('Fnan\n.'), Number.NaN],
  ['BINFLOAT', stream('G', float64(0.1), '.'), 0.1],
  ['STRING', stream(String.raw`S'a\x41\n\''`, '\n.'), "aA\n'"],
  ['BINSTRING', stream('T', uint32(2), 0xe9, 0x41, '.'), 'éA'],
  ['SHORT_BINSTRING', stream('U', 1, 0xe9, '.'), 'é'],
  ['UNICODE', stream('Vh\\u00e9\n.'), 'hé'],
  ['BINUNICODE', stream('X', uint32(3), 'hé', '.'), 'hé'],
  ['SHORT_BINUNICODE', stream(text('😀'), '.'), '😀'],
  ['BINUNICODE8', stream(0x8d, uint64(2n), 'ab', '.'), 'ab'],
  ['BINBYTES', stream('B', uint32(2), 'ab', '.'), bytesOf('ab')],
  ['SHORT_BINBYTES', stream('C', 2, 'ab', '.'), bytesOf('ab')],
  ['BINBYTES8', stream(0x8e, uint64(2n), 'ab', '.'), bytesOf('ab')],
  ['BYTEARRAY8', stream(0x96, uint64(2n), 'ab', '.'), bytesOf('ab')],
  ['EMPTY_LIST and APPEND', stream(']K', 1, 'a.'), [1]],
  ['APPENDS', stream('](K', 1, 'K', 2, 'e.'), [1, 2]],
  ['LIST', stream('(K', 1, 'Nl.'), [1, null]],
  ['EMPTY_TUPLE', stream(').'), []],
  ['TUPLE', stream('(K', 1, 'K', 2, 't.'), [1, 2]],
  ['TUPLE1', stream('K', 1, 0x85, '.'), [1]],
  ['TUPLE2', stream('K', 1, 'K', 2, 0x86, '.'), [1, 2]],
  ['TUPLE3', stream('K', 1, 'K', 2, 'K', 3, 0x87, '.'), [1, 2, 3]],
  ['EMPTY_DICT and SETITEM', stream('}K', 1, 'Ns.'), new Map([[1, null]])],
  ['SETITEMS', stream('}(K', 1, 'Nu.'), new Map([[1, null]])],
  ['DICT', stream('(K', 1, 'Nd.'), new Map([[1, null]])],
  ['EMPTY_SET and ADDITEMS', stream(0x8f, '(K', 1, 0x90, '.'), new Set([1])],
  ['FROZENSET', stream('(K', 1, 0x91, '.'), new Set([1])],
  ['POP takes a value', stream('K', 1, 'K', 2, '0.'), 1],
  ['POP takes a mark', stream('K', 1, '(0.'), 1],
  ['POP_MARK', stream('K', 1, '(NN1.'), 1],
  ['DUP', stream('K', 1, '2', 0x86, '.'), [1, 1]],
  ['PUT and GET', stream('K', 7, 'p5\n0g5\n.'), 7],
  ['BINPUT and BINGET', stream('K', 7, 'q', 5, '0h', 5, '.'), 7],
  [
    'LONG_BINPUT and LONG_BINGET',
    stream('K', 7, 'r', uint32(2 ** 31), '0j', uint32(2 ** 31), '.'),
    7,
  ],
  ['MEMOIZE', stream('K', 7, 0x94, '0h', 0, '.'), 7],
  ['FRAME', stream(PROTO, 0x95, uint64(2n), 'N.'), null],
  ['GLOBAL', stream('csklearn.tree\nTree\n.'), new Global('sklearn.tree', 'Tree')],
  ['GLOBAL with a name of Python 2', stream('c__builtin__\nset\n.'), new Global('builtins', 'set')],
  [
    'GLOBAL with a type of Python 2',
    stream('c__builtin__\nlong\n.'),
    new Global('builtins', 'int'),
  ],
  ['STACK_GLOBAL', stream(global('numpy', 'ndarray'), '.'), new Global('numpy', 'ndarray')],
];

test.each(OPCODES)('%s gives its value', (_, bytes, value) => {
  expect(loadPickle(bytes)).toStrictEqual(value);
});

describe('what a file would have called is only remembered', () => {
  const slice = global('builtins', 'slice');
  const cases: readonly (readonly [string, Buffer])[] = [
    ['REDUCE', stream(slice, 'K', 1, 0x85, 'R.')],
    ['NEWOBJ', stream(slice, 'K', 1, 0x85, 0x81, '.')],
    ['NEWOBJ_EX', stream(slice, 'K', 1, 0x85, '}', 0x92, '.')],
    ['INST', stream('(K', 1, 'ibuiltins\nslice\n.')],
    ['OBJ', stream('(', slice, 'K', 1, 'o.')],
  ];
  test.each(cases)('%s', (_, bytes) => {
    const made = loadPickle(bytes) as PickleObject;
    expect(made).toBeInstanceOf(PickleObject);
    expect(made.type.path).toBe('builtins.slice');
    expect(made.args).toStrictEqual([1]);
  });

  test('BUILD, APPEND and SETITEM fill an object', () => {
    const made = loadPickle(
      stream(
        global('sklearn', 'Some'),
        ')',
        0x81,
        '}K',
        1,
        'Nsb',
        'K',
        2,
        'a',
        'K',
        3,
        'K',
        4,
        's.',
      ),
    ) as PickleObject;
    expect(made.state).toStrictEqual(new Map([[1, null]]));
    expect(made.items).toStrictEqual([2, 3, 4]);
  });

  test('plain collections are made by our own code', () => {
    const ordered = stream(global('collections', 'OrderedDict'), ')R', text('a'), 'K', 1, 's.');
    expect(loadPickle(ordered)).toStrictEqual(new Map([['a', 1]]));
    const set = stream('cbuiltins\nset\n](K', 1, 'e', 0x85, 'R.');
    expect(loadPickle(set)).toStrictEqual(new Set([1]));
  });
});

// As numpy itself pickled them (test/parity/sklearn/make.py).
const VALUES = join('test', 'parity', 'sklearn', 'values');
interface Written {
  readonly name: string;
  readonly protocol: number;
  readonly pickle: string;
  readonly items: readonly PickleValue[];
}

describe.each(readdirSync(VALUES))('%s', (file) => {
  const written = JSON.parse(readFileSync(join(VALUES, file), 'utf8')) as Written[];
  test.each(written)('$name in protocol $protocol', ({ name, pickle, items }) => {
    const value = loadPickle(Buffer.from(pickle, 'base64'));
    const expected = items.map((item) => (item === 'inf' ? Number.POSITIVE_INFINITY : item));
    expect(itemsIn(value, name)).toStrictEqual(expected);
  });
});

function itemsIn(value: PickleValue, name: string): readonly PickleValue[] {
  if (name.endsWith('scalar')) return [value];
  const array = value as NumpyArray;
  expect(array).toBeInstanceOf(NumpyArray);
  return array.shape.length === 1 ? itemsOf(array) : Array.from(numbersOf(array));
}
