import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importModel } from '../../src/import/load-model.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';

const FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');

describe('a file says what its fields are', () => {
  test.each([
    [
      'encoders tell whole numbers, numbers, truth values and texts apart',
      'encoders/one-hot-types/1.9.1.joblib',
      {
        year: 'whole number',
        rate: 'number',
        member: 'boolean',
        object: 'number',
        given: 'text',
        amount: 'number',
        none: 'text',
        nan: 'number',
        both: 'text',
      },
    ],
    [
      'columns are found by name before the positions were kept',
      'columns/columns-named/0.22.2.joblib',
      {
        sales: 'number',
        quantity: 'number',
        discount: 'number',
        segment: 'text',
        region: 'text',
        extra: 'number',
        more: 'number',
      },
    ],
    [
      'an imputer’s fill is what its column is',
      'imputers/imputed-texts/1.9.1.joblib',
      {
        sales: 'number',
        quantity: 'number',
        discount: 'number',
        segment: 'text',
        region: 'text',
        grade: 'text',
      },
    ],
  ])('%s', async (_, file, types) => {
    const { fields } = await importModel(join(FIXTURES, file));
    const seen = fields.map(({ name, type, integer }) => [
      name,
      integer === true ? `whole ${type}` : type,
    ]);
    expect(Object.fromEntries(seen)).toEqual(types);
  });

  test('a column of texts and numbers is one of texts that takes the numbers, too', async () => {
    const model = await importModel(join(FIXTURES, 'encoders/one-hot-types/1.2.2.joblib'));
    const at = model.fields.findIndex(({ name }) => name === 'mixed');
    expect(model.fields[at]!.type).toBe('text');
    expect(compilePlan(model).rows.rules[at]!.categories).toEqual(['a', 3, '3']);
  });
});
