/**
 * Runs cases, one at a time, as the parent asks for them: damages a file, imports it, and says what came
 * of it. A crash or a hang of this process is the parent's to see.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { ROOT } from '../../../scripts/steps.mjs';

import { loadAddon } from '../../../dist/src/forest/load.js';
import { importModel } from '../../../dist/src/import/load-model.js';
import { withGolden } from '../../../dist/src/import/load-model.js';
import { buildVerifiedForests } from '../../../dist/src/model/golden/verified-forests.js';
import { compilePlan } from '../../../dist/src/model/plan/plan.js';
import { mutate } from './mutate.mjs';
import { below, generator, pick } from './random.mjs';
import { readSources } from './sources.mjs';
import { isZip, readZip, writeZip } from './zip.mjs';

/** One sentence: it begins large or with a name, ends with a full stop, and is one line. */
const SENTENCE = /^\S.*\.$/;

const addon = loadAddon();
const sources = readSources();
/** Few files stand for most of the formats: they are taken more often than their number says. */
const FORMATS_SHARE = 0.4;
const formats = sources.filter(({ name }) => name.startsWith('test/import/'));
/** Models whose arrays lie in files beside them. */
const BESIDE = join(ROOT, 'test/import/fixtures/old');
const ARRAY_BESIDE = /^(\w+\.pkl)_\d+\.npy(\.z)?$/;
const folder = mkdtempSync(join(tmpdir(), 'thicket-fuzz-'));
cpSync(BESIDE, folder, { recursive: true });
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('disconnect', () => process.exit());

process.on('message', async ({ seed, number }) => {
  const { name, bytes, done } = damage(seed, number);
  const array = ARRAY_BESIDE.exec(basename(name));
  const path = join(folder, array === null ? 'model.bin' : array[1]);
  writeFileSync(array === null ? path : join(folder, array[0]), bytes);
  globalThis.gc?.();
  process.send({ number, state: 'begun', name, done, bytes: bytes.length });
  const verdict = await judge(path);
  if (array !== null) cpSync(join(BESIDE, array[0]), join(folder, array[0]));
  process.send({ number, state: 'ended', ...verdict });
});
process.send({ state: 'ready', sources: sources.length });

/** The same bytes for the same seed and number, in every process. */
function damage(seed, number) {
  const random = generator(Math.imul(seed, 0x9e3779b1) ^ number);
  const { name, bytes, inner } = pick(random, random() < FORMATS_SHARE ? formats : sources);
  const other = pick(random, sources).inner;
  // Half of the packed files are damaged as they are, half inside.
  const whole = inner !== bytes && random() < 0.5 ? inner : bytes;
  const members = isZip(whole) && random() < 0.7 ? readZip(whole) : null;
  if (members === null) return { name, ...mutate(whole, other, random) };
  const at = random() < 0.7 ? members.length - 1 : below(random, members.length);
  const { bytes: data, done } = mutate(members[at].data, other, random);
  members[at] = { ...members[at], data };
  return { name, bytes: writeZip(members), done };
}

async function judge(path) {
  try {
    const model = withGolden(await importModel(path));
    buildVerifiedForests(model, compilePlan(model), addon).close();
    return { verdict: 'model' };
  } catch (error) {
    const isRefusal = error?.constructor?.name === 'ThicketError' && error.code === 'MODEL_REFUSED';
    if (isRefusal && SENTENCE.test(error.message))
      return { verdict: 'refused', said: error.message };
    return { verdict: 'wrong', said: String(error?.stack ?? error).slice(0, 2000) };
  }
}
