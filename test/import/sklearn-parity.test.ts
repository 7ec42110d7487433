import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importModel } from '../../src/import/open.ts';
import {
  modelPath,
  rowFor,
  SKLEARN_FIXTURES,
  sklearnFixtures,
} from '../support/sklearn-fixtures.ts';
import { Raised, evaluate } from './evaluate.ts';

const fixtures = sklearnFixtures();

test('there are fixtures of every version', () => {
  const versions = new Set(fixtures.map(({ sklearn }) => sklearn));
  expect([...versions].toSorted()).toEqual(['1.2.2', '1.3.2', '1.4.2', '1.5.1', '1.7.2', '1.9.1']);
});

describe.each(fixtures)('$file', (fixture) => {
  test('gives every stored raw score, prediction and probability bit for bit', async () => {
    const model = await importModel(modelPath(fixture));
    expect(model.metadata.sourceVersion).toBe(fixture.sklearn);
    const answers = fixture.inputs.map((row) => evaluate(model, rowFor(fixture, model, row)));
    expect(answers.map(({ raw }) => raw)).toStrictEqual(fixture.raw);
    expect(answers.map(({ predictions }) => predictions)).toStrictEqual(
      fixture.predictions.map((prediction) => [prediction].flat()),
    );
    if (fixture.probabilities === null) return;
    const classes = model.head.find((stage) => stage.kind === 'classes')!;
    const probabilities = answers.map(({ outputs }) =>
      classes.labels.map((labels, output) =>
        outputs.slice(output * classes.stride, output * classes.stride + labels.length),
      ),
    );
    expect(probabilities).toStrictEqual(fixture.probabilities);
  });
});

const raising = fixtures.filter(({ raises }) => raises.length > 0);

test.each(raising)('$file raises where the library raises', async (fixture) => {
  const model = await importModel(modelPath(fixture));
  for (const { row, error } of fixture.raises) {
    expect(() => evaluate(model, rowFor(fixture, model, row)), error).toThrow(Raised);
  }
});

test('a model keeps no view of the file that it came from', async () => {
  const path = join(SKLEARN_FIXTURES, 'neighbours-1.5.1.joblib');
  const model = await importModel(path);
  const fileBytes = statSync(path).size;
  const [ensemble] = model.ensembles;
  const stages = model.pipeline.stages.flatMap((stage) => Object.values(stage) as unknown[]);
  const arrays = [...stages, ...Object.values(ensemble!)].filter((part) =>
    ArrayBuffer.isView(part),
  );
  expect(arrays.length).toBeGreaterThan(10);
  for (const array of arrays) {
    expect(array.byteLength).toBe(array.buffer.byteLength);
    expect(array.buffer.byteLength).toBeLessThan(fileBytes);
  }
});
