import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importModel } from '../../src/import/load-model.ts';
import type { NumpyArray } from '../../src/import/python/pickle/array.ts';
import { NumpyType, type NumpyTypeField } from '../../src/import/python/pickle/dtype.ts';
import { loadPickle } from '../../src/import/python/pickle/load.ts';
import type { PickleObject, PickleValue } from '../../src/import/python/pickle/values.ts';
import { importSklearn } from '../../src/import/sklearn/import.ts';
import { SKLEARN_FIXTURES } from '../support/sklearn-fixtures.ts';

test('a model keeps no view of the file that it came from', async () => {
  const path = join(SKLEARN_FIXTURES, 'cuts/neighbours/1.5.1.joblib');
  const model = await importModel(path);
  const fileBytes = statSync(path).size;
  const [ensemble] = model.ensembles;
  const stages = model.stages.flatMap((stage) => Object.values(stage) as unknown[]);
  const arrays = [...stages, ...Object.values(ensemble!)].filter((part) =>
    ArrayBuffer.isView(part),
  );
  expect(arrays.length).toBeGreaterThan(10);
  for (const array of arrays) {
    expect(array.byteLength).toBe(array.buffer.byteLength);
    expect(array.buffer.byteLength).toBeLessThan(fileBytes);
  }
});

test('a tree whose nodes have 32-bit integers, as a 32-bit Python writes them, is the same tree', () => {
  const path = join(SKLEARN_FIXTURES, 'trees/tree-regressor/1.3.2.pkl');
  const load = (): PickleObject => loadPickle(readFileSync(path)) as PickleObject;
  const narrow = load();
  const tree = (narrow.state as Map<PickleValue, PickleValue>).get('tree_') as PickleObject;
  const nodes = (tree.state as Map<PickleValue, PickleValue>).get('nodes') as NumpyArray;
  narrowIntegers(nodes);
  expect(nodes.type.fields!.get('left_child')!.type.name).toBe('i4');
  expect(importSklearn(narrow)).toEqual(importSklearn(load()));
});

/** Every integer of 8 bytes becomes one of 4, and no field stands where it stood. */
function narrowIntegers(nodes: NumpyArray): void {
  const wide = nodes.type;
  const fields = new Map<string, NumpyTypeField>();
  let offset = 0;
  for (const [name, { type }] of wide.fields!) {
    const own = type.name === 'i8' ? NumpyType.parse('i4')! : type;
    fields.set(name, { type: own, offset });
    offset += own.itemBytes;
  }
  const narrow = new NumpyType('V', offset);
  narrow.fields = fields;
  const bytes = Buffer.alloc(nodes.count * offset);
  const from = Buffer.from(nodes.bytes);
  for (let node = 0; node < nodes.count; node++) {
    for (const [name, { type, offset: to }] of fields) {
      const start = node * wide.itemBytes + wide.fields!.get(name)!.offset;
      from.copy(bytes, node * offset + to, start, start + type.itemBytes);
    }
  }
  nodes.takeOver(narrow, nodes.shape, false, bytes);
}
