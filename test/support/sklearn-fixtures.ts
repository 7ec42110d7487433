import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

import type { ImportOptions } from '../../src/import/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import type { Category, Field } from '../../src/schema/fields.ts';
import { readFixtures, type StoredFixture } from '../parity/read-fixtures.mjs';

export type FixtureValue = Category | null;

/** How far outputs may be from the library's: null is not at all. */
export type Tolerance = null | { readonly relative: number } | { readonly ulps: number };

/** An estimator in the model, with the options that are not their defaults. */
export interface FixturePart {
  readonly class: string;
  readonly options: Readonly<Record<string, FixtureValue>>;
}

/** Written by scikit-learn itself (test/parity/sklearn/make.py); README.md there describes the format. */
export interface SklearnFixture extends StoredFixture {
  readonly sklearn: string;
  readonly parts: readonly FixturePart[];
  readonly tolerance: Tolerance;
  readonly transcendental: boolean;
  readonly fields: readonly string[] | null;
  readonly inputs: readonly (readonly FixtureValue[])[];
  /** The first rows as they reach the trees; only fixtures of preparation show them. */
  readonly features: readonly (readonly (number | string | null)[])[] | null;
  readonly raw: readonly (readonly number[])[] | null;
  readonly predictions: readonly (Category | readonly Category[])[];
  readonly probabilities: readonly (readonly (readonly number[])[])[] | null;
  readonly scores: Readonly<Record<string, readonly (readonly number[])[]>> | null;
  readonly raises: readonly { readonly row: readonly FixtureValue[]; readonly error: string }[];
  readonly noRows: string | null;
}

export const SKLEARN_FIXTURES = join('test', 'parity', 'sklearn', 'fixtures');

export function sklearnFixtures(): readonly SklearnFixture[] {
  return readFixtures(SKLEARN_FIXTURES) as SklearnFixture[];
}

export function modelPath(fixture: SklearnFixture): string {
  return join(SKLEARN_FIXTURES, fixture.file);
}

/** The logit of the scipy that gave a fixture's answers: 1.15 and newer have another form. */
export function logitFormOf({ file }: StoredFixture): ImportOptions['logitForm'] {
  const version = basename(file, extname(file));
  const pins = readFileSync(join(SKLEARN_FIXTURES, '..', `requirements-${version}.txt`), 'utf8');
  const [, major, minor] = /^scipy==(\d+)\.(\d+)/m.exec(pins)!;
  return Number(major) > 1 || Number(minor) >= 15 ? 'central' : 'quotient';
}

/** A fixture's row in the order of the model's fields: those that nothing reads are not among them. */
export function rowFor(
  { fields }: Pick<SklearnFixture, 'fields'>,
  model: Pick<Model, 'fields'>,
  row: readonly FixtureValue[],
): FixtureValue[] {
  return model.fields.map((field) => {
    const value = row[positionOf(field, fields)]!;
    return valueOf(value, field);
  });
}

/** A field is the column of its name; where the file knows no names, `x3` is the one at position 3. */
function positionOf({ name }: Field, fields: readonly string[] | null): number {
  const named = fields?.indexOf(name) ?? -1;
  if (named >= 0) return named;
  const [, position] = /^x(\d+)$/.exec(name) ?? [];
  if (position === undefined) throw new Error(`the fixture has no column ${name}`);
  return Number(position);
}

/**
 * JSON has no infinities: in a number's place they are texts. Truth values are numbers to a model that
 * only knows numbers.
 */
function valueOf(value: FixtureValue, field: Field): FixtureValue {
  if (field.type !== 'number' || value === null) return value;
  return Number(typeof value === 'string' ? value.replace('inf', 'Infinity') : value);
}
