import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/forest/load.ts';
import { buildVerifiedForests } from '../../src/model/golden/verified-forests.ts';
import { GOLDEN_ROWS_MAX, makeGolden, ulpsApart } from '../../src/model/golden/golden.ts';
import type { Model } from '../../src/model/model.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import { referenceScorer } from '../../src/model/plan/scorers.ts';
import { type ModelSpec, applySpec } from '../../src/model/spec.ts';
import { allocateRows, compileEncoder } from '../../src/schema/encode.ts';
import { compileListValidator } from '../../src/schema/validate.ts';
import { answerByRow } from './by-row.ts';
import { evaluateRow } from './evaluate.ts';
import { smallModel } from './small-model.ts';

const addon = loadAddon();

function golden(model: Model, sample: Parameters<typeof makeGolden>[3] = []): Model {
  const plan = compilePlan(model);
  return {
    ...model,
    golden: makeGolden(model, plan, referenceScorer(addon, plan), sample),
  };
}

function build(model: Model): void {
  buildVerifiedForests(model, compilePlan(model), addon).close();
}

const refused = (words: string) =>
  expect.objectContaining({
    code: 'MODEL_REFUSED',
    message: expect.stringContaining(words) as string,
  }) as Error;

describe('golden rows', () => {
  const model = golden(smallModel());
  const plan = compilePlan(model);

  test('have the answers that the plan means', () => {
    const validate = compileListValidator(plan.rows);
    const encode = compileEncoder(plan.rows.slots);
    const into = allocateRows(plan.rows.slots, 1);
    model.golden.inputs.forEach((values, row) => {
      encode(validate(values), 0, into);
      const raw = [...model.golden.raw.subarray(row * 2, row * 2 + 2)];
      expect(raw).toEqual(evaluateRow(plan.forests[0]!.spec, into, 0));
      const { told } = answerByRow(model, values);
      expect(told.slice(1)).toEqual([raw[0]! / 2, raw[1]! / 2]);
      expect([...model.golden.outputs.subarray(row * 3, row * 3 + 3)]).toEqual(told);
    });
    expect(model.golden.inputs).toHaveLength(GOLDEN_ROWS_MAX);
  });

  test('reach every leaf of a small model, and every kind of value', () => {
    const [age, paid, kind] = [0, 1, 2].map((at) => model.golden.inputs.map((row) => row[at]));
    expect(new Set(paid)).toEqual(new Set([true, false]));
    expect(new Set(kind)).toEqual(new Set(['basic', 'pro', null, expect.any(String)]));
    expect(age).toContain(null);
    expect(age!.every((value) => value === null || Number.isInteger(value))).toBe(true);
    expect(new Set(model.golden.raw).size).toBe(12);
  });

  test('are the same for the same model', () => {
    expect(golden(smallModel()).golden).toStrictEqual(model.golden);
  });

  test('come from a sample where there is one', () => {
    const sample = [
      [30, true, 'pro', 'x'],
      [null, false, 'gold', null],
    ];
    expect(golden(smallModel(), sample).golden.inputs).toEqual(sample);
    const long = Array.from({ length: 1000 }, (_, age) => [age % 100, true, 'pro', null]);
    expect(golden(smallModel(), long).golden.inputs).toHaveLength(GOLDEN_ROWS_MAX);
  });
});

describe('a forest', () => {
  const model = golden(smallModel());
  const { golden: rows } = model;

  test('is built when the golden rows come out, and refused by the row where one does not', () => {
    const before = addon.liveForests();
    build(model);
    const raw = rows.raw.slice();
    raw[9]! += Number.EPSILON;
    expect(() => build({ ...model, golden: { ...rows, raw } })).toThrow(
      refused('Golden row 4 has the raw score'),
    );
    const outputs = rows.outputs.slice();
    outputs[0]! += 1e-15;
    expect(() => build({ ...model, golden: { ...rows, outputs } })).toThrow(
      refused('Golden row 0 has the output'),
    );
    const inputs = [...rows.inputs.slice(0, -1), ['old', true, 'pro', null]];
    expect(() => build({ ...model, golden: { ...rows, inputs } })).toThrow(
      refused('not a row that the model takes'),
    );
    expect(addon.liveForests()).toBe(before);
  });

  test('is refused in one sentence where its trees do not end', () => {
    const [ensemble] = model.ensembles;
    const endless = { ...ensemble!, left: Int32Array.of(0, ~0, ~3) };
    expect(() => build({ ...model, ensembles: [endless] })).toThrow(
      refused('trees cannot be used'),
    );
  });
});

test('units in the last place count the doubles between two', () => {
  expect(ulpsApart(1, 1 + Number.EPSILON)).toBe(1n);
  expect(ulpsApart(-Number.MIN_VALUE, Number.MIN_VALUE)).toBe(2n);
  expect(ulpsApart(0, -0)).toBe(0n);
  expect(ulpsApart(NaN, NaN)).toBe(0n);
  expect(ulpsApart(NaN, 1) > 1n).toBe(true);
});

describe('a spec', () => {
  const spec: ModelSpec = {
    name: 'retention',
    version: '4',
    target: 'left',
    metrics: { auc: 0.9 },
    fields: [{ name: 'age', minimum: 18, description: 'Years' }],
  };

  test('adds to what the file could say', () => {
    const { fields, metadata } = applySpec(smallModel(), spec);
    expect(fields[0]).toEqual({ ...smallModel().fields[0], minimum: 18, description: 'Years' });
    expect(metadata).toMatchObject({ name: 'retention', version: '4', target: 'left' });
    expect(metadata.metrics).toEqual({ auc: 0.9, 'log loss': 0.1 });
  });

  test.each<{ name: string; fields: ModelSpec['fields']; words: string }>([
    {
      name: 'a field that is not there',
      fields: [{ name: 'income' }],
      words: 'field "income", which the model does not have',
    },
    {
      name: 'another type',
      fields: [{ name: 'plan', type: 'number' }],
      words: 'is number; the model says text',
    },
    {
      name: 'an empty range',
      fields: [{ name: 'age', minimum: 200 }],
      words: 'minimum above its maximum',
    },
    { name: 'a range of texts', fields: [{ name: 'plan', minimum: 1 }], words: 'numeric range' },
  ])('is refused for $name', ({ fields, words }) => {
    expect(() => applySpec(smallModel(), { fields: fields! })).toThrow(refused(words));
  });
});
