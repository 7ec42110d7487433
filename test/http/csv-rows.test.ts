import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Service, startService } from '../support/http-service.ts';
import { CSV, outcomes, resultsOf } from '../support/listed.ts';
import { jsonOf } from '../support/post.ts';
import { type TinyRow, tinyAnswer, tinyLinear, tinyModel } from '../support/tiny-model.ts';

const ROWS: readonly TinyRow[] = [
  { sales: 50, quantity: 1, segment: 'Consumer' },
  { sales: 250, quantity: 3, segment: 'Corporate' },
  { sales: 100.00001, quantity: 2, segment: 'Home Office' },
  { sales: 7.5, quantity: 9, segment: 'Corporate' },
];

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const sendTo = (to: Service, type: string, body: string | Buffer): Promise<Response> =>
  fetch(`${to.url}/predict/batch`, { method: 'POST', headers: { 'content-type': type }, body });

const HEADER = 'segment,sales,other,quantity';
const line = ({ sales, quantity, segment }: TinyRow): string => `${segment},${sales},x,${quantity}`;
const table = (lines: readonly string[], end = '\n'): string =>
  [HEADER, ...lines].map((each) => each + end).join('');

describe('a list as CSV', () => {
  test.each([
    { name: 'as it is', body: table(ROWS.map(line)) },
    { name: 'with CRLF', body: table(ROWS.map(line), '\r\n') },
    { name: 'with a byte order mark', body: `\ufeff${table(ROWS.map(line))}` },
    { name: 'with semicolons', body: table(ROWS.map(line)).replaceAll(',', ';') },
    { name: 'with tabs', body: table(ROWS.map(line)).replaceAll(',', '\t') },
    { name: 'without a last line end', body: table(ROWS.map(line)).trimEnd() },
    { name: 'with empty lines', body: table(ROWS.map(line)).replaceAll('\n', '\n\n') },
  ])('$name', async ({ body }) => {
    expect(outcomes(await resultsOf(await sendTo(service, CSV, body)))).toEqual(
      ROWS.map(tinyAnswer),
    );
  });

  test('has quoted cells with line ends and quotes in them', async () => {
    const cells = ['"Home\nOffice",250,x,3', '"a ""b""",50,x,1', 'Corporate,250,"x\r\n,",3'];
    expect(outcomes(await resultsOf(await sendTo(service, CSV, table(cells))))).toEqual([
      tinyAnswer({ sales: 250, quantity: 3, segment: '' }),
      tinyAnswer({ sales: 50, quantity: 1, segment: '' }),
      tinyAnswer({ sales: 250, quantity: 3, segment: 'Corporate' }),
    ]);
  });

  test('has a row with a bad cell, or a cell too many, refused alone and by its line', async () => {
    const lines = [line(ROWS[0]!), 'a,much,x,1', 'a,1,x,1,9', 'a,1,x,0', line(ROWS[1]!)];
    const results = await resultsOf(await sendTo(service, CSV, table(lines)));
    expect(outcomes(results)).toEqual([
      tinyAnswer(ROWS[0]!),
      [['value_error', 'body', 'sales']],
      [['value_error', 'body']],
      [['greater_than_equal', 'body', 'quantity']],
      tinyAnswer(ROWS[1]!),
    ]);
    expect(results[1]!.error![0]!.msg).toBe('line 3, column sales: not a number: "much"');
    expect(results[2]!.error![0]!.msg).toBe('line 4: 5 cells where 4 belong');
  });

  test('of a model without field names is read by position, its header told by its form', async () => {
    const model = tinyLinear();
    const named = { ...model, fields: [{ name: 'x0', type: 'number' as const }] };
    const own = await startService({ model: named });
    const ask = async (body: string, type = CSV) =>
      outcomes(await resultsOf(await sendTo(own, type, body)));
    expect(await ask('2\n-1\n')).toEqual([9, -3]);
    expect(await ask('any name\n2\n-1\n')).toEqual([9, -3]);
    expect(await ask('0\n2\n-1\n')).toEqual([9, -3]);
    expect(await ask('0\n2\n-1\n', 'text/csv; header=absent')).toEqual([1, 9, -3]);
    expect(await ask('5\n2\n-1\n', 'text/csv; header=present')).toEqual([9, -3]);
    await own.stop();
  });

  test('that cannot be read as a whole is a 400 with the reason', async () => {
    const refusals = [
      ['', 'the body is empty.'],
      ['sales,segment\n1,a\n', 'lacks 1 of the columns that the model reads: quantity.'],
      ['sales,sales,quantity,segment\n1,1,1,a\n', 'two columns named sales'],
      [table(['"a,1,x,1']), 'a quote that is never closed'],
    ] as const;
    for (const [body, sentence] of refusals) {
      const reply = await sendTo(service, CSV, body);
      expect([body, reply.status]).toEqual([body, 400]);
      const { code, detail } = await jsonOf(reply);
      expect(code).toBe('BODY_MALFORMED');
      expect(detail).toContain(sentence);
    }
  });
});

