import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { loadModel } from '../../src/import/load-model.ts';
import type { RowSchema } from '../../src/schema/fields.ts';
import { quotedCell } from '../../src/live/answer-table.ts';
import { run } from '../cli/run.ts';
import { type Service, startService } from '../support/http-service.ts';
import { CSV, NDJSON, linesOf, resultsOf } from '../support/listed.ts';
import { jsonOf, post } from '../support/post.ts';

const SHARED = '../shared/models/sklearn';
interface ListedModel {
  readonly model: string;
  /** A table of its own. */
  readonly table?: string;
  readonly key?: string;
}

const MODELS: readonly ListedModel[] = [
  { model: 'examples/superstore/model.joblib' },
  { model: 'test/parity/sklearn/fixtures/pipelines/binary-text-labels/1.3.2.joblib' },
  { model: `${SHARED}/mlflow_heart_alphyelsa`, table: 'heart.csv' },
  { model: `${SHARED}/jpmml/1.5.1/RandomForestIris.pkl`, table: '../../input_csv/Iris.csv' },
  { model: `${SHARED}/loan_NPAPENBURG/pipeline.joblib`, table: '../loan-test.csv' },
  { model: `${SHARED}/drug_AkshayPatilDev/random_forest_model.pkl` },
  { model: `${SHARED}/superstore_ALAA/clf_model.joblib`, key: '0' },
];
const ROWS = 120;

const directory = mkdtempSync(join(tmpdir(), 'thicket-agreement-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Value = string | number | boolean | null;

/** Rows that the model takes, and every tenth one that it does not. */
function generatedRows({ fields, rules }: RowSchema): Value[][] {
  let seed = 7;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: ROWS }, (_, row) =>
    fields.map((field, at): Value => {
      const { categories, missing } = rules[at]!;
      if (row % 10 === 9 && at === row % fields.length) return 'neither known nor a number';
      if (missing === 'accept' && random() < 0.1) return null;
      if (categories.length > 0) return categories[Math.floor(random() * categories.length)]!;
      const { minimum = 0, maximum = minimum + 100 } = field;
      const number = minimum + random() * (maximum - minimum);
      return field.integer === true ? Math.round(number) : number;
    }),
  );
}

function tableOf({ fields }: RowSchema, rows: readonly (readonly Value[])[]): string {
  const lines = [fields.map(({ name }) => name), ...rows.map((row) => row.map(cellOf))];
  return lines.map((cells) => `${cells.map(quotedCell).join()}\n`).join('');
}

function cellOf(value: Value): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? '' : String(value);
}

/** One row's answer as numbers and labels; null for a row that is refused. */
type Answer = readonly unknown[] | null;

function answerOf(reply: Readonly<Record<string, unknown>>): Answer {
  if (!Object.hasOwn(reply, 'y_pred')) return null;
  const { y_pred: prediction, probabilities } = reply;
  // Labels of numbers are keys of their probabilities, which JavaScript puts into an order of its own.
  const entries = Object.entries((probabilities ?? {}) as Record<string, number>);
  return [prediction, ...entries.toSorted(byName).map(([, probability]) => probability)];
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** The cells of a table of predictions, line by line without its header. */
const linesIn = (table: string): string[] => table.trimEnd().split('\n').slice(1);

/** The answer that a line of predictions holds, in the order of `answerOf`. */
function answersIn(table: string): Answer[] {
  const [header] = table.split('\n');
  const classes = Array.from(header!.matchAll(/probability\(([^)]*)\)/g), ([, name]) => name!);
  const answerIn = (line: string): Answer => {
    const [prediction, ...cells] = line.split(',');
    if (prediction === '' || prediction === '""') return null;
    const entries = classes.map((name, at) => [name, Number(cells[at])] as const);
    return [prediction, ...entries.toSorted(byName).map(([, probability]) => probability)];
  };
  return linesIn(table).map(answerIn);
}

const asText = (answers: readonly Answer[]): string[] =>
  answers.map((answer) => JSON.stringify(answer?.map(String) ?? null));

describe.each(MODELS)('$model', ({ model: path, table, key }: ListedModel) => {
  const isThere = existsSync(path);
  if (!isThere) process.stderr.write(`skipped, for it is not on this machine: ${path}\n`);

  const withService = async (work: (service: Service) => Promise<void>): Promise<void> => {
    const model = await loadModel(path, { key });
    const bounds = { batchBodyBytesMax: 64 * 1024 ** 2, bodiesBytesMax: 128 * 1024 ** 2 };
    const service = await startService({ model, config: bounds });
    try {
      await work(service);
    } finally {
      await service.stop();
    }
  };

  test.runIf(isThere)('answers a row alike by every road: alone, listed, and in a file', () =>
    withService(async ({ url, scoring }) => {
      const { schema } = scoring.live;
      const rows = generatedRows(schema);
      const text = tableOf(schema, rows);
      const objects = rows.map((row) =>
        Object.fromEntries(schema.fields.map(({ name }, at) => [name, row[at]!])),
      );
      const send = (type: string, body: string, accept = '*/*'): Promise<Response> => {
        const headers = { 'content-type': type, accept };
        return fetch(`${url}/predict/batch`, { method: 'POST', headers, body });
      };

      const alone: Answer[] = [];
      for (const row of objects) {
        alone.push(answerOf(await jsonOf(await post(`${url}/predict`, row))));
      }
      const expected = asText(alone);
      expect(alone.filter((answer) => answer !== null).length).toBeGreaterThan(ROWS / 2);

      const results = await resultsOf(await post(`${url}/predict/batch`, { rows: objects }));
      expect(asText(results.map((each) => answerOf({ ...each })))).toEqual(expected);
      const lines = objects.map((row) => `${JSON.stringify(row)}\n`).join('');
      const replies = await linesOf(await send(NDJSON, lines));
      expect(asText(replies.map((each) => answerOf({ ...each })))).toEqual(expected);
      const listed = await resultsOf(await send(CSV, text));
      expect(asText(listed.map((each) => answerOf({ ...each })))).toEqual(expected);

      const printed = await predicted(path, text, key);
      expect(asText(answersIn(printed))).toEqual(expected);
      const reply = await (await send(CSV, text, CSV)).text();
      expect(predictionsIn(reply)).toEqual(predictionsIn(printed, 0));
    }),
  );

  test.runIf(isThere && table !== undefined)('answers its own table as thicket predict does', () =>
    withService(async ({ url }) => {
      const text = readFileSync(join(path, table!), 'utf8');
      const headers = { 'content-type': CSV, accept: CSV };
      const reply = await fetch(`${url}/predict/batch`, { method: 'POST', headers, body: text });
      expect(reply.status).toBe(200);
      const printed = await predicted(path, text, key);
      expect(linesIn(printed).length).toBeGreaterThan(100);
      expect(predictionsIn(await reply.text())).toEqual(predictionsIn(printed, 0));
    }),
  );
});

/** Output of `thicket predict` for a table. */
async function predicted(model: string, text: string, key?: string): Promise<string> {
  const [input, output] = [join(directory, 'rows.csv'), join(directory, 'predictions.csv')];
  writeFileSync(input, text);
  const flags = key === undefined ? [] : ['--key', key];
  await run('predict', model, '--input', input, '--output', output, ...flags);
  return readFileSync(output, 'utf8');
}

/** The columns of predictions, without the last ones; an empty line is a row without any. */
function predictionsIn(table: string, last = 2): string[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .split(',')
        .slice(0, last === 0 ? undefined : -last)
        .join(),
    )
    .map((line) => (/^[,"]*$/.test(line) ? '' : line));
}
