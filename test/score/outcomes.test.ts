import { expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { createLiveModel } from '../../src/live/live-model.ts';
import type { AnswerRule, Model } from '../../src/model/model.ts';
import { compileDrafts } from '../../src/score/outcomes.ts';
import type { OutcomeDraft } from '../../src/store/outcomes/outcome-writer.ts';
import { tinyClassifier, tinyModel, tinyScorer } from '../support/tiny-model.ts';

/** The outcome of one row, as it is handed to the store. */
function draftOf(model: Model, raw: Readonly<Record<string, unknown>>): OutcomeDraft {
  const live = createLiveModel(model, { addon: loadAddon(), extraFields: 'ignore' });
  const row = live.validate(raw);
  const [answer] = live.answer([row]);
  live.close();
  return compileDrafts(live, 'digest')({ row, answer: answer!, rawId: null }, 'r-1');
}

const parsed = ({ outputs, probabilities, scores }: OutcomeDraft): unknown => ({
  outputs: JSON.parse(outputs ?? 'null') as unknown,
  probabilities: JSON.parse(probabilities ?? 'null') as unknown,
  scores: JSON.parse(scores ?? 'null') as unknown,
});

const answering = (answer: AnswerRule): Model => ({ ...tinyClassifier(), answer });
const tenure = { tenure: 3 };

test('an outcome says which model made it: by name, version and digest', () => {
  expect(draftOf(tinyModel(), { sales: 1, quantity: 1, segment: 'a' })).toMatchObject({
    modelName: 'rf_profit_margin',
    modelVersion: '7',
    modelDigest: 'digest',
    requestId: 'r-1',
  });
});

test('a number is the prediction, and nothing else', () => {
  const draft = draftOf(tinyModel(), { sales: 1, quantity: 1, segment: 'a' });
  expect(draft).toMatchObject({ prediction: -0.05, label: null });
  expect(parsed(draft)).toEqual({ outputs: null, probabilities: null, scores: null });
});

test.each([
  { labels: [0, 1] as const, prediction: 1 },
  { labels: ['0', '1'] as const, prediction: null },
])('labels $labels keep their type, whatever their text', ({ labels, prediction }) => {
  const output = { kind: 'class', labels, index: 3, probabilities: [1, 2] } as const;
  const draft = draftOf(answering({ outputs: [output], scores: [] }), tenure);
  expect(draft).toMatchObject({ prediction, label: '1' });
  expect(parsed(draft)).toEqual({
    outputs: null,
    probabilities: [
      { output: 0, label: labels[0], probability: 0.25 },
      { output: 0, label: labels[1], probability: 0.75 },
    ],
    scores: null,
  });
});

test('a label that is a number is the prediction too', () => {
  const output = { kind: 'class', labels: [0, 7], index: 3, probabilities: null } as const;
  const draft = draftOf(answering({ outputs: [output], scores: [] }), tenure);
  expect(draft).toMatchObject({ prediction: 7, label: '7' });
});

test('several outputs are a list, and their probabilities say of which output they are', () => {
  const outputs = [
    { kind: 'class', labels: ['stays', 'leaves'], index: 3, probabilities: [1, 2] },
    { kind: 'class', labels: [true, false], index: 3, probabilities: [2, 1] },
  ] as const;
  const scores = [{ name: 'votes', values: [1, 2] }];
  const draft = draftOf(answering({ outputs, scores }), tenure);
  expect(draft).toMatchObject({ prediction: null, label: null });
  expect(parsed(draft)).toEqual({
    outputs: ['leaves', false],
    probabilities: [
      { output: 0, label: 'stays', probability: 0.25 },
      { output: 0, label: 'leaves', probability: 0.75 },
      { output: 1, label: true, probability: 0.75 },
      { output: 1, label: false, probability: 0.25 },
    ],
    scores: { votes: [0.25, 0.75] },
  });
});

test('several numbers are a list', () => {
  const outputs = [
    { kind: 'number', value: 1 },
    { kind: 'number', value: 2 },
  ] as const;
  const draft = draftOf(answering({ outputs, scores: [] }), tenure);
  expect(draft).toMatchObject({ prediction: null, label: null });
  expect(parsed(draft)).toEqual({ outputs: [0.25, 0.75], probabilities: null, scores: null });
});

test('scores are lists by name, whether there are probabilities or not', () => {
  const draft = draftOf(tinyScorer(), tenure);
  expect(draft).toMatchObject({ prediction: null, label: 'leaves' });
  expect(parsed(draft)).toEqual({
    outputs: null,
    probabilities: null,
    scores: { decision_function: [0.25], votes: [0.25, 0.75] },
  });
});