const text = (segment: string): string => `segment,sales,quantity\n${segment},250,3\n`;

describe('a hostile table', () => {
  test.each([
    { name: 'of commas', body: ','.repeat(300_000), status: 400, detail: 'has 300001 columns' },
    { name: 'of empty lines', body: '\n'.repeat(210_000), status: 413, detail: '100100 lines' },
    { name: 'of one open quote', body: `"${'a'.repeat(300_000)}`, status: 400, detail: 'a quote' },
  ])('$name is refused, while others are answered', async ({ body, status, detail }) => {
    const roomy = await startService({ config: { batchBodyBytesMax: 1024 * 1024 } });
    const [refused, answered] = await Promise.all([
      sendTo(roomy, CSV, body),
      sendTo(roomy, CSV, table(ROWS.map(line))),
    ]);
    expect(refused.status).toBe(status);
    expect((await jsonOf(refused))['detail']).toContain(detail);
    expect(outcomes(await resultsOf(answered))).toEqual(ROWS.map(tinyAnswer));
    await roomy.stop();
  });
});

describe('the charset of a table', () => {
  /** Its answer says which letters were read. */
  const [, ...trees] = tinyModel().stages;
  const categories = [['Consumer', 'Café €']];
  const oneHot = { kind: 'oneHot', inputs: [2], categories, unknown: 'zeros' } as const;
  const model = { ...tinyModel(), stages: [oneHot, ...trees] };
  const known = tinyAnswer({ sales: 250, quantity: 3, segment: 'Corporate' });
  const unknown = tinyAnswer({ sales: 250, quantity: 3, segment: 'a' });
  const windows = Buffer.from(text('Caf\xe9 \x80'), 'latin1');
  let own: Service;
  beforeAll(async () => {
    own = await startService({ model });
  });
  afterAll(() => own.stop());

  test.each([
    { type: 'text/csv', body: Buffer.from(text('Café €')), answer: known },
    { type: 'text/csv; charset=UTF-8', body: Buffer.from(text('Café €')), answer: known },
    { type: 'text/csv', body: windows, answer: known },
    { type: 'text/csv; charset=windows-1252', body: windows, answer: known },
    { type: 'text/csv;charset="ISO-8859-1"; header=present', body: windows, answer: known },
    { type: 'text/csv; charset=cp1252', body: Buffer.from(text('Café €')), answer: unknown },
    {
      type: 'text/csv; charset=cp1252',
      body: Buffer.from(`\ufeff${text('Café €')}`),
      answer: known,
    },
    {
      type: 'text/csv; charset=utf-8',
      body: windows,
      answer: [['value_error', 'body', 'segment']],
    },
  ])('$type, $answer', async ({ type, body, answer }) => {
    expect(outcomes(await resultsOf(await sendTo(own, type, body)))).toEqual([answer]);
  });
});
