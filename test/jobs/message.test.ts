import { describe, expect, test } from 'vitest';

import {
  JSON_TYPE,
  MESSAGE_BYTES_MAX,
  type JobMessage,
  jsonMessage,
  parseMessage,
  protobufMessage,
} from '../../src/jobs/message.ts';

const JOB: JobMessage = {
  jobId: '3f2b8e9c-5a57-4a4e-9d3c-0f2d1a7b6c5e',
  payload: { sales: 12.5, segment: 'Consumer', known: true, gone: null, rows: [{ sales: -0.25 }] },
  model: 'churn',
};

const json = (text: string) => ({ content: Buffer.from(text), contentType: JSON_TYPE });

describe('a message of a job', () => {
  test.each([JOB, { ...JOB, model: null }])('is the same job as JSON and as protobuf', (job) => {
    expect(parseMessage(jsonMessage(job))).toEqual(job);
    expect(parseMessage(protobufMessage(job))).toEqual(job);
  });
  test('is read where its producer marks it as nothing, or with parameters', () => {
    const { content } = jsonMessage(JOB);
    expect(parseMessage({ content, contentType: null })).toEqual(JOB);
    expect(parseMessage({ content, contentType: 'application/json; charset=utf-8' })).toEqual(JOB);
  });
  test('names its job in one spelling', () => {
    const upper = { ...JOB, jobId: JOB.jobId.toUpperCase() };
    expect(parseMessage(jsonMessage(upper)).jobId).toBe(JOB.jobId);
  });
  test.each([
    ['text', 'not JSON', 'neither JSON nor marked as protobuf'],
    ['a list', '[]', 'not a JSON object'],
    ['no id', '{"payload":{}}', 'job_id is not a UUID'],
    ['an id that is none', '{"job_id":"7","payload":{}}', 'job_id is not a UUID'],
    ['a number for an id', '{"job_id":7,"payload":{}}', 'job_id is not a UUID'],
    ['no payload', `{"job_id":"${JOB.jobId}"}`, 'payload is not an object'],
    ['a list for a payload', `{"job_id":"${JOB.jobId}","payload":[1]}`, 'payload is not an object'],
    ['a number for a model', `{"job_id":"${JOB.jobId}","payload":{},"model":1}`, 'model is no'],
  ])('is refused where it is %s', (_, text, sentence) => {
    expect(() => parseMessage(json(text))).toThrow(sentence);
  });
  test('is refused where it is no protobuf, no UTF-8, too deep or too large', () => {
    const garbage = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]);
    const marked = { content: garbage, contentType: 'application/x-protobuf' };
    expect(() => parseMessage(marked)).toThrow('no protobuf message of a job');
    expect(() => parseMessage({ content: garbage, contentType: JSON_TYPE })).toThrow(
      'neither JSON',
    );
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 20; level++) deep = { deep };
    expect(() => parseMessage(protobufMessage({ ...JOB, payload: deep }))).toThrow('deeper than');
    const large = { content: Buffer.alloc(MESSAGE_BYTES_MAX + 1), contentType: JSON_TYPE };
    expect(() => parseMessage(large)).toThrow('at most');
  });
});
