import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Model } from '../../src/model/model.ts';
import type { Category, Field } from '../../src/schema/fields.ts';

export type FixtureValue = Category | null;

/** Written by scikit-learn itself (test/parity/sklearn/make.py); README.md there describes the format. */
export interface SklearnFixture {
  readonly file: string;
  readonly sklearn: string;
  readonly fields: readonly string[] | null;
  readonly inputs: readonly (readonly FixtureValue[])[];
  readonly raw: readonly (readonly number[])[];
  readonly predictions: readonly (Category | readonly Category[])[];
  readonly probabilities: readonly (readonly (readonly number[])[])[] | null;
  readonly raises: readonly { readonly row: readonly FixtureValue[]; readonly error: string }[];
}

export const SKLEARN_FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');

export function sklearnFixtures(): readonly SklearnFixture[] {
  return readdirSync(SKLEARN_FIXTURES)
    .filter((name) => name.endsWith('.json'))
    .map(
      (name) => JSON.parse(readFileSync(join(SKLEARN_FIXTURES, name), 'utf8')) as SklearnFixture,
    );
}

export function modelPath(fixture: SklearnFixture): string {
  return join(SKLEARN_FIXTURES, fixture.file);
}

/** A fixture's row in the order of the model's fields: those that nothing reads are not among them. */
export function rowFor(
  { fields }: Pick<SklearnFixture, 'fields'>,
  model: Pick<Model, 'fields'>,
  row: readonly FixtureValue[],
): FixtureValue[] {
  return model.fields.map((field, at) => {
    const value = row[fields === null ? at : fields.indexOf(field.name)]!;
    return typeof value === 'string' ? valueOf(value, field) : value;
  });
}

/** JSON has no infinities: in a number's place they are texts. */
function valueOf(text: string, field: Field): FixtureValue {
  return field.type === 'number' ? Number(text.replace('inf', 'Infinity')) : text;
}
