import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { withGolden } from '../../src/import/load-model.ts';
import type { Ensemble, Model } from '../../src/model/model.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { jsonOf, post } from '../support/post.ts';
import { dividing, tinyAnswer, tinyModel } from '../support/tiny-model.ts';

/** Replacements until all code is compiled. From then on memory stays within 1.5% (250 of them, measured). */
const WARM_UP = 30;
const REPLACEMENTS = 100;
/** After them a leak of 400 KB a model would be a quarter of all memory, and one of its forest more. */
const GROWTH_MAX = 1.05;
/** Half of them ask each model. Their requests meet in batches. */
const CLIENTS = 32;
/** Some 100 us a row and 2.6 MB: requests that meet go to the threads. */
const TREES = 8_000;
const CATEGORIES = 4_000;

const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };
const compiled = new URL('../../dist/src/wire/scoring-path.js', import.meta.url);
let directory: string;
let child: ChildProcess;
let url: string;

beforeAll(async () => {
  if (!existsSync(compiled)) throw new Error('the product is not compiled: npm run build');
  directory = mkdtempSync(join(tmpdir(), 'thicket-replaced-'));
  const [steady, replaced] = [join(directory, 'steady.thicket'), join(directory, 'large.thicket')];
  await writePackage(steady, withGolden(tinyModel()));
  await writePackage(replaced, withGolden(largeModel()));
  child = fork(new URL('replaced-models.mjs', import.meta.url), [steady, replaced], {
    execArgv: ['--expose-gc', '--import', new URL('collect-when-idle.mjs', import.meta.url).href],
    // Which kernel is the fastest differs from load to load, and so would the memory of its layout.
    env: { ...process.env, THICKET_KERNEL: 'portable' },
  });
  const { port } = await answer();
  url = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  child.kill();
  rmSync(directory, { recursive: true, force: true });
});

interface Answer {
  readonly port?: number;
  readonly version?: string;
  readonly bytes?: number;
  readonly forests?: number;
}

async function answer(): Promise<Answer> {
  const [message] = (await once(child, 'message')) as [Answer];
  return message;
}

function ask(command: 'replace' | 'measure' | 'stop'): Promise<Answer> {
  const answered = answer();
  child.send(command);
  return answered;
}

/** The tiny model, asked again by many trees, with a field of many categories. */
function largeModel(): Model {
  const model = tinyModel();
  const [ensemble] = model.ensembles;
  const categories = ['Consumer', 'Corporate'];
  for (let at = 2; at < CATEGORIES; at++) categories.push(`segment ${at}`);
  return {
    ...model,
    stages: [
      { kind: 'oneHot', inputs: [2], categories: [categories], unknown: 'zeros' },
      { kind: 'trees', inputs: [0, 1, 3, 4], ensemble: 0 },
      dividing([3 + CATEGORIES], 2),
    ],
    ensembles: [withCopies(ensemble!)],
    answer: { outputs: [{ kind: 'number', value: 4 + CATEGORIES }], scores: [] },
  };
}

/** Its two trees, and copies of them behind that ask the same and add 0. */
function withCopies(ensemble: Ensemble): Ensemble {
  const { roots, feature, threshold, left, right, missingLeft, leafValues } = ensemble;
  const copies = Array.from({ length: TREES / roots.length }, (_, copy) => copy);
  const [nodes, leaves] = [feature.length, leafValues.length];
  const children = (of: Int32Array): Int32Array =>
    Int32Array.from(
      copies.flatMap((copy) =>
        Array.from(of, (node) => (node < 0 ? node - copy * leaves : node + copy * nodes)),
      ),
    );
  const repeated = (of: ArrayLike<number>): number[] => copies.flatMap(() => Array.from(of));
  return {
    ...ensemble,
    roots: children(roots),
    left: children(left),
    right: children(right),
    feature: Uint32Array.from(repeated(feature)),
    threshold: Float64Array.from(repeated(threshold)),
    missingLeft: Uint8Array.from(repeated(missingLeft)),
    leafValues: Float64Array.from(repeated(leafValues), (value, at) => (at < leaves ? value : 0)),
  };
}

/** Clients of both models until they are stopped; every reply must be right. */
class Load {
  readonly versions = { steady: new Set<unknown>(), replaced: new Set<unknown>() };
  readonly #ended = new AbortController();
  readonly #clients: readonly Promise<void>[];
  #onReply: () => void = () => {};

  constructor() {
    this.#clients = Array.from({ length: CLIENTS }, (_, at) =>
      this.#client(at % 2 === 0 ? 'steady' : 'replaced'),
    );
  }

  async #client(name: 'steady' | 'replaced'): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const reply = await post(`${url}/models/${name}/predict`, ROW);
      expect(reply.status).toBe(200);
      const { model_name: served, model_version: version, y_pred: value } = await jsonOf(reply);
      expect({ served, value }).toEqual({ served: name, value: tinyAnswer(ROW) });
      this.versions[name].add(version);
      this.#onReply();
    }
  }

  /** Resolves when this version has answered; rejects when a client has failed. */
  async answeredBy(version: string): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#onReply = () => {
        if (this.versions.replaced.has(version)) resolve();
      };
    });
    await Promise.race([answered, ...this.#clients]);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#clients);
  }
}

/** Replaces the model under load, so many times. */
async function replaceUnderLoad(times: number): Promise<Load> {
  const load = new Load();
  for (let at = 0; at < times; at++) {
    const { version, forests } = await ask('replace');
    expect(forests).toBe(2); // The old forest is freed.
    await load.answeredBy(version!);
  }
  await load.end();
  return load;
}

test('two models answer while one of them is replaced a hundred times', async () => {
  await replaceUnderLoad(WARM_UP);
  const before = await ask('measure');
  const { versions } = await replaceUnderLoad(REPLACEMENTS);
  const after = await ask('measure');
  expect(versions.steady.size).toBe(1);
  expect(versions.replaced.size).toBeGreaterThanOrEqual(REPLACEMENTS);
  expect(after.bytes! / before.bytes!).toBeLessThan(GROWTH_MAX);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^thicket_batch_rows_count\{place="inline",model="steady"\} [1-9]/m);
  expect(metrics).toMatch(/^thicket_batch_rows_count\{place="pool",model="replaced"\} [1-9]/m);
  expect(await ask('stop')).toEqual({ forests: 0 });
});
