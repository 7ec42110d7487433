/**
 * `npm run readme`: writes the figures of the documents from the committed results of
 * `npm run bench:peers`, `bench:kernels`, `bench:counts` and `loadtest`, so that no figure is ever typed.
 * Each of these commands runs it at its end. With results of several machines the newest one counts, by the
 * time that stands in it; every part names its result, and the others beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { countsPart } from '../../bench/count-tables.mjs';
import { digits } from '../../bench/figures.mjs';
import { kernelsPart } from '../../bench/kernel-tables.mjs';
import { allPeers, barsPart, claim, forestsPart } from '../../bench/tables.mjs';
import { machineText, table } from '../../scripts/markdown.mjs';
import { ROOT } from '../../scripts/steps.mjs';

/** Documents with generated parts, each between `<!-- name -->` and `<!-- /name -->`. */
export const DOCUMENTS = ['README.md', 'docs/performance.md', 'native/NOTES.md'];

/** Endings of results that lie beside those of `bench:peers` and `loadtest`. */
const OF_OURS = /-(kernels|counts|compare|hostile)\.json$/;

/** The text with every marked part as the results say, formatted as `npm run check` wants it. */
export async function withFigures(text, document, root = ROOT) {
  const bench = resultsIn(root, 'bench/results');
  const kernels = resultsIn(root, 'bench/results', 'kernels');
  const counts = resultsIn(root, 'bench/results', 'counts');
  const load = resultsIn(root, 'loadtest/results');
  const parts = {
    claim: claim(bench[0].content),
    forests: sourced(forestsPart, bench, document),
    peers: sourced(allPeers, bench, document),
    bars: sourced(barsPart, bench, document),
    kernels: sourced(kernelsPart, kernels, document),
    counts: sourced(countsPart, counts, document),
    loadtest: sourced(loadtestPart, load, document),
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

/** Results of one command, the newest first. The name of a file is the machine, then the kind if any. */
function resultsIn(root, folder, wanted) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.json') && OF_OURS.exec(name)?.[1] === wanted)
    .map((name) => {
      const file = `${folder}/${name}`;
      return { file, content: JSON.parse(readFileSync(join(root, file), 'utf8')) };
    })
    .toSorted((a, b) => b.content.machine.at.localeCompare(a.content.machine.at));
}

/** The part by the newest result, and which result that is. */
function sourced(part, [newest, ...others], document) {
  const link = ({ file }) =>
    `[${basename(file)}](${posix.relative(posix.dirname(document), file)})`;
  const beside = others.length === 0 ? '' : ` Other machines: ${others.map(link).join(', ')}.`;
  return `${part(newest.content)}\n\nWritten from ${link(newest)}.${beside}`;
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
    table(['connections', 'measured', 'p50, ms', 'p99, ms', 'requests/s'], rows),
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  for (const name of DOCUMENTS) {
    const path = join(ROOT, name);
    writeFileSync(path, await withFigures(readFileSync(path, 'utf8'), name));
  }
}
