import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fieldsFromSample } from '../../src/cli/sample-fields.ts';
import type { Field } from '../../src/schema/fields.ts';

const directory = mkdtempSync(join(tmpdir(), 'thicket-sample-'));
afterAll(() => rmSync(directory, { recursive: true }));

function csv(...lines: readonly string[]): string {
  const path = join(directory, 'sample.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const unnamed: readonly Field[] = ['x0', 'x1', 'x2'].map((name) => ({ name, type: 'number' }));

describe('fields from a sample', () => {
  test('are named by position where the file of the model named none', async () => {
    const sample = csv('age,paid,rate', '30,True,1.5', '41,False,2');
    expect(await fieldsFromSample(unnamed, 'target', sample)).toEqual([
      { name: 'age', type: 'number', integer: true },
      { name: 'paid', type: 'boolean' },
      { name: 'rate', type: 'number' },
    ]);
  });

  test('pass over the column of the target and the row numbers of pandas', async () => {
    const sample = csv(',age,churned,paid,rate', '0,30.5,1,True,1.5');
    const fields = await fieldsFromSample(unnamed, 'churned', sample);
    expect(fields.map(({ name }) => name)).toEqual(['age', 'paid', 'rate']);
    expect(fields[0]!.integer).toBeUndefined();
  });

  test('keep their names where the model has some, and learn what is whole', async () => {
    const named: readonly Field[] = [
      { name: 'city', type: 'text' },
      { name: 'rooms', type: 'number' },
    ];
    const sample = csv('rooms,other,city', '3,x,Ulm', '4,y,Bonn');
    expect(await fieldsFromSample(named, 'price', sample)).toEqual([
      { name: 'city', type: 'text' },
      { name: 'rooms', type: 'number', integer: true },
    ]);
  });

  test('are not whole where a value is missing or written as a fraction', async () => {
    const sample = csv('a,b,c', '1,1.0,', '2,2,3');
    const fields = await fieldsFromSample(unnamed, 'target', sample);
    expect(fields.map(({ integer }) => integer)).toEqual([true, undefined, undefined]);
  });

  test('learn nothing from a sample without a header, or with counted columns', async () => {
    for (const header of ['1.5,2,3', '0,1,2']) {
      const fields = await fieldsFromSample(unnamed, 'target', csv(header, '4,5,6'));
      expect(fields.map(({ name }) => name)).toEqual(['x0', 'x1', 'x2']);
    }
  });

  test('refuse a header of another width, and say what to do', async () => {
    const sample = csv('id,age,paid,rate', '7,30,True,1.5');
    await expect(fieldsFromSample(unnamed, 'churned', sample)).rejects.toThrow(
      /has 4 columns for the 3 fields of the model, and none is named churned: leave out .* --target\./,
    );
  });

  test('cannot come from a stream, which would have to be read twice', async () => {
    const pipe = join(directory, 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    await expect(fieldsFromSample(unnamed, 'target', pipe)).rejects.toThrow(
      'pipe.csv is a stream, and a sample is read twice: write it to a file.',
    );
  });
});
