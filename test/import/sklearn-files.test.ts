import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importModel } from '../../src/import/open.ts';
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
