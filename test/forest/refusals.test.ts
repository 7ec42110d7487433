import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import type { ForestHandle, ForestSpec } from '../../src/forest/addon.ts';
import { loadAddon } from '../../src/forest/load.ts';
import { type Changes, SAMPLE_ROWS, sampleSpec } from './sample.ts';

const ADDON = join(import.meta.dirname, '../../build/Release/thicket.node');
const addon = loadAddon();
const INVALID = expect.objectContaining({ code: 'FOREST_INVALID', message: expect.any(String) });
const { rows, numbers, codes } = SAMPLE_ROWS;
const raw = new Float64Array(rows);
const shared = (bytes: number) => new SharedArrayBuffer(bytes);

afterEach(() => {
  expect(addon.liveForests()).toBe(0);
});

function withForest(use: (handle: ForestHandle) => void): void {
  const handle = addon.buildForest(sampleSpec());
  try {
    use(handle);
  } finally {
    addon.releaseForest(handle);
  }
}

const STRANGERS: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['a text', 'abc'],
  ['a plain array', [1, 2]],
  ['an object', { length: 2 }],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a bigint', 7n],
  ['a BigInt64Array', new BigInt64Array(2)],
  ['a Float32Array', new Float32Array(2)],
  ['a DataView', new DataView(new ArrayBuffer(16))],
  ['an ArrayBuffer', new ArrayBuffer(16)],
];

describe.each(STRANGERS)('%s', (_, stranger) => {
  test('is no spec', () => {
    expect(() => addon.buildForest(stranger as ForestSpec)).toThrow(INVALID);
    expect(() => addon.scoreReference(stranger as ForestSpec, rows, numbers, codes, raw)).toThrow(
      INVALID,
    );
  });

  test('is none of the arrays of a spec', () => {
    const sample = sampleSpec();
    for (const part of ['features', 'ensemble'] as const) {
      for (const [name, value] of Object.entries(sample[part])) {
        if (!ArrayBuffer.isView(value)) continue;
        const changes: Changes = { [part]: { [name]: stranger } };
        expect(() => addon.buildForest(sampleSpec(changes)), `${part}.${name}`).toThrow(INVALID);
      }
    }
  });

  test('is no part of a spec', () => {
    for (const name of ['features', 'ensemble'] as const) {
      const spec = sampleSpec({ top: { [name]: stranger } });
      expect(() => addon.buildForest(spec), name).toThrow(INVALID);
    }
  });

  test('is no argument of a row', () => {
    withForest((handle) => {
      const no = stranger as never;
      expect(() => addon.scoreRows(handle, rows, no, codes, raw)).toThrow(INVALID);
      expect(() => addon.scoreRows(handle, rows, numbers, no, raw)).toThrow(INVALID);
      expect(() => addon.scoreRows(handle, rows, numbers, codes, no)).toThrow(INVALID);
    });
  });
});

const NO_COUNTS = [-1, 0.5, Number.NaN, Infinity, 2 ** 32, 2 ** 53, '1', null, undefined, 1n];

test.each([
  ['an output that does not exist', Uint32Array.of(0, 1), /tree 1 adds to an output/],
  ['fewer outputs than trees', Uint32Array.of(0), /treeOutputs has length 1, expected 2/],
])('a forest whose trees name %s is refused', (_, treeOutputs, sentence) => {
  const spec = sampleSpec({ ensemble: { treeOutputs } });
  expect(() => addon.buildForest(spec)).toThrow(INVALID);
  expect(() => addon.buildForest(spec)).toThrow(sentence);
});

test.each([
  ['that no float32 is', { leafValues: Float64Array.of(10, 20, 30, 0.1) }, /leafValues must be n/],
  [
    'beyond float32',
    { leafValues: Float64Array.of(10, 20, 30, 1e39) },
    /leafValues must be numbers/,
  ],
  ['in a base beyond float32', { base: Float64Array.of(1e39) }, /base must be finite as float32/],
])('sums of float32 take no number %s', (_, changes, sentence) => {
  expect(() => addon.buildForest(sampleSpec({ ensemble: { ...changes, sums: 1 } }))).toThrow(
    sentence,
  );
});

test.each(NO_COUNTS)('%s is no count', (count) => {
  for (const changes of [
    { top: { numberSlots: count } },
    { top: { codeSlots: count } },
    { ensemble: { outputs: count } },
    { ensemble: { comparison: count } },
    { ensemble: { sums: count } },
  ]) {
    expect(() => addon.buildForest(sampleSpec(changes))).toThrow(INVALID);
  }
  withForest((handle) => {
    const no = count as number;
    expect(() => addon.scoreRows(handle, no, numbers, codes, raw)).toThrow(INVALID);
    expect(() => addon.timeRows(handle, rows, numbers, codes, no)).toThrow(INVALID);
  });
});

