import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ThicketError } from '../../src/core/errors.ts';
import { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { PickleObject, type PickleValue } from '../../src/import/python/pickle/values.ts';
import { loadSkops } from '../../src/import/python/skops/load.ts';
import { readZip, writeZip } from './fuzz/zip.mjs';

const TREE = readFileSync(join('test', 'import', 'fixtures', 'new', 'tree.skops'));
const BYTES_MAX = 10_000_000;

type Json = Record<string, unknown>;

/** A file of skops with this for its schema, and the arrays of a real one beside it. */
function skops(schema: Json | string): Buffer {
  const arrays = readZip(TREE)!.filter(({ name }) => name !== 'schema.json');
  const text = typeof schema === 'string' ? schema : JSON.stringify({ protocol: 2, ...schema });
  return writeZip([...arrays, { name: 'schema.json', data: Buffer.from(text) }]);
}

const load = (schema: Json | string): Promise<PickleValue> => loadSkops(skops(schema), BYTES_MAX);

async function refusal(bytes: Buffer): Promise<string> {
  const error: unknown = await loadSkops(bytes, BYTES_MAX).catch((reason: unknown) => reason);
  if (error instanceof ThicketError && error.code === 'MODEL_REFUSED') return error.message;
  throw error instanceof Error ? error : new Error('it was taken');
}

const constant = (content: string): Json => ({ __loader__: 'JsonNode', content });
const list = (...content: Json[]): Json => ({ __loader__: 'ListNode', content });
const type = (name: string, module = 'builtins'): Json => ({
  __loader__: 'TypeNode',
  __class__: name,
  __module__: module,
});

describe('what skops writes is read as what it was', () => {
  test.each([
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['"a \\u00e9"', 'a é'],
    ['12345678901234567890', 12345678901234567890n],
    ['-7', -7],
    ['true', true],
    ['null', null],
  ])('the constant %s', async (content, value) => {
    expect(await load(constant(content))).toStrictEqual(value);
  });

  test('a dictionary with whole numbers for keys', async () => {
    const content = { 10: constant('1'), 9: constant('2') };
    const keys = list(type('int'), type('int'));
    const map = await load({ __loader__: 'DictNode', content, key_types: keys });
    expect(map).toStrictEqual(
      new Map([
        [9, 2],
        [10, 1],
      ]),
    );
  });

  test('a set, a slice, a function, an object that is referred to again', async () => {
    const slice = { __loader__: 'SliceNode', __class__: 'slice', __module__: 'builtins' };
    const [set, cut, log, same] = (await load(
      list(
        { __loader__: 'SetNode', __id__: 5, content: [constant('1')] },
        { ...slice, content: { start: 1, stop: null, step: 2 } },
        { __loader__: 'FunctionNode', __class__: 'log1p', __module__: 'numpy' },
        { __loader__: 'CachedNode', __id__: 5 },
      ),
    )) as PickleValue[];
    expect(set).toStrictEqual(new Set([1]));
    expect((cut as PickleObject).args).toStrictEqual([1, null, 2]);
    expect(log).toMatchObject({ module: 'numpy', name: 'log1p' });
    expect(same).toBe(set);
  });

  test('an array of objects in two dimensions', async () => {
    const row = (...items: string[]): Json => list(...items.map((item) => constant(`"${item}"`)));
    const array = await load({
      __loader__: 'NdArrayNode',
      __class__: 'ndarray',
      __module__: 'numpy',
      type: 'json',
      shape: { __loader__: 'TupleNode', content: [constant('2'), constant('2')] },
      content: [row('a', 'b'), row('c', 'd')],
    });
    expect(array).toBeInstanceOf(NumpyArray);
    expect((array as NumpyArray).objects).toStrictEqual(['a', 'b', 'c', 'd']);
  });

  test('a kind of node of the future is an object of which only the class is known', async () => {
    const made = await load({ __loader__: 'NewNode', __class__: 'Thing', __module__: 'pandas' });
    expect((made as PickleObject).type.path).toBe('pandas.Thing');
  });
});

describe('what is wrong with a file is one sentence', () => {
  let deep = constant('1');
  for (let depth = 0; depth < 400; depth++) deep = list(deep);

  test.each<[string, Json | string, RegExp]>([
    ['no JSON', '{"protocol": 2', /schema\.json is no JSON object/],
    ['JSON that is a list', '[]', /without a protocol/],
    ['no protocol', '{}', /without a protocol/],
    ['a protocol of the future', { protocol: 3 }, /skops protocol 3, and 2 is the newest/],
    ['a node without a kind', {}, /without a kind/],
    ['a node that is none', { ...list(), content: [7] }, /something else where a node is expected/],
    [
      'a list that is none',
      { __loader__: 'ListNode', content: 7 },
      /a list in its schema that is none/,
    ],
    [
      'a hostile name',
      type('system', 'posix'),
      /"posix\.system" \(in its schema\).*nothing was run/,
    ],
    ['nodes without end', deep, /nests deeper than 300 levels/],
    [
      'a member that is not there',
      { __loader__: 'BytesNode', file: 'x.bin' },
      /no member "x\.bin"/,
    ],
    ['an object that was never there', { __loader__: 'CachedNode', __id__: 1 }, /not there/],
    ['a constant that is none', constant('__import__'), /constant in its schema/],
    ['a million empty lists', `{"protocol":2,"x":[${'[],'.repeat(3_000_000)}1]}`, /more memory/],
  ])('%s', async (_, schema, sentence) => {
    expect(await refusal(skops(schema))).toMatch(sentence);
  });

  test('a byte of an array that is wrong', async () => {
    const wrong = Buffer.from(TREE);
    wrong[wrong.indexOf('NUMPY') + 200]! ^= 1;
    expect(await refusal(wrong)).toMatch(
      /^The file is damaged: the checksum of "\d+\.npy" does not hold/,
    );
  });

  test('an archive that is cut', async () => {
    expect(await refusal(TREE.subarray(0, 5000))).toMatch(/^The file is a damaged zip archive/);
  });

  test('an archive of something else', async () => {
    const bytes = writeZip([{ name: 'data.pkl', data: Buffer.from('N.') }]);
    expect(await refusal(bytes)).toMatch(/^The file is a zip archive without schema\.json/);
  });
});
