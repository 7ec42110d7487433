/** A result of `npm run bench:kernels` as the run prints it and native/NOTES.md shows it. */
import { format } from 'prettier';

import { machineText, table } from '../scripts/markdown.mjs';
import { digits } from './figures.mjs';
import { winsOfKernels } from './kernel-wins.mjs';

const MB = 1e6;

export function kernelsText(results) {
  return format(kernelsPart(results), { parser: 'markdown' });
}

export function kernelsPart(results) {
  const { machine, rounds } = results;
  return [
    `\`npm run bench:kernels\`: ${machineText(machine)}; one thread, its processor time, medians of ${rounds} interleaved turns.`,
    winsTable(results),
    timesTable(results),
    partsTable(results),
    bytesTable(results),
  ].join('\n\n');
}

function winsTable({ kernels, shapes }) {
  const needs = [...new Set(kernels.map((each) => each.needs))];
  return table(
    ['kernel', 'needs', 'is the fastest for (times as fast as the next)'],
    winsOfKernels({ kernels, shapes }).map((kernel) => {
      const newer = needs[needs.indexOf(kernel.needs) - 1];
      const texts = [winsText(kernel.newest, shapes)];
      if (kernel.own.length > 0) texts.push(`without ${newer}: ${winsText(kernel.own, shapes)}`);
      const said = texts.filter((text) => text !== '').join('; ');
      return [code(kernel.name), kernel.needs, said || '**nothing that was measured**'];
    }),
  );
}

/** Forest by forest, where it is not every case. */
function winsText(wins, shapes) {
  const cases = shapes.reduce((sum, { calls }) => sum + calls.length, 0);
  if (wins.length === cases) return `everything${range(wins)}`;
  const forests = shapes
    .map(({ name, calls }) => ({ name, calls, won: wins.filter(({ forest }) => forest === name) }))
    .filter(({ won }) => won.length > 0)
    .map(({ name, calls, won }) => `${name}, ${callsText(won, calls)}${range(won)}`);
  return forests.join('; ');
}

function callsText(won, calls) {
  const sizes = won.map(({ rows }) => rows);
  if (sizes.length === calls.length) return 'all';
  const batches = calls.map(({ rows }) => rows).filter((rows) => rows > 1);
  if (batches.every((rows) => sizes.includes(rows))) return 'batches';
  return sizes.map(rowsText).join(', ');
}

/** In brackets; nothing where there was no other to compare with. */
function range(wins) {
  const times = wins.map((win) => win.times);
  if (times[0] === null) return '';
  const [least, most] = [Math.min(...times), Math.max(...times)].map((each) => each.toFixed(2));
  return least === most ? ` (${least})` : ` (${least} to ${most})`;
}

/** Microseconds a row; the fastest of each column and forest in bold. */
function timesTable({ kernels, shapes }) {
  const sizes = shapes[0].calls.map(({ rows }) => rows);
  const rowsOf = (shape) =>
    kernels
      .map(({ name }) => [code(name), ...shape.calls.map((call) => timeText(call, name))])
      .filter(([, ...cells]) => cells.some((text) => text !== ''))
      .map((cells, at) => [at === 0 ? shape.name : ''].concat(cells));
  return table(['forest', 'us a row by', ...sizes.map(rowsText)], shapes.flatMap(rowsOf));
}

/** Bold where it is the fastest, empty where the kernel did not take part. */
function timeText({ kernels }, name) {
  const figure = kernels.find(({ kernel }) => kernel === name);
  if (figure === undefined) return '';
  const text = digits(figure.nsPerRow / 1e3);
  return kernels.every(({ nsPerRow }) => nsPerRow >= figure.nsPerRow) ? `**${text}**` : text;
}

/** The parts of a call by the tuner's choice. */
function partsTable({ shapes }) {
  const header = ['forest', 'call', 'by the chosen', 'us a row', 'binning', 'laying out', 'sums'];
  return table(
    [...header, 'walks'],
    shapes.flatMap(({ name, calls }) =>
      calls.map(({ rows, chosen }, at) => {
        const { kernel, by, nsPerRow, binning, layingOut, sums } = chosen;
        const share = (nanos) => `${Math.round((100 * nanos) / nsPerRow)}%`;
        return [
          at === 0 ? name : '',
          rowsText(rows),
          `${code(kernel)}, ${by} by ${by}`,
          digits(nsPerRow / 1e3),
          ...[binning, layingOut, sums, nsPerRow - binning - layingOut - sums].map(share),
        ];
      }),
    ),
  );
}

function bytesTable({ shapes }) {
  const layouts = Object.keys(shapes[0].bytes).filter((layout) => layout !== 'all');
  const header = ['forest', 'inner nodes', 'columns', 'cut points'];
  return table(
    [...header, ...layouts.map((layout) => `${wordsOf(layout)}, MB`), 'chosen in, ms'],
    shapes.map(({ name, innerNodes, columns, cutPoints, bytes, tuner }) => [
      name,
      ...[innerNodes, columns, cutPoints].map((count) => count.toLocaleString('en-US')),
      ...layouts.map((layout) => digits(bytes[layout] / MB)),
      digits(tuner.workedMs),
    ]),
  );
}

function rowsText(rows) {
  return rows === 1 ? 'one row' : `${rows.toLocaleString('en-US')} rows`;
}

/** leafValues -> leaf values */
function wordsOf(key) {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function code(name) {
  return `\`${name}\``;
}
