import { afterAll, beforeAll, expect, test } from 'vitest';

import { withGolden } from '../../src/import/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import { compilePlan } from '../../src/model/plan/plan.ts';
import { type FieldSpec, applySpec } from '../../src/model/spec.ts';
import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyLinear, tinyModel } from '../support/tiny-model.ts';

/** 4 * x + 1, of which the spec says that x is a date. */
const said = (field: Omit<FieldSpec, 'name'>): Model =>
  applySpec(tinyLinear(), { fields: [{ name: 'x', ...field }] });

const services: Record<string, Service> = {};
beforeAll(async () => {
  for (const type of ['date', 'datetime'] as const) {
    services[type] = await startService({ model: withGolden(said({ type })) });
  }
});
afterAll(async () => {
  for (const service of Object.values(services)) await service.stop();
});

const predict = (type: string, row: unknown): Promise<Response> =>
  post(`${services[type]!.url}/predict`, row);

test.each([
  { type: 'date', x: '1970-01-03', number: 2 },
  { type: 'date', x: '1969-12-31', number: -1 },
  { type: 'date', x: '2026-01-31', number: 20_484 },
  { type: 'datetime', x: '1970-01-01T00:00:01.5Z', number: 1.5 },
  { type: 'datetime', x: '1970-01-01 02:00+02:00', number: 0 },
])('the $type $x is the number $number to the model', async ({ type, x, number }) => {
  expect(await jsonOf(await predict(type, { x }))).toMatchObject({ y_pred: 4 * number + 1 });
  expect(await jsonOf(await predict(type, { features: [x] }))).toMatchObject({
    y_pred: 4 * number + 1,
  });
});

test.each([
  { type: 'date', x: 20_484, issue: 'date_type' },
  { type: 'date', x: true, issue: 'date_type' },
  { type: 'date', x: '31.01.2026', issue: 'date_parsing' },
  { type: 'date', x: '2026-02-30', issue: 'date_parsing' },
  { type: 'date', x: '2026-01-31T00:00:00Z', issue: 'date_parsing' },
  { type: 'datetime', x: 1.5, issue: 'datetime_type' },
  { type: 'datetime', x: '2026-01-31', issue: 'datetime_parsing' },
  { type: 'datetime', x: '2026-01-31T25:00:00Z', issue: 'datetime_parsing' },
])('$x is no $type: 422 $issue', async ({ type, x, issue }) => {
  const reply = await predict(type, { x });
  expect(reply.status).toBe(422);
  expect(await reply.json()).toMatchObject({ detail: [{ type: issue, loc: ['body', 'x'] }] });
});

test.each([
  { type: 'date', format: 'date', example: '2026-01-31' },
  { type: 'datetime', format: 'date-time', example: '2026-01-31T12:00:00Z' },
])('the document says the format of a $type', async ({ type, format, example }) => {
  const document = await (await fetch(`${services[type]!.url}/openapi.json`)).text();
  expect(document).toContain(`"x":{"type":["string","null"],"format":"${format}"`);
  expect(document).toContain(`"examples":[{"x":"${example}"}]`);
});

test('only numbers can be dates, without ranges and without categories', () => {
  const model = tinyModel();
  const refuse = (fields: FieldSpec[], sentence: string): void =>
    expect(() => compilePlan(applySpec(model, { fields }))).toThrow(sentence);
  refuse([{ name: 'segment', type: 'date' }], 'is date; the model says text');
  refuse([{ name: 'sales', type: 'date', minimum: 0 }], 'is of type date and has a numeric range');
  const encoded: Model = {
    ...model,
    fields: [...model.fields.slice(0, 2), { name: 'segment', type: 'number' }],
    stages: [
      { kind: 'oneHot', inputs: [2], categories: [[1, 2]], unknown: 'zeros' },
      ...model.stages.slice(1),
    ],
  };
  expect(() =>
    compilePlan(applySpec(encoded, { fields: [{ name: 'segment', type: 'date' }] })),
  ).toThrow('looks for field "segment" among categories: it is no date');
});
