/** A result of `npm run bench:peers` as the documents tell it. */
import { machineText, table } from '../scripts/markdown.mjs';
import { digits } from './figures.mjs';

const SIZES = [64, 1_024, 4_096, 65_536];
const BATCH = 4_096;
const HEADER = [
  'forest',
  'library',
  'one row p50, us',
  'p99, us',
  ...SIZES.map((rows) => `rows/s at ${rows.toLocaleString('en-US')}`),
  'load, ms',
  'memory, MiB',
];
const MIB = 2 ** 20;

/** The one sentence at the top of the README. */
export function claim({ machine, shapes }) {
  const [shape] = shapes;
  const [ours] = shape.contestants;
  const faster = wellKnown(shape)
    .map((peer) => `${times(peer.oneNsP50 / ours.oneNsP50)} faster than ${peer.version}`)
    .join(' and ');
  return (
    `Scoring one row with a forest of ${shape.trees} trees (${grouped(shape.nodes)} nodes) takes ` +
    `**${us(ours.oneNsP50)}**: ${faster}, measured in one run on ${machine.cpu}, ${machine.cpus} CPUs.`
  );
}

/** One row a forest: one row of data alone, and batches against the fastest peer. */
export function forestsPart({ shapes }) {
  const header = ['forest', 'trees', 'nodes', 'one row', 'ONNX Runtime', 'scikit-learn'];
  return table(
    [...header, `rows/s at ${grouped(BATCH)}`, 'fastest peer'],
    shapes.map((shape) => {
      const [ours, ...peers] = shape.contestants;
      const [best] = peers.toSorted((a, b) => batchNs(a) - batchNs(b));
      return [
        shape.name,
        shape.trees,
        grouped(shape.nodes),
        ...[ours, ...wellKnown(shape)].map(({ oneNsP50 }) => us(oneNsP50)),
        perSecond(batchNs(ours)),
        `${perSecond(batchNs(best))} (${best.version})`,
      ];
    }),
  );
}

/** All libraries; for each peer how it was called, how exact it was, or why it did not take part. */
export function allPeers({ machine, minutes, rounds, turnSeconds, shapes }) {
  return [
    `${machineText(machine)}; ${rounds} interleaved turns of ${turnSeconds} s, medians, one thread each; ${minutes} minutes in all.`,
    '',
    table(
      HEADER,
      shapes.flatMap(({ name, contestants }) => rowsOf(name, contestants)),
    ),
    '',
    loadText(shapes),
    '',
    table(
      ['forest', 'library', 'called by', 'answers'],
      shapes.flatMap(({ name, contestants, absent }) => [
        ...contestants.map((each, at) => [
          at === 0 ? name : '',
          each.version,
          each.call,
          at === 0 ? oursText(each) : answersText(each),
        ]),
        ...absent.map((each) => ['', each.name, 'not measured', each.why]),
      ]),
    ),
  ].join('\n');
}

function loadText(shapes) {
  const [full] = shapes;
  const { imported, loaded } = full;
  return (
    `${full.name}: import takes ${digits(imported.importMs / 1e3)} s, loading the package to the first prediction ` +
    `${digits(loaded.loadMs)} ms, and ${digits(loaded.residentBytes / MIB)} MiB are resident above Node's own. ` +
    `Two scoring threads give ${shapes.map(({ name, threads }) => `${threads.ratio.toFixed(2)} (${name})`).join(', ')} times one.`
  );
}

export function barsPart({ bars }) {
  return table(
    ['bar', 'met'],
    bars.map(({ sentence, met }) => [sentence, met ? 'yes' : '**no**']),
  );
}

/** The faster of ONNX Runtime's two packages, and scikit-learn. */
function wellKnown({ contestants }) {
  const [onnx] = contestants.filter(isOnnx).toSorted((a, b) => a.oneNsP50 - b.oneNsP50);
  return [onnx, contestants.find(({ name }) => name === 'scikit-learn')].filter(
    (each) => each !== undefined,
  );
}

const isOnnx = ({ name }) => name.startsWith('ONNX Runtime');

const batchNs = ({ batches }) =>
  batches.find(({ rows }) => rows === BATCH)?.nsPerRow ?? Number.POSITIVE_INFINITY;

function rowsOf(name, contestants) {
  return contestants.map((each, at) => [
    at === 0 ? name : '',
    each.version,
    digits(each.oneNsP50 / 1e3),
    digits(each.oneNsP99 / 1e3),
    ...SIZES.map((rows) => rate(each.batches.find((batch) => batch.rows === rows))),
    digits(each.loadMs),
    digits(each.residentBytes / MIB),
  ]);
}

/** Three digits, as every figure has; empty where one call of that many rows would have taken too long. */
function rate(batch) {
  return batch === undefined ? '' : perSecond(batch.nsPerRow);
}

function perSecond(nsPerRow) {
  return digits(Number((1e9 / nsPerRow).toPrecision(3)));
}

/** Two digits: 36x, 1,000x. */
function times(ratio) {
  return `${grouped(Number(ratio.toPrecision(2)))}x`;
}

function oursText({ answers: { numbers, differing } }) {
  return `of ${grouped(numbers)}, ${differing.raw} raw scores and ${differing.predictions} predictions differ from scikit-learn's bits`;
}

function answersText({ answers: { errorMax, errorMean, tolerance } }) {
  if (errorMax === 0) return "scikit-learn's bits";
  const judged = tolerance.of === 'mean' ? 'the mean' : 'each';
  return `at most ${errorMax.toExponential(1)} away, ${errorMean.toExponential(1)} in the mean (${judged} may be ${tolerance.max})`;
}

function us(nanoseconds) {
  return `${digits(nanoseconds / 1e3)} us`;
}

function grouped(value) {
  return value.toLocaleString('en-US');
}
