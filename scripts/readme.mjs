/**
 * `npm run readme`: writes the figures of the documents from the committed results of
 * `npm run bench:peers`, `bench:kernels`, `bench:counts` and `loadtest`, so that no figure is ever typed.
 * With several machines the newest result counts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { countsPart } from '../bench/count-tables.mjs';
import { digits } from '../bench/figures.mjs';
import { kernelsPart } from '../bench/kernel-tables.mjs';
import { allPeers, barsPart, briefPart, claim } from '../bench/tables.mjs';
import { machineText, table } from './markdown.mjs';
import { ROOT } from './steps.mjs';

/** Documents with generated parts, each between `<!-- name -->` and `<!-- /name -->`. */
export const DOCUMENTS = ['README.md', 'bench/README.md', 'native/README.md'];

/** Endings of results that lie beside those of `bench:peers` and `loadtest`. */
const OF_OURS = /-(kernels|counts|compare)\.json$/;

/** The text with every marked part as the results say, formatted as `npm run check` wants it. */
export async function withFigures(text) {
  const bench = newestResult('bench/results');
  const parts = {
    claim: claim(bench),
    bench: briefPart(bench),
    peers: allPeers(bench),
    bars: barsPart(bench),
    kernels: kernelsPart(newestResult('bench/results', (kind) => kind === 'kernels')),
    counts: countsPart(newestResult('bench/results', (kind) => kind === 'counts')),
    loadtest: loadtestPart(newestResult('loadtest/results')),
  };
  const whole = Object.entries(parts).reduce(
    (written, [name, part]) =>
      written.replace(
        new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`),
        (_, open, close) => `${open}\n\n${part}\n\n${close}`,
      ),
    text,
  );
  return format(whole, { ...(await resolveConfig(join(ROOT, 'README.md'))), parser: 'markdown' });
}

function newestResult(folder, isOfIt = (kind) => kind === undefined) {
  const results = readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.json') && isOfIt(OF_OURS.exec(name)?.[1]))
    .map((name) => JSON.parse(readFileSync(join(ROOT, folder, name), 'utf8')));
  return results.toSorted((a, b) => a.machine.at.localeCompare(b.machine.at)).at(-1);
}

function loadtestPart({ machine, figures }) {
  const names = {
    echo: 'a bare echo of the same JSON',
    commit: 'one row inserted and committed, no HTTP',
    predict: '`POST /predict`, stored',
  };
  const rows = figures.map((each) => [
    each.connections,
    names[each.name],
    digits(each.p50Ms),
    digits(each.p99Ms),
    each.rate === undefined ? '' : digits(each.rate),
  ]);
  return [
    `\`npm run loadtest\`: ${machineText(machine)}; client, server and Postgres (fsync on) share the CPUs.`,
    '',
    table(['connections', 'what', 'p50, ms', 'p99, ms', 'requests/s'], rows),
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  for (const name of DOCUMENTS) {
    const path = join(ROOT, name);
    writeFileSync(path, await withFigures(readFileSync(path, 'utf8')));
  }
}
