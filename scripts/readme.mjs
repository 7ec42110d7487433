/**
 * `npm run readme`: writes the figures of README.md from the committed results of `npm run bench` and
 * `npm run loadtest`, so that no figure is ever typed. With several machines the newest result counts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { digits } from '../bench/figures.mjs';
import { ROOT } from './steps.mjs';

const README = join(ROOT, 'README.md');
const MIB = 2 ** 20;

/** The README with every marked part as the results say, formatted as `npm run check` wants it. */
export async function withFigures(text) {
  const bench = newestResult('bench/results');
  const loadtest = newestResult('loadtest/results');
  const parts = { claim: claim(bench), bench: benchPart(bench), loadtest: loadtestPart(loadtest) };
  const whole = Object.entries(parts).reduce(
    (written, [name, part]) =>
      written.replace(
        new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`),
        (_, open, close) => `${open}\n${part}\n${close}`,
      ),
    text,
  );
  return format(whole, { ...(await resolveConfig(README)), parser: 'markdown' });
}

function newestResult(folder) {
  const results = readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(ROOT, folder, name), 'utf8')));
  return results.toSorted((a, b) => a.machine.at.localeCompare(b.machine.at)).at(-1);
}

function claim({ machine, shapes }) {
  const [shape] = shapes;
  const [ours, ...peers] = shape.contestants;
  const against = peers.map((peer) => `${us(peer.oneNsP50)} in ${peer.version}`).join(' and ');
  return (
    `One row down ${shape.trees} fully grown trees (${grouped(shape.nodes)} nodes) takes ` +
    `${us(ours.oneNsP50)}, against ${against}\nin the same run (${machineText(machine)}).`
  );
}

function benchPart({ machine, rounds, shapes }) {
  const rows = shapes.flatMap(({ name, contestants }) =>
    contestants.map((each, at) => [
      at === 0 ? name : '',
      each.version,
      digits(each.oneNsP50 / 1e3),
      digits(each.oneNsP99 / 1e3),
      digits(each.batchNsPerRow / 1e3),
      digits(each.loadMs),
    ]),
  );
  const [full] = shapes;
  return [
    `\`npm run bench\`: ${machineText(machine)}; ${rounds} interleaved turns, medians, one thread each.`,
    '',
    table(
      ['forest', 'library', 'one row p50, us', 'p99, us', 'batch of 4,096, us a row', 'load, ms'],
      rows,
    ),
    '',
    `F-full: import ${digits(full.imported.importMs / 1e3)} s, package load to first prediction ` +
      `${digits(full.loaded.loadMs)} ms, ${digits(full.loaded.residentBytes / MIB)} MiB resident above Node's own.`,
  ].join('\n');
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

function machineText({ cpu, cpus, node, loadBefore }) {
  return `${cpu}, ${cpus} CPUs, Node ${node}, load ${loadBefore} before the run`;
}

function table(header, rows) {
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function line(cells) {
  return `| ${cells.join(' | ')} |`;
}

function us(nanoseconds) {
  return `${digits(nanoseconds / 1e3)} us`;
}

function grouped(value) {
  return value.toLocaleString('en-US');
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(README, await withFigures(readFileSync(README, 'utf8')));
}
