import { expect, test } from 'vitest';

import { Metrics } from '../../src/ops/metrics.ts';

function bucketCount(text: string, bound: string): string | undefined {
  const line = `thicket_http_request_seconds_bucket{le="${bound}",route="/predict",code="200"} `;
  return text
    .split('\n')
    .find((each) => each.startsWith(line))
    ?.slice(line.length);
}

test('buckets reach from 10 microseconds to 10 seconds', async () => {
  const metrics = new Metrics();
  metrics.observeRequest('/predict', null, 200, 0.000_02);
  const { text } = await metrics.render();
  expect(bucketCount(text, '0.00001')).toBe('0');
  expect(bucketCount(text, '0.000025')).toBe('1');
  expect(bucketCount(text, '10')).toBe('1');
});

test('a gauge asks at each scrape', async () => {
  const metrics = new Metrics();
  let rows = 3;
  metrics.addGauge('thicket_queue_rows', 'Rows that wait.', () => rows);
  expect((await metrics.render()).text).toContain('\nthicket_queue_rows 3\n');
  rows = 5;
  expect((await metrics.render()).text).toContain('\nthicket_queue_rows 5\n');
});

test('a gauge by model asks at each scrape, and forgets a model that is gone', async () => {
  const metrics = new Metrics();
  const rows = new Map([
    ['margin', 3],
    ['churn', 5],
  ]);
  metrics.addModelGauge('thicket_model_rows', 'Rows that wait.', () => rows);
  const { text } = await metrics.render();
  expect(text).toContain(
    'thicket_model_rows{model="margin"} 3\nthicket_model_rows{model="churn"} 5\n',
  );
  rows.delete('margin');
  expect((await metrics.render()).text).not.toContain('margin');
});

test('batches are counted by model; the observer of a name is one, whoever asks for it', async () => {
  const metrics = new Metrics();
  metrics.batchObserver('margin')('inline', 4, 0.001);
  metrics.batchObserver('margin')('inline', 1, 0.001);
  metrics.batchObserver('churn')('pool', 64, 0.001);
  const { text } = await metrics.render();
  expect(text).toContain('thicket_batch_rows_sum{place="inline",model="margin"} 5\n');
  expect(text).toContain('thicket_batch_rows_sum{place="pool",model="churn"} 64\n');
  expect(text.match(/thicket_scoring_seconds_count.place="inline",model="margin"/g)).toHaveLength(
    1,
  );
});

test('counts outcomes stored, waiting, and failed by reason, by model', async () => {
  const metrics = new Metrics();
  const [margin, churn] = [
    { model: 'margin', rows: 5 },
    { model: 'churn', rows: 2 },
  ];
  metrics.waiting([margin, churn, churn], 1);
  metrics.committed([margin, churn], 0.001);
  metrics.waiting([margin], -1);
  metrics.failed([churn], 'late');
  const { text } = await metrics.render();
  expect(text).toContain('thicket_outcome_rows_stored_total{model="margin"} 5\n');
  expect(text).toContain('thicket_outcome_rows_stored_total{model="churn"} 2\n');
  expect(text).toContain('thicket_outcome_rows_failed_total{model="churn",why="late"} 2\n');
  expect(text).toContain('thicket_outcome_rows_waiting{model="margin"} 0\n');
  expect(text).toContain('thicket_outcome_rows_waiting{model="churn"} 4\n');
  expect(text).toContain('thicket_commit_rows_sum 7\n');
  expect(text).toContain('thicket_commit_seconds_count 1\n');
});

test('two processes in one (as in tests) do not share their counts', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.committed([{ model: 'margin', rows: 5 }], 0.001);
  expect((await other.render()).text).toContain('thicket_commit_rows_sum 0\n');
  expect((await other.render()).text).not.toContain('margin');
});
