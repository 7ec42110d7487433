import { digits, tableText } from './figures.mjs';

const SIZES = [64, 1_024, 4_096, 65_536];
const HEADER = [
  'shape',
  'library',
  'one row p50, us',
  'p99, us',
  'times ours',
  ...SIZES.map((rows) => `${rows.toLocaleString('en-US')}: us a row`),
  'times ours at 4,096',
  'load, ms',
  'resident, MiB',
];
const MIB = 2 ** 20;

/** The run as a table on stdout, with all that a reader needs to judge it. */
export function printReport({ machine, minutes, rounds, turnSeconds, shapes, bars }) {
  const { cpu, cpus, memoryGiB, node, loadBefore } = machine;
  const lines = [
    `${cpu}, ${cpus} CPUs, ${memoryGiB} GiB, Node ${node}, load before ${loadBefore}; ${rounds} turns of ${turnSeconds} s each; one thread each; ${minutes} minutes`,
    '',
    tableText(HEADER, shapes.flatMap(rowsOf)),
    '',
    ...shapes.flatMap(notesOf),
    '',
    ...bars.map(({ sentence, met }) => `${met ? 'met   ' : 'MISSED'}  ${sentence}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function rowsOf({ name, contestants }) {
  const [ours] = contestants;
  return contestants.map((each, at) => [
    at === 0 ? name : '',
    each.version,
    digits(each.oneNsP50 / 1e3),
    digits(each.oneNsP99 / 1e3),
    digits(each.oneNsP50 / ours.oneNsP50),
    ...SIZES.map((rows) => shown(nsPerRow(each, rows) / 1e3)),
    shown(nsPerRow(each, 4_096) / nsPerRow(ours, 4_096)),
    digits(each.loadMs),
    digits(each.residentBytes / MIB),
  ]);
}

/** A dash where the size was left out. */
function shown(value) {
  return Number.isNaN(value) ? '-' : digits(value);
}

function nsPerRow({ batches }, rows) {
  return batches.find((batch) => batch.rows === rows)?.nsPerRow ?? Number.NaN;
}

function notesOf(shape) {
  const [ours, ...peers] = shape.contestants;
  const { imported, loaded, threads, absent } = shape;
  const { differing, numbers } = ours.answers;
  return [
    `${shape.name}: ${shape.trees} trees, ${shape.nodes.toLocaleString('en-US')} nodes, depth ${shape.depth}, up to ${shape.thresholdsOfOneMax.toLocaleString('en-US')} distinct thresholds on one feature`,
    `  answers: of ${numbers} numbers, ${differing.raw} raw scores and ${differing.predictions} predictions differ from scikit-learn's bits`,
    `  ours: ${ours.call} (${ours.kernelReason})`,
    `  ours: import ${digits(imported.importMs)} ms, at most ${mib(imported.mostBytes)}; load ${digits(loaded.loadMs)} ms; resident ${mib(loaded.residentBytes)} above Node's ${mib(loaded.nodeBytes)} (at most ${mib(loaded.mostBytes)} while loading; the forest ${mib(loaded.forestBytes)})`,
    `  ours: two scoring threads ${digits(threads.ratio)} times one (${digits(threads.oneNsPerRow / 1e3)} and ${digits(threads.twoNsPerRow / 1e3)} us a row of ${threads.rows}); natively, a half each, ${digits(threads.nativeRatio)} times`,
    ...peers.map((peer) => `  ${peer.version}: ${peer.call}; ${answersOf(peer)}`),
    ...absent.map(({ name, why }) => `  ${name} did not take part: ${why}`),
  ];
}

function answersOf({ answers }) {
  const { errorMax, errorMean, tolerance } = answers;
  return errorMax === 0
    ? 'answers exact'
    : `answers at most ${errorMax.toExponential(1)} away, ${errorMean.toExponential(1)} in the mean (checked: ${tolerance.of}, ${tolerance.max})`;
}

function mib(bytes) {
  return `${digits(bytes / MIB)} MiB`;
}
