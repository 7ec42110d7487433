import { digits, tableText } from './figures.mjs';

const HEADER = [
  'shape',
  'library',
  'one row p50, us',
  'p99, us',
  'times ours',
  'batch, us a row',
  'times ours',
  'load, ms',
];

/** The run as a table on stdout, with all that a reader needs to judge it. */
export function printReport({ machine, rounds, turnSeconds, shapes }) {
  const { cpu, cpus, memoryGiB, node, loadBefore } = machine;
  const lines = [
    `${cpu}, ${cpus} CPUs, ${memoryGiB} GiB, Node ${node}, load before ${loadBefore}; ${rounds} turns of ${turnSeconds} s each; one thread each`,
    '',
    tableText(HEADER, shapes.flatMap(rowsOf)),
    '',
    ...shapes.flatMap(notesOf),
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
    digits(each.batchNsPerRow / 1e3),
    digits(each.batchNsPerRow / ours.batchNsPerRow),
    digits(each.loadMs),
  ]);
}

function notesOf(shape) {
  const [ours, ...peers] = shape.contestants;
  const { imported, loaded } = shape;
  return [
    `${shape.name}: ${shape.trees} trees, ${shape.nodes.toLocaleString('en-US')} nodes, depth ${shape.depth}, ${shape.salesThresholds.toLocaleString('en-US')} distinct thresholds on sales`,
    `  answers: ${shape.rowsDiffering} of ${shape.rowsChecked} raw scores differ from scikit-learn's bits; ONNX Runtime (float32) at most ${shape.onnxErrorMax.toExponential(1)} away`,
    `  ours: ${ours.call} (${ours.kernelReason}); ${digits(ours.batchNativeNsPerRow / 1e3)} us a row by the native clock`,
    `  ours: import ${digits(imported.importMs)} ms, at most ${mib(imported.mostBytes)}; load ${digits(loaded.loadMs)} ms; resident ${mib(loaded.residentBytes)} above Node's ${mib(loaded.nodeBytes)} (at most ${mib(loaded.mostBytes)} while loading; the forest ${mib(loaded.forestBytes)})`,
    ...peers.map((peer) => `  ${peer.version}: ${peer.call}`),
  ];
}

function mib(bytes) {
  return `${digits(bytes / 2 ** 20)} MiB`;
}