test.each([0, -1, 0.5, 1e9, Number.NaN, 2 ** 60, '1', null, undefined, {}, 1n])(
  '%s is no handle',
  (stranger) => {
    const handle = stranger as ForestHandle;
    expect(() => addon.scoreRows(handle, rows, numbers, codes, raw)).toThrow(INVALID);
    expect(() => addon.timeRows(handle, rows, numbers, codes, 1)).toThrow(INVALID);
    expect(() => addon.describeForest(handle)).toThrow(INVALID);
    expect(() => addon.retainForest(handle)).toThrow(INVALID);
    expect(() => addon.releaseForest(handle)).toThrow(INVALID);
  },
);

test('a released handle is refused everywhere, and its number is not used again', () => {
  const handle = addon.buildForest(sampleSpec());
  addon.releaseForest(handle);
  expect(() => addon.scoreRows(handle, rows, numbers, codes, raw)).toThrow(INVALID);
  expect(() => addon.retainForest(handle)).toThrow(INVALID);
  expect(() => addon.releaseForest(handle)).toThrow(INVALID);
  withForest((next) => expect(next).not.toBe(handle));
});

test('a timed run that would need memory without bound is refused', () => {
  const outputs = 4096;
  const spec = sampleSpec({
    ensemble: {
      outputs,
      leafValues: new Float64Array(4 * outputs),
      base: new Float64Array(outputs),
    },
  });
  const handle = addon.buildForest(spec);
  expect(() => addon.timeRows(handle, 2 ** 24, numbers, codes, 1)).toThrow(INVALID);
  addon.releaseForest(handle);
});

test('rows without enough numbers, codes or room are refused', () => {
  withForest((handle) => {
    const more = rows + 1;
    expect(() => addon.scoreRows(handle, more, numbers, codes, raw)).toThrow(INVALID);
    expect(() => addon.scoreRows(handle, rows, numbers.subarray(1), codes, raw)).toThrow(INVALID);
    expect(() => addon.scoreRows(handle, rows, numbers, codes.subarray(1), raw)).toThrow(INVALID);
    expect(() => addon.scoreRows(handle, rows, numbers, codes, raw.subarray(1))).toThrow(INVALID);
  });
});

test.each([2, -3, 2 ** 31 - 1, -(2 ** 31)])('code %i, which no table has, is refused', (code) => {
  const wrong = codes.slice();
  wrong[4] = code;
  withForest((handle) => {
    expect(() => addon.scoreRows(handle, rows, numbers, wrong, raw)).toThrow(/row 4 .*code slot 0/);
    expect(() => addon.scoreReference(sampleSpec(), rows, numbers, wrong, raw)).toThrow(INVALID);
  });
});

test('a number of threads is a whole one within its bound', () => {
  withForest((handle) => {
    for (const threads of [-1, 1.5, Number.NaN, 257, '2', undefined]) {
      expect(() =>
        addon.scoreRowsByThreads(handle, rows, numbers, codes, raw, threads as number),
      ).toThrow(INVALID);
    }
  });
});

test('memory that other threads may change is refused', () => {
  withForest((handle) => {
    const sharedNumbers = new Float64Array(shared(8 * rows));
    const sharedCodes = new Int32Array(shared(4 * rows));
    const sharedRaw = new Float64Array(shared(8 * rows));
    expect(() => addon.scoreRows(handle, rows, sharedNumbers, codes, raw)).toThrow(/Shared/);
    expect(() => addon.scoreRows(handle, rows, numbers, sharedCodes, raw)).toThrow(/Shared/);
    expect(() => addon.scoreRows(handle, rows, numbers, codes, sharedRaw)).toThrow(/Shared/);
  });
  const changes = { ensemble: { threshold: new Float64Array(shared(16)) } };
  expect(() => addon.buildForest(sampleSpec(changes))).toThrow(/Shared/);
});

test('only what is alone on its own memory is freed, and nothing where one is not', () => {
  const whole = new Float64Array(4);
  for (const other of [
    new Float64Array(4).subarray(1),
    new Uint8Array(shared(8)),
    new DataView(new ArrayBuffer(8)),
    [1, 2],
    null,
  ]) {
    const arrays = [whole, other] as unknown as Float64Array[];
    expect(() => addon.freeArrays(arrays)).toThrow(INVALID);
  }
  expect(() => addon.freeArrays(whole as unknown as Float64Array[])).toThrow(INVALID);
  expect(whole).toHaveLength(4);
});

