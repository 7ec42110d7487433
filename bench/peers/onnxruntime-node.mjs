/**
 * ONNX Runtime's package for Node as a contestant (peer.py says what is asked), on one thread.
 *
 * node onnxruntime-node.mjs SHAPE_FOLDER NODE_MODULES
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { memoryBytes } from '../memory.mjs';
import { base64Of, preparedBlocks, serve, timeCalls } from '../serve.mjs';

/** As in libraries.py. */
const FLOAT32 = { of: 'every', max: 1e-5 };
const OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  executionProviders: ['cpu'],
};

const [folder, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'any.js'));
const { features: width } = JSON.parse(readFileSync(join(folder, 'shape.json'), 'utf8'));
const path = join(folder, 'features.f32');
let ort;
let session;
let features;
const blocks = preparedBlocks((first, rows) => prepare(first, rows));

await serve({ load, answers, time });

async function load() {
  const bare = memoryBytes().now;
  ort = require('onnxruntime-node');
  const start = performance.now();
  session = await ort.InferenceSession.create(join(folder, 'forest.onnx'), OPTIONS);
  await run(tensorOf(new Float32Array(width), 1));
  const loadMs = performance.now() - start;
  const residentBytes = memoryBytes().now - bare;
  const bytes = readFileSync(path);
  features = new Float32Array(bytes.length / Float32Array.BYTES_PER_ELEMENT);
  new Uint8Array(features.buffer).set(bytes);
  const { version } = require('onnxruntime-node/package.json');
  return {
    version: `ONNX Runtime ${version} (Node)`,
    call: 'session.run of a prepared tensor',
    loadMs,
    residentBytes,
    tolerance: FLOAT32,
  };
}

async function answers({ rows }) {
  const { data } = await prepare(0, rows)();
  return { answers: base64Of(Float64Array.from(data)) };
}

async function time({ rows, seconds }) {
  return { nanos: await timeCalls(blocks(rows), seconds) };
}

function prepare(first, rows) {
  const tensor = tensorOf(features.slice(first * width, (first + rows) * width), rows);
  return () => run(tensor);
}

/** The last output: a classifier's label comes before its probabilities. */
async function run(tensor) {
  const output = session.outputNames.at(-1);
  return (await session.run({ [session.inputNames[0]]: tensor }, [output]))[output];
}

function tensorOf(values, rows) {
  return new ort.Tensor('float32', values, [rows, width]);
}
