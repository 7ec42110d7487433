import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';

type Schema = Record<string, unknown> & {
  readonly properties: Record<string, Schema>;
  readonly anyOf: readonly Schema[];
};

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const BODY_BYTES_MAX = 100_000;
const BATCH_ROWS_MAX = 5;
/** The next double beyond the largest one that does not overflow a float32. */
const BEYOND_FLOAT32 = 3.4028236e38;

let service: Service;
let document: {
  readonly components: { readonly schemas: Record<string, Schema> };
  readonly paths: Record<string, Record<string, Schema>>;
};
beforeAll(async () => {
  service = await startService({
    config: { bodyBytesMax: BODY_BYTES_MAX, batchRowsMax: BATCH_ROWS_MAX },
  });
  document = (await jsonOf(await fetch(`${service.url}/openapi.json`))) as typeof document;
});
afterAll(() => service.stop());

async function statusOf(path: string, body: unknown): Promise<number> {
  return (await post(service.url + path, body)).status;
}

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

async function statusOfName(length: number): Promise<number> {
  return (await fetch(`${service.url}/models/${'x'.repeat(length)}`)).status;
}

describe('a bound of the document is the one that is enforced', () => {
  test('of a number and of a text in a row', async () => {
    const { sales, quantity, segment } = document.components.schemas['Row']!.anyOf[0]!.properties;
    expect(quantity).toMatchObject({ type: 'integer', minimum: 1 });
    expect(quantity).not.toHaveProperty('maximum'); // Beyond 2^53 no whole number has one of its own next to it.
    const { minimum, maximum } = sales as unknown as { minimum: number; maximum: number };
    for (const value of [minimum, maximum]) {
      expect(await statusOf('/predict', { ...ROW, sales: value })).toBe(200);
    }
    expect(maximum).toBeLessThan(BEYOND_FLOAT32);
    expect(await statusOf('/predict', { ...ROW, sales: BEYOND_FLOAT32 })).toBe(422);
    expect(await statusOf('/predict', { ...ROW, sales: minimum - 1 })).toBe(422);
    const { maxLength } = segment as unknown as { maxLength: number };
    expect(await statusOf('/predict', { ...ROW, segment: 'x'.repeat(maxLength) })).toBe(200);
    expect(await statusOf('/predict', { ...ROW, segment: 'x'.repeat(maxLength + 1) })).toBe(422);
  });

  test('of a raw id', async () => {
    const { minimum, maximum } = document.components.schemas['RawId']!.properties[
      'raw_id'
    ] as unknown as { minimum: number; maximum: number };
    for (const id of [minimum, maximum]) {
      expect(await statusOf('/predict/by-raw-id', { raw_id: id })).toBe(404);
    }
    expect(await statusOf('/predict/by-raw-id', `{"raw_id": ${minimum - 1}}`)).toBe(422);
    expect(await statusOf('/predict/by-raw-id', `{"raw_id": ${maximum + 1}}`)).toBe(422);
  });

  test('of a list of raw ids', async () => {
    const path = '/predict/batch/by-raw-ids';
    expect(document.components.schemas['RawIds']!.properties['raw_ids']).toMatchObject({
      minItems: 1,
      maxItems: BATCH_ROWS_MAX,
    });
    expect(await statusOf(path, { raw_ids: ids(BATCH_ROWS_MAX) })).toBe(404);
    expect(await statusOf(path, { raw_ids: ids(BATCH_ROWS_MAX + 1) })).toBe(413);
  });

  test('of a name in a path', async () => {
    const { parameters } = document.paths['/models/{name}']!['get'] as unknown as {
      parameters: readonly { readonly schema: { readonly maxLength: number } }[];
    };
    const { maxLength } = parameters[0]!.schema;
    expect([await statusOfName(maxLength), await statusOfName(maxLength + 1)]).toEqual([404, 400]);
  });

  test('of the bytes of a body', async () => {
    const { requestBody } = document.paths['/predict']!['post'] as unknown as {
      requestBody: { readonly description: string };
    };
    expect(requestBody.description).toBe(`At most ${BODY_BYTES_MAX} bytes`);
    const row = JSON.stringify(ROW);
    expect(await statusOf('/predict', row.padEnd(BODY_BYTES_MAX))).toBe(200);
    expect(await statusOf('/predict', row.padEnd(BODY_BYTES_MAX + 1))).toBe(413);
  });
});