test('what is freed is empty, and can be freed again', () => {
  const arrays = [new Float64Array(4), new Uint8Array(1 << 20), new Int32Array(0)];
  addon.freeArrays(arrays);
  addon.freeArrays(arrays);
  expect(arrays.map(({ length }) => length)).toEqual([0, 0, 0]);
});

test('a buffer that was moved to another thread is an empty one', () => {
  const moved = Float64Array.of(0.5, 0.5);
  structuredClone(moved, { transfer: [moved.buffer] });
  expect(() => addon.buildForest(sampleSpec({ ensemble: { threshold: moved } }))).toThrow(INVALID);
});

test('a getter that empties another array while the spec is read cannot be used to read beyond it', () => {
  const threshold = Float64Array.of(0.5, 0.5);
  const spec = sampleSpec({ ensemble: { threshold } });
  Object.defineProperty(spec.ensemble, 'base', {
    get() {
      structuredClone(threshold, { transfer: [threshold.buffer] });
      return Float64Array.of(0);
    },
  });
  expect(() => addon.buildForest(spec)).toThrow(INVALID);
});

test("a getter's own error comes through as it is", () => {
  const mine = new TypeError('mine');
  const spec = {
    get numberSlots(): number {
      throw mine;
    },
  };
  expect(() => addon.buildForest(spec as ForestSpec)).toThrow(mine);
});

test('no damage to a spec of small numbers gets past the builder or brings it down', () => {
  // Every single number of every array, replaced by ones that break ranges, links and order.
  const values = [-1, 0, 1, 2, 3, 7, 1e9, -(2 ** 31), Number.NaN, Infinity];
  let built = 0;
  for (const part of ['features', 'ensemble'] as const) {
    for (const [name, array] of Object.entries(sampleSpec()[part])) {
      if (!ArrayBuffer.isView(array)) continue;
      for (let at = 0; at < (array as Float64Array).length; at++) {
        for (const value of values) {
          const damaged = (array as Float64Array).slice();
          damaged[at] = value;
          built += buildAndCompare(sampleSpec({ [part]: { [name]: damaged } }));
        }
      }
    }
  }
  expect(built).toBeGreaterThan(0); // Some changes leave a sound forest, which must score soundly.
});

function buildAndCompare(spec: ForestSpec): number {
  let handle: ForestHandle;
  try {
    handle = addon.buildForest(spec);
  } catch (error) {
    expect(error).toMatchObject({ code: 'FOREST_INVALID' });
    return 0;
  }
  const seen = new Float64Array(rows);
  const expected = new Float64Array(rows);
  addon.scoreRows(handle, rows, numbers, codes, seen);
  addon.scoreReference(spec, rows, numbers, codes, expected);
  addon.releaseForest(handle);
  expect(seen).toEqual(expected);
  return 1;
}

test('THICKET_KERNEL picks a kernel by name, and an unknown name is refused with the known ones', () => {
  const script = `
    const addon = require(process.argv[1]);
    const spec = { numberSlots: 0, codeSlots: 0,
      features: { kind: new Uint8Array(), slot: new Uint32Array(), stepStart: new Uint32Array(1),
        stepOp: new Uint8Array(), stepOperand: new Float64Array(), tableStart: new Uint32Array(1),
        tableValues: new Float64Array() },
      ensemble: { roots: Int32Array.of(-1), feature: new Uint32Array(), threshold: new Float64Array(),
        left: new Int32Array(), right: new Int32Array(), missingLeft: new Uint8Array(),
        visits: new Float64Array(), outputs: 1, treeOutputs: new Uint32Array(),
        leafValues: Float64Array.of(1), comparison: 0, sums: 0, base: Float64Array.of(0) } };
    try { console.log(addon.describeForest(addon.buildForest(spec)).kernelReason); }
    catch (error) { console.log(error.code, error.message); }`;
  const withKernel = (name: string) =>
    execFileSync(process.execPath, ['-e', script, ADDON], {
      env: { ...process.env, THICKET_KERNEL: name },
      encoding: 'utf8',
    });
  expect(withKernel('portable')).toContain('THICKET_KERNEL asks for it');
  expect(withKernel('nonesuch')).toMatch(/FOREST_INVALID .*'nonesuch'.*portable/);
});
