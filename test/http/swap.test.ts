import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadAddon } from '../../src/forest/load.ts';
import { writePackage } from '../../src/model/package/package.ts';
import { completeModel } from '../support/complete-model.ts';
import { createScoring, startService } from '../support/http-service.ts';
import { jsonOf, post } from '../support/post.ts';
import { tinyModel } from '../support/tiny-model.ts';

const NAME = 'rf_profit_margin';
const ROW = { sales: 250.5, quantity: 3, segment: 'Corporate' };

test('models are swapped under load: no request fails, and every old forest is freed', async () => {
  const service = await startService({ model: tinyModel({ version: '0' }) });
  const swapped = new AbortController();
  const versions = new Set<unknown>();
  const clients = Array.from({ length: 8 }, async () => {
    while (!swapped.signal.aborted) {
      const reply = await post(`${service.url}/predict`, ROW);
      expect(reply.status).toBe(200);
      versions.add((await jsonOf(reply))['model_version']);
    }
  });
  for (let version = 1; version <= 20; version++) {
    const scoring = createScoring(tinyModel({ version: String(version) }), service.metrics);
    await service.models.replace(NAME, { scoring, uri: 'tiny', fallbackReason: null });
    await post(`${service.url}/predict`, ROW); // A whole round trip of load on each model.
  }
  swapped.abort();
  await Promise.all(clients);
  expect(versions.size).toBeGreaterThan(5);
  const document = await (await fetch(`${service.url}/openapi.json`)).text();
  expect(document).toContain('version 20.');
  await service.stop();
  expect(loadAddon().liveForests()).toBe(0);
});

/** A hundred of such forests are several times the memory of the process: one that stays is noticed. */
const TREES = 16;
const DEPTH = 12;
const GROWTH_MAX = 1.05;

describe('two models answer side by side', () => {
  const child = new URL('replace-memory.mjs', import.meta.url).pathname;
  const directory = mkdtempSync(join(tmpdir(), 'thicket-replace-'));
  const [steady, replaced] = [join(directory, 'steady'), join(directory, 'replaced')];
  beforeAll(async () => {
    await writePackage(steady, tinyModel());
    await writePackage(replaced, completeModel(TREES, DEPTH));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('while one is replaced a hundred times: none fails, and memory is given back', async () => {
    // The nursery of V8 alone would vary by more than what is looked for.
    const flags = ['--expose-gc', '--max-semi-space-size=1'];
    const server = spawn(process.execPath, [...flags, child, steady, replaced], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<string> => String((await lines.next()).value);
    const url = await line();
    const replacedAll = new AbortController();
    const clients = ['steady', 'replaced', 'steady', 'replaced'].map(async (name) => {
      while (!replacedAll.signal.aborted) {
        const reply = await post(`${url}/models/${name}/predict`, ROW);
        expect(reply.status).toBe(200);
        await reply.arrayBuffer();
      }
    });
    const { warmBytes, afterBytes, ...forests } = JSON.parse(await line()) as {
      readonly warmBytes: number;
      readonly afterBytes: number;
    };
    replacedAll.abort();
    await Promise.all(clients);
    server.stdin.end();
    expect(forests).toEqual({ forestsBefore: 2, forestsAfter: 2 });
    expect(await line()).toBe('0');
    expect(afterBytes / warmBytes).toBeLessThan(GROWTH_MAX);
  });
});
